# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Writes convolutional graphs as TensorFlow Lite files with half-float weights, without TensorFlow.

Weights are stored as float16, each behind a DEQUANTIZE operator, as TensorFlow's converter stores them for
"float16 quantization"; runtimes unpack them once, when the file is loaded. The classes are those that flatc
generates from TensorFlow's schema.fbs, as they come with the runtime.
"""

from __future__ import annotations

from typing import Any

import flatbuffers
import numpy as np
from numpy.typing import NDArray

from posenet_ros.network.graph import load_schema

_FILE_VERSION = 3
_IDENTIFIER = b"TFL3"
# First versions of the operators that know what is used here (tensorflow/lite/tools/versioning).
_VERSIONS = {"CONV_2D": 1, "DEPTHWISE_CONV_2D": 2, "DEQUANTIZE": 3}


class TfliteFile:
    """A graph under construction; tensors are known by their index.

    :param description: goes into the file
    """

    def __init__(self, description: str) -> None:
        self._schema = load_schema()
        self._graph = self._schema.SubGraphT()
        self._graph.name = "main"
        self._graph.tensors, self._graph.operators, self._graph.inputs, self._graph.outputs = [], [], [], []
        self._model = self._schema.ModelT()
        self._model.version = _FILE_VERSION
        self._model.description = description
        # By convention buffer 0 is empty, and activations refer to it.
        self._model.buffers = [self._schema.BufferT()]
        self._model.operatorCodes, self._model.subgraphs = [], [self._graph]
        self._codes: dict[str, int] = {}

    def add_input(self, name: str, shape: tuple[int, ...]) -> int:
        """Add a float32 input of the graph and return its index."""
        index = self._add_tensor(name, shape, self._schema.TensorType.FLOAT32)
        self._graph.inputs.append(index)
        return index

    def mark_output(self, tensor: int) -> None:
        """Make a tensor an output of the graph, behind those that are."""
        self._graph.outputs.append(tensor)

    def add_convolution(
        self,
        name: str,
        tensor: int,
        weights: NDArray[np.floating[Any]],
        bias: NDArray[np.floating[Any]],
        *,
        stride: int = 1,
        depthwise: bool = False,
        relu6: bool = True,
    ) -> int:
        """Add a convolution with SAME padding and return the index of what it gives, [1, h, w, c] float32.

        :param weights: [out, in, k, k], for depthwise ones [channels, 1, k, k], as in PyTorch
        :param bias: [out]
        """
        schema = self._schema
        _, height, width, _ = self._graph.tensors[tensor].shape
        shape = (1, -(-height // stride), -(-width // stride), weights.shape[0])
        # TensorFlow Lite wants [out, k, k, in], and [1, k, k, channels] for depthwise ones.
        arranged = weights.transpose(1, 2, 3, 0) if depthwise else weights.transpose(0, 2, 3, 1)
        inputs = [tensor, self._add_weights(f"{name}/weights", arranged), self._add_weights(f"{name}/bias", bias)]
        options = schema.DepthwiseConv2DOptionsT() if depthwise else schema.Conv2DOptionsT()
        options.padding = schema.Padding.SAME
        options.strideW = options.strideH = stride
        options.dilationWFactor = options.dilationHFactor = 1
        activations = schema.ActivationFunctionType
        options.fusedActivationFunction = activations.RELU6 if relu6 else activations.NONE
        if depthwise:
            options.depthMultiplier = 1
        output = self._add_tensor(name, shape, schema.TensorType.FLOAT32)
        kind = "DEPTHWISE_CONV_2D" if depthwise else "CONV_2D"
        self._add_operator(kind, inputs, output, options)
        return output

    def to_bytes(self) -> bytes:
        """Return the file."""
        builder = flatbuffers.Builder(1 << 20)
        builder.Finish(self._model.Pack(builder), _IDENTIFIER)
        return bytes(builder.Output())

    def _add_weights(self, name: str, values: NDArray[np.floating[Any]]) -> int:
        halves = np.ascontiguousarray(values, "<f2")
        if not np.isfinite(halves).all():
            raise ValueError(f"{name} has values that float16 cannot hold")
        buffer = self._schema.BufferT()
        buffer.data = np.frombuffer(halves.tobytes(), np.uint8)
        self._model.buffers.append(buffer)
        place = len(self._model.buffers) - 1
        stored = self._add_tensor(f"{name}/float16", values.shape, self._schema.TensorType.FLOAT16, place)
        unpacked = self._add_tensor(name, values.shape, self._schema.TensorType.FLOAT32)
        self._add_operator("DEQUANTIZE", [stored], unpacked, self._schema.DequantizeOptionsT())
        return unpacked

    def _add_tensor(self, name: str, shape: tuple[int, ...], kind: int, buffer: int = 0) -> int:
        tensor = self._schema.TensorT()
        tensor.name, tensor.shape, tensor.type, tensor.buffer = name, list(shape), kind, buffer
        self._graph.tensors.append(tensor)
        return len(self._graph.tensors) - 1

    def _add_operator(self, kind: str, inputs: list[int], output: int, options: Any) -> None:
        if kind not in self._codes:
            code = self._schema.OperatorCodeT()
            code.builtinCode = code.deprecatedBuiltinCode = getattr(self._schema.BuiltinOperator, kind)
            code.version = _VERSIONS[kind]
            self._codes[kind] = len(self._model.operatorCodes)
            self._model.operatorCodes.append(code)
        operator = self._schema.OperatorT()
        operator.opcodeIndex = self._codes[kind]
        operator.inputs, operator.outputs = inputs, [output]
        # The options of an operator are named after the class that holds them.
        operator.builtinOptionsType = getattr(self._schema.BuiltinOptions, type(options).__name__.removesuffix("T"))
        operator.builtinOptions = options
        self._graph.operators.append(operator)
