# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A model's first run, in another process: a damaged file can crash the process that loads it.

``python -m posenet_ros.network.trial_run HEIGHT WIDTH [PATH [KEY=VALUE ...]] < FILE`` is that process; the path is that
of a delegate library.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys

from posenet_ros.errors import ModelError
from posenet_ros.network.runtime import Delegate, create_interpreter, find_runtime, one_line

_PROGRAM = ("-m", __name__)
_TIMEOUT_S = 60.0
# A damaged size must not take all memory of the machine.
_MAXIMUM_MEMORY = 1 << 33
# The exit status where the reason is an error of ours, for the user as it is.
_REFUSED = 2


def try_in_other_process(model: bytes, input_size: tuple[int, int], delegate: Delegate | None = None) -> None:
    """Run a model once in another process, since a damaged file can crash the process that loads it.

    :param input_size: (height, width) to run it at
    :raises ModelError: if the runtime refuses the model or the delegate, crashes or does not finish
    """
    runtime = find_runtime()
    arguments = list(map(str, input_size))
    if delegate is not None:
        arguments += [delegate.path, *(f"{key}={value}" for key, value in delegate.options)]
    # The child needs the import path of this process, whatever it was set by.
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    try:
        trial = subprocess.run(  # noqa: S603 - our own interpreter and module
            [sys.executable, *_PROGRAM, *arguments],
            input=model,
            capture_output=True,
            env=environment,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ModelError(f"{runtime.name} did not finish with the model in {_TIMEOUT_S:g} s") from error
    if trial.returncode < 0:
        raise ModelError(
            f"{runtime.name} crashed on the model (signal {-trial.returncode}): it is damaged; fetch it again"
        )
    if trial.returncode > 0:
        reason = trial.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise ModelError(reason if trial.returncode == _REFUSED else f"{runtime.name} cannot run the model: {reason}")


def main(arguments: list[str]) -> int:
    """Run the model on standard input once; returns the exit status, and prints why it is not 0."""
    with contextlib.suppress(ImportError, ValueError):
        import resource  # noqa: PLC0415 - not on every system

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (_MAXIMUM_MEMORY, _MAXIMUM_MEMORY))
    height, width, *library = arguments
    try:
        delegate = Delegate.parse(",".join(library))
        interpreter = create_interpreter(sys.stdin.buffer.read(), num_threads=1, delegate=delegate)
        image = interpreter.get_input_details()[0]
        if [int(height), int(width)] != image["shape"][1:3].tolist():
            interpreter.resize_tensor_input(image["index"], [1, int(height), int(width), 3])
        interpreter.allocate_tensors()
        interpreter.invoke()
    except ModelError as error:
        print(one_line(error), file=sys.stderr)
        return _REFUSED
    except Exception as error:  # noqa: BLE001 - whatever the runtime raises is what is wanted
        print(f"{type(error).__name__}: {one_line(error)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
