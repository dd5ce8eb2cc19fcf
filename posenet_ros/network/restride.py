# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Rewriting a MobileNetV1 PoseNet file to another output stride.

One set of weights serves every output stride: the strides of late depthwise layers are removed, and the
layers after them are dilated by the same factor. This is the "atrous" convolution of DeepLab (Chen et al.,
2017), which PoseNet for TensorFlow.js applies when it builds the network. Here the operators of the
finished file are edited.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from posenet_ros.errors import ModelError
from posenet_ros.network.graph import Graph, Operator, load_schema, read_graph, reading

OUTPUT_STRIDES = (8, 16, 32)
NATIVE_STRIDES = (16, 32)

# Strides of the stem and of the 13 depthwise layers of MobileNetV1 (Howard et al., 2017, table 1).
_STEM_STRIDE = 2
_TRUNK_STRIDES = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1)
# Layers native to stride 16 reach stride 32 by taking every second cell. The last layer does it, so that all
# others get the input they were trained on.
_SUBSAMPLING_LAYER = len(_TRUNK_STRIDES) - 1
# Operators that change the type of numbers, not their values.
_CONVERSIONS = ("QUANTIZE", "DEQUANTIZE")
# Where a flatbuffer table of the type Operator keeps the place of its options: field 4 of its vtable.
_BUILTIN_OPTIONS_FIELD = 4 + 2 * 4
# Everything in a flatbuffer with 64-bit fields is aligned to eight bytes at most.
_ALIGNMENT = 8


@dataclass(frozen=True)
class LayerStep:
    """Stride and dilation of one depthwise layer, equal in both directions."""

    stride: int
    dilation: int


def plan_trunk(output_stride: int, native_stride: int = 16) -> tuple[LayerStep, ...]:
    """Return stride and dilation of the 13 depthwise layers for an output stride.

    A layer is dilated by the strides that were removed before it relative to the native stride, the one
    the weights were trained at. Above the native stride the result is subsampled.

    :raises ValueError: if a stride is not one of the choices
    """
    check_stride("output_stride", output_stride, OUTPUT_STRIDES)
    check_stride("native_stride", native_stride, NATIVE_STRIDES)
    steps = []
    native = current = _STEM_STRIDE
    for layer, stride in enumerate(_TRUNK_STRIDES):
        # What this layer does in the network as trained ...
        native_step = stride if native * stride <= native_stride else 1
        # ... and here: its stride while that is allowed, else the dilation takes its place.
        step = native_step if current * native_step <= output_stride else 1
        if layer == _SUBSAMPLING_LAYER:
            step = max(step, output_stride // current)
        steps.append(LayerStep(step, native // current))
        native *= native_step
        current *= step
    return tuple(steps)


def check_stride(name: str, value: int, choices: tuple[int, ...]) -> None:
    """Raise ValueError, naming the choices, unless the value is one of them."""
    if value not in choices:
        raise ValueError(f"{name} is {value}, expected one of {', '.join(map(str, choices))}")


def restride(model_bytes: bytes, output_stride: int, native_stride: int = 16) -> bytes:
    """Return the same network at another output stride.

    Only the options of the depthwise layers change: their new versions are appended to the file, and the
    layers point there. Everything else stays the same byte for byte, also the input size.

    :param model_bytes: a MobileNetV1 PoseNet ``.tflite`` file with float, half-float or quantised weights
    :param output_stride: 8, 16 or 32
    :param native_stride: 16 or 32, the stride the weights were trained at
    :returns: the rewritten file
    :raises ModelError: if the file is no TensorFlow Lite model or its trunk is not MobileNetV1's
    :raises ValueError: if a stride is not one of the choices
    """
    plan = plan_trunk(output_stride, native_stride)
    trunk = find_trunk(read_graph(model_bytes))
    rewritten = bytearray(model_bytes)
    with reading():
        for operator, step in zip(trunk, plan, strict=True):
            _append_options(rewritten, operator, step)
    return bytes(rewritten)


def find_trunk(graph: Graph) -> list[Operator]:
    """Return the 13 depthwise layers of a MobileNetV1 trunk, in order.

    :raises ModelError: if the graph does not begin with one; the message says what was found
    """
    expected = ["CONV_2D"] + ["DEPTHWISE_CONV_2D", "CONV_2D"] * len(_TRUNK_STRIDES)
    trunk = []
    tensor = graph.inputs[0] if graph.inputs else -1
    for place, name in enumerate(expected):
        operator = _next_operator(graph, tensor)
        if operator is None or operator.name != name:
            found = operator.name if operator is not None else "a branch or the end"
            raise ModelError(
                "the output stride of this model cannot be changed: it does not begin with the layers of MobileNetV1"
                f" (at layer {place + 1}: {found} instead of {name}; the model has {graph.summary()});"
                " run it at its own stride"
            )
        if name == "DEPTHWISE_CONV_2D":
            trunk.append(operator)
        tensor = operator.outputs[0]
    return trunk


def _next_operator(graph: Graph, tensor: int) -> Operator | None:
    """Return the only operator that reads the tensor, behind conversions; None where there is not one."""
    while True:
        consumers = graph.consumers(tensor)
        if len(consumers) != 1 or not consumers[0].outputs:
            return None
        if consumers[0].name not in _CONVERSIONS:
            return consumers[0]
        tensor = consumers[0].outputs[0]


def _append_options(model: bytearray, operator: Operator, step: LayerStep) -> None:
    import flatbuffers  # noqa: PLC0415 - comes with the runtime, which is optional

    schema = load_schema()
    options = schema.DepthwiseConv2DOptions()
    union = operator.table.BuiltinOptions()
    options.Init(union.Bytes, union.Pos)
    builder = flatbuffers.Builder(64)
    schema.DepthwiseConv2DOptionsStart(builder)
    schema.DepthwiseConv2DOptionsAddPadding(builder, options.Padding())
    schema.DepthwiseConv2DOptionsAddStrideW(builder, step.stride)
    schema.DepthwiseConv2DOptionsAddStrideH(builder, step.stride)
    schema.DepthwiseConv2DOptionsAddDepthMultiplier(builder, options.DepthMultiplier())
    schema.DepthwiseConv2DOptionsAddFusedActivationFunction(builder, options.FusedActivationFunction())
    schema.DepthwiseConv2DOptionsAddDilationWFactor(builder, step.dilation)
    schema.DepthwiseConv2DOptionsAddDilationHFactor(builder, step.dilation)
    builder.Finish(schema.DepthwiseConv2DOptionsEnd(builder))
    appended = bytes(builder.Output())

    model.extend(bytes(-len(model) % _ALIGNMENT))
    (root,) = struct.unpack_from("<I", appended)
    target = len(model) + root
    model.extend(appended)
    # Offsets in a flatbuffer are relative to the place they stand at.
    place = operator.table._tab.Pos + operator.table._tab.Offset(_BUILTIN_OPTIONS_FIELD)
    struct.pack_into("<I", model, place, target - place)
