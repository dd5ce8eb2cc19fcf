# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The one place that knows which TensorFlow Lite runtime is installed.

LiteRT (``ai-edge-litert``) is preferred; ``tflite-runtime`` and TensorFlow offer the same interpreter.
"""

from __future__ import annotations

import importlib
import os
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from posenet_ros.errors import ModelError

# (package, module with the interpreter, module with the flatbuffer schema)
_CANDIDATES = (
    ("ai-edge-litert", "ai_edge_litert.interpreter", "ai_edge_litert.schema_py_generated"),
    ("tflite-runtime", "tflite_runtime.interpreter", "tflite_runtime.schema_py_generated"),
    ("tensorflow", "tensorflow.lite.python.interpreter", "tensorflow.lite.python.schema_py_generated"),
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
    interpreter_module: Any
    schema_module_name: str


@cache
def find_runtime() -> Runtime:
    """Return the first runtime that can be imported.

    :raises ModelError: if there is none; the message names the command that installs one
    """
    failures = []
    for package, interpreter, schema in _CANDIDATES:
        try:
            return Runtime(package, importlib.import_module(interpreter), schema)
        except ImportError as error:
            failures.append(f"{package}: {error}")
    raise ModelError(
        "no TensorFlow Lite runtime can be imported; install one with 'pip install ai-edge-litert'"
        f" ({'; '.join(failures)})"
    )


def default_num_threads() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def create_interpreter(model: bytes, *, num_threads: int, delegate: str = "") -> Interpreter:
    """Return an interpreter of a model with the threads it will always have.

    :param num_threads: 0 means all cores; the runtime ignores changes after construction
    :param delegate: path of a TensorFlow Lite delegate library, or empty
    :raises ModelError: if the runtime refuses the model or the delegate
    """
    runtime = find_runtime()
    threads = num_threads or default_num_threads()
    delegates = [_load_delegate(runtime, delegate)] if delegate else None
    try:
        interpreter: Interpreter = runtime.interpreter_module.Interpreter(
            model_content=model, num_threads=threads, experimental_delegates=delegates
        )
        interpreter.allocate_tensors()
    except (ValueError, RuntimeError) as error:
        raise ModelError(f"{runtime.name} cannot load the model: {_one_line(error)}") from error
    return interpreter


def _load_delegate(runtime: Runtime, path: str) -> Any:
    try:
        return runtime.interpreter_module.load_delegate(path)
    except (ValueError, OSError, RuntimeError) as error:
        raise ModelError(
            f"the delegate library '{path}' cannot be loaded: {_one_line(error)}."
            " Check that the file exists, that its device is plugged in and that this user may open it,"
            f" and that it was built for {runtime.name}; or leave 'delegate' empty to run on the CPU"
        ) from error


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def dequantize(values: NDArray[Any], scale: float, zero_point: int) -> NDArray[np.float32]:
    """Return (value - zero point) * scale; float tensors, which have scale 0, are returned as they are."""
    if scale == 0.0:
        return values
    return (values.astype(np.float32) - np.float32(zero_point)) * np.float32(scale)
