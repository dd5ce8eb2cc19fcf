# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The only module that knows which TensorFlow Lite runtime is installed.

LiteRT (``ai-edge-litert``) is preferred; ``tflite-runtime`` and TensorFlow offer the same interpreter.
"""

from __future__ import annotations

import ctypes
import importlib
import os
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from typing import Any, Protocol

from numpy.typing import NDArray

from posenet_ros.errors import ModelError

# Package and the module in it with the interpreter, best first.
_CANDIDATES = (
    ("ai-edge-litert", "ai_edge_litert.interpreter"),
    ("tflite-runtime", "tflite_runtime.interpreter"),
    ("tensorflow", "tensorflow.lite.python.interpreter"),
)


class Interpreter(Protocol):
    """The part of ``tf.lite.Interpreter`` that is used here."""

    def allocate_tensors(self) -> None:
        """Plan the memory; needed after loading and after every resize."""

    def invoke(self) -> None:
        """Run the network."""

    def resize_tensor_input(self, input_index: int, tensor_size: list[int], strict: bool = False) -> None:
        """Change the shape of an input."""

    def get_input_details(self) -> list[dict[str, Any]]:
        """Return name, index, shape, dtype and quantization of every input."""

    def get_output_details(self) -> list[dict[str, Any]]:
        """Return the same of every output."""

    def tensor(self, tensor_index: int) -> Any:
        """Return a function that gives a view of the tensor's memory."""

    def get_tensor(self, tensor_index: int) -> NDArray[Any]:
        """Return a copy of a tensor."""


@dataclass(frozen=True)
class Runtime:
    """An installed TensorFlow Lite runtime."""

    name: str
    version: str
    interpreter_module: Any


@cache
def find_runtime() -> Runtime:
    """Return the first runtime that can be imported.

    :raises ModelError: if there is none; the message names the command that installs one
    """
    failures = []
    for package, module in _CANDIDATES:
        try:
            return Runtime(package, _version(package), importlib.import_module(module))
        except ImportError as error:
            failures.append(f"{package}: {error}")
    raise ModelError(
        "no TensorFlow Lite runtime can be imported; install one with 'pip install ai-edge-litert'"
        f" ({'; '.join(failures)})"
    )


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        # Debian's package carries no metadata, and the module may still be there.
        return "of unknown version"


def default_num_threads() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True)
class Delegate:
    """A TensorFlow Lite delegate library and its options, such as an Edge TPU's."""

    path: str
    options: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, text: str) -> Delegate | None:
        """Return the delegate of a text 'PATH' or 'PATH,key=value,...'; None for an empty one.

        :raises ModelError: if an option is not of that form
        """
        path, *options = (part.strip() for part in text.split(","))
        for option in options:
            if "=" not in option:
                raise ModelError(f"delegate option '{option}' is not of the form key=value, as in 'PATH,device=usb:0'")
        return cls(path, tuple((key, value) for key, _, value in (o.partition("=") for o in options))) if path else None


def create_interpreter(model: bytes, *, num_threads: int, delegate: Delegate | None = None) -> Interpreter:
    """Return an interpreter of a model, whose memory is not yet planned.

    :param num_threads: 0 means all cores; the runtime ignores changes after construction
    :raises ModelError: if the runtime refuses the model or the delegate
    """
    runtime = find_runtime()
    delegates = [_load_delegate(runtime, delegate)] if delegate is not None else None
    try:
        interpreter: Interpreter = runtime.interpreter_module.Interpreter(
            model_content=model, num_threads=num_threads or default_num_threads(), experimental_delegates=delegates
        )
    except (ValueError, RuntimeError) as error:
        raise ModelError(f"{runtime.name} cannot load the model: {one_line(error)}") from error
    return interpreter


def _load_delegate(runtime: Runtime, delegate: Delegate) -> Any:
    try:
        # If a library cannot be opened, the error of the system says more than that of the runtime.
        ctypes.CDLL(delegate.path)
        return runtime.interpreter_module.load_delegate(delegate.path, dict(delegate.options))
    except (ValueError, OSError, RuntimeError) as error:
        raise ModelError(
            f"the delegate library '{delegate.path}' cannot be loaded: {one_line(error)}."
            " Check that the file exists, that its device is plugged in and that this user may open it,"
            f" and that it was built for {runtime.name} {runtime.version}; or leave 'delegate' empty to run on the CPU"
        ) from error


def one_line(error: Exception) -> str:
    """Return the message of an error without line breaks, or its type if it has no message."""
    return " ".join(str(error).split()) or type(error).__name__
