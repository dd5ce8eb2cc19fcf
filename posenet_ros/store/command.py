# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The command ``posenet-models`` or ``ros2 run posenet_ros models``: lists, fetches and shows model files."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from posenet_ros.errors import ModelError
from posenet_ros.network.graph import read_graph
from posenet_ros.network.model import PoseNetModel
from posenet_ros.network.posenet_graph import can_be_restrided, check_graph, own_stride
from posenet_ros.network.restride import OUTPUT_STRIDES
from posenet_ros.network.runtime import find_runtime
from posenet_ros.store import store
from posenet_ros.store.catalogue import BUNDLED, ENTRIES, StoreEntry, bundled_path, read_bundled

# As pip and as ROS install it.
_NAMES = ("posenet-models", "models")
# What shells give for programs that end because nobody reads on (SIGPIPE).
_NOBODY_READS = 141


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    called = Path(sys.argv[0]).name
    name = called if called in _NAMES else _NAMES[0]
    try:
        try:
            return _run(name, arguments)
        finally:
            # Here, since what fails when Python ends can no longer be told.
            sys.stdout.flush()
    except BrokenPipeError:
        _drop_output()
        return _NOBODY_READS
    except OSError as error:
        _drop_output()
        text = f"{name}: the output cannot be written: {error.strerror or error}; free some space, or send it elsewhere"
        with contextlib.suppress(OSError):
            print(text, file=sys.stderr)
        return 1


def _drop_output() -> None:
    """Send what is still in the buffer nowhere, or Python would try once more at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _run(name: str, arguments: Sequence[str] | None) -> int:
    parser = argparse.ArgumentParser(prog=name, description="PoseNet model files in the cache.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("list", help="the known models, their addresses and whether they are in the cache")
    verb = verbs.add_parser("fetch", help="download a model into the cache, unless it is there undamaged")
    verb.add_argument("name", choices=list(ENTRIES), metavar="NAME", help=", ".join(ENTRIES))
    verb = verbs.add_parser("show", help="what the runtime finds in a model")
    verb.add_argument("model", metavar="FILE", help="path of a .tflite file, or a name from the list")
    options = parser.parse_args(arguments)
    try:
        if options.verb == "list":
            _list()
        elif options.verb == "fetch":
            print(store.fetch(ENTRIES[options.name], _show_progress))
        else:
            _show(name, options.model)
    except ModelError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _list() -> None:
    """Print a table in which each model takes two lines."""
    rows = [("name", "size", "native stride", "licence", "state")]
    addresses = ["address"]
    for entry in ENTRIES.values():
        size, stride = f"{entry.size / 1e6:.1f} MB", str(entry.native_stride)
        rows.append((entry.name, size, stride, entry.licence, _state(entry)))
        addresses.append(entry.url)
    bundled = read_bundled()
    size, stride = f"{len(bundled.content) / 1e6:.1f} MB", str(bundled.native_stride)
    rows.append((BUNDLED, size, stride, "Apache-2.0", "comes with the package"))
    addresses.append(str(bundled_path()))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row, address in zip(rows, addresses, strict=True):
        print("  ".join(map(str.ljust, row, widths)).rstrip())
        print(f"  {address}")


def _state(entry: StoreEntry) -> str:
    path = store.cached_path(entry)
    try:
        if store.read_cached(entry) is not None:
            return str(path)
    except ModelError:
        return f"not readable: {path}"
    return f"damaged: {path}" if path.exists() else "not fetched"


def _show(command: str, model: str) -> None:
    file = store.load_model(model, _show_progress)
    if file.warning:
        print(f"{command}: {file.warning}", file=sys.stderr)
    try:
        graph = read_graph(file.content)
        check_graph(graph)
        stride = own_stride(graph)
        changeable = can_be_restrided(graph)
        network = PoseNetModel(
            file.content,
            output_stride=stride if stride in OUTPUT_STRIDES else 16,
            native_stride=file.native_stride,
            trusted=file.known,
        )
    except ModelError as error:
        raise ModelError(f"{file.name}: {error}") from error
    print(f"runtime            {find_runtime().name} {find_runtime().version}")
    print(f"operators          {graph.summary()}")
    print(f"input              {network.describe_input()}")
    print(f"stride in the file {stride}, {'can be changed to 8, 16 or 32' if changeable else 'cannot be changed'}")
    print(f"native stride      {file.native_stride}{'' if file.known else ' (assumed: not a file of the store)'}")
    for head, description in network.describe_heads().items():
        print(f"{head:<18} {description}")


def _show_progress(received: int, total: int) -> None:
    if sys.stderr.isatty():
        # Whatever is printed next, an error too, begins at the start of the line.
        end = "\n" if received >= total else "\r"
        print(f"{received / 1e6:.1f} of {total / 1e6:.1f} MB", end=end, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
