# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What a TensorFlow Lite file is made of, read with the schema of the runtime's package.

The generated readers trust the file. Here every index and size is checked, since a damaged file may crash the
runtime.
"""

from __future__ import annotations

import importlib
import math
import struct
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from posenet_ros.errors import ModelError
from posenet_ros.network.runtime import find_runtime

# Both offer the classes that flatc generates. The second is a package of its own, for tflite-runtime.
_SCHEMAS = ("ai_edge_litert.schema_py_generated", "tensorflow.lite.python.schema_py_generated", "tflite")
_FILE_IDENTIFIER = b"TFL3"
# Bytes of one element, by the name of the type; types that PoseNet files do not use are not checked.
_ITEM_SIZES = {"FLOAT32": 4, "FLOAT16": 2, "INT32": 4, "UINT8": 1, "INT8": 1, "INT64": 8, "BOOL": 1, "INT16": 2}
_MAX_DIMENSION = 1 << 20


@dataclass(frozen=True)
class Tensor:
    """A tensor of the graph; ``constant`` tells weights from activations."""

    name: str
    shape: tuple[int, ...]
    type: str
    constant: bool


@dataclass(frozen=True)
class Operator:
    """An operator: its name in the schema, or that of a custom operator, and the tensors it joins."""

    name: str
    custom: bool
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    table: Any
    """The generated reader of the operator, for its options."""


@dataclass(frozen=True)
class Graph:
    """The one subgraph of a model file, operators in the order in which they run."""

    tensors: tuple[Tensor, ...]
    operators: tuple[Operator, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]

    def consumers(self, tensor: int) -> list[Operator]:
        """Return the operators that read a tensor."""
        return [operator for operator in self.operators if tensor in operator.inputs]

    def producer(self, tensor: int) -> Operator | None:
        """Return the operator that writes a tensor, None for inputs and weights."""
        return next((operator for operator in self.operators if tensor in operator.outputs), None)

    def summary(self) -> str:
        """Return the operators and how many there are of each, as text."""
        counts = Counter(operator.name for operator in self.operators)
        return ", ".join(f"{count} {name}" for name, count in counts.most_common()) or "no operators"


@cache
def load_schema() -> Any:
    """Return the module with the generated classes of the TensorFlow Lite schema.

    :raises ModelError: if no package with it is installed, or no runtime at all
    """
    for name in _SCHEMAS:
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    # Without a runtime either, that is what to say.
    find_runtime()
    raise ModelError(
        "model files cannot be read without the TensorFlow Lite schema; install it with"
        " 'pip install ai-edge-litert', or beside tflite-runtime with 'pip install tflite'"
    )


def read_graph(model_bytes: bytes) -> Graph:
    """Return the graph of a model file.

    :raises ModelError: if the file is no TensorFlow Lite model, or damaged
    """
    if model_bytes[4:8] != _FILE_IDENTIFIER:
        raise ModelError(
            "this is no TensorFlow Lite model: the file does not carry the identifier TFL3; use a .tflite file"
        )
    with reading():
        return _Reader(load_schema(), model_bytes).graph()


@contextmanager
def reading() -> Iterator[None]:
    """Turn what the generated readers raise on offsets that lead nowhere into a ModelError."""
    try:
        yield
    except ModelError:
        raise
    except (
        struct.error,
        ValueError,
        IndexError,
        TypeError,
        AttributeError,
        OverflowError,
        MemoryError,
        KeyError,
    ) as error:
        raise damaged(str(error)) from error


def damaged(detail: str) -> ModelError:
    """Return the error for a file that contradicts itself."""
    return ModelError(f"the model file is damaged ({' '.join(detail.split())}); fetch it again")


def _names(enumeration: type) -> dict[int, str]:
    return {value: name for name, value in vars(enumeration).items() if isinstance(value, int)}


class _Reader:
    def __init__(self, schema: Any, model_bytes: bytes) -> None:
        self._size = len(model_bytes)
        self._model = schema.Model.GetRootAs(model_bytes, 0)
        self._operator_names = _names(schema.BuiltinOperator)
        self._type_names = _names(schema.TensorType)
        self._custom_code = schema.BuiltinOperator.CUSTOM

    def graph(self) -> Graph:
        count = self._model.SubgraphsLength()
        if count != 1:
            raise ModelError(f"the model has {count} subgraphs, expected 1: use a PoseNet file with raw heads")
        subgraph = self._model.Subgraphs(0)
        tensors = self._each(subgraph.TensorsLength(), lambda i: self._tensor(subgraph.Tensors(i)))
        codes = self._each(self._model.OperatorCodesLength(), lambda i: self._code(self._model.OperatorCodes(i)))
        operators = self._each(
            subgraph.OperatorsLength(), lambda i: self._operator(subgraph.Operators(i), codes, len(tensors))
        )
        inputs = self._indices(subgraph.InputsLength(), subgraph.Inputs, len(tensors))
        outputs = self._indices(subgraph.OutputsLength(), subgraph.Outputs, len(tensors))
        return Graph(tensors, operators, inputs, outputs)

    def _each(self, count: int, read: Callable[[int], Any]) -> tuple[Any, ...]:
        # Every element takes at least the four bytes of its offset.
        if not 0 <= 4 * count <= self._size:
            raise damaged(f"a list of {count} elements in {self._size} bytes")
        return tuple(read(index) for index in range(count))

    def _indices(self, count: int, read: Callable[[int], int], limit: int) -> tuple[int, ...]:
        indices = self._each(count, read)
        # -1 stands for an optional tensor that is left out.
        if not all(-1 <= index < limit for index in indices):
            raise damaged(f"a tensor index of {max(indices)} where there are {limit} tensors")
        return indices

    def _code(self, code: Any) -> tuple[str, bool]:
        # Files written before the field grew to 32 bits have the old one only.
        value = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
        if value == self._custom_code:
            return (code.CustomCode() or b"").decode(errors="replace"), True
        return self._operator_names[value], False

    def _operator(self, operator: Any, codes: tuple[tuple[str, bool], ...], num_tensors: int) -> Operator:
        name, custom = codes[operator.OpcodeIndex()]
        inputs = self._indices(operator.InputsLength(), operator.Inputs, num_tensors)
        outputs = self._indices(operator.OutputsLength(), operator.Outputs, num_tensors)
        return Operator(name, custom, inputs, outputs, operator)

    def _tensor(self, tensor: Any) -> Tensor:
        name = (tensor.Name() or b"").decode(errors="replace")
        shape = self._each(tensor.ShapeLength(), tensor.Shape)
        kind = self._type_names[tensor.Type()]
        if not all(0 <= length <= _MAX_DIMENSION for length in shape):
            raise damaged(f"tensor '{name}' has the shape {list(shape)}")
        size = self._constant_size(tensor.Buffer())
        expected = math.prod(shape) * _ITEM_SIZES.get(kind, 0)
        if size and expected and size != expected:
            raise damaged(f"tensor '{name}' of shape {list(shape)} and type {kind} has {size} bytes")
        return Tensor(name, shape, kind, size > 0)

    def _constant_size(self, index: int) -> int:
        if not 0 <= index < self._model.BuffersLength():
            raise damaged(f"buffer {index} of {self._model.BuffersLength()}")
        buffer = self._model.Buffers(index)
        size = int(buffer.DataLength())
        if size and buffer._tab.Vector(buffer._tab.Offset(4)) + size > self._size:
            raise damaged(f"buffer {index} reaches behind the end of the file")
        return size
