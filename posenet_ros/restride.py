# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Rewriting a MobileNetV1 PoseNet file to another output stride.

One set of weights serves every output stride: the strides of late depthwise layers are removed and the
layers behind them dilated by as much, the "atrous" convolution of DeepLab (Chen et al., 2017) that
PoseNet for TensorFlow.js applies when it builds the network. Here the operators of the finished file
are edited.
"""

from __future__ import annotations

import importlib
import struct
from dataclasses import dataclass
from typing import Any

from posenet_ros.errors import ModelError
from posenet_ros.runtime import find_runtime

OUTPUT_STRIDES = (8, 16, 32)
NATIVE_STRIDES = (16, 32)

_FILE_IDENTIFIER = b"TFL3"
# Strides of the stem and of the 13 depthwise layers of MobileNetV1 (Howard et al., 2017, table 1).
_STEM_STRIDE = 2
_TRUNK_STRIDES = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1)
# Taking every second cell of a stride-16 result is what the layers native to 16 do at 32; the last
# layer does it, so that all others see what they were trained on.
_SUBSAMPLING_LAYER = len(_TRUNK_STRIDES) - 1


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
    if output_stride not in OUTPUT_STRIDES:
        raise ValueError(f"output_stride is {output_stride}, expected one of {', '.join(map(str, OUTPUT_STRIDES))}")
    if native_stride not in NATIVE_STRIDES:
        raise ValueError(f"native_stride is {native_stride}, expected one of {', '.join(map(str, NATIVE_STRIDES))}")
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


def restride(model_bytes: bytes, output_stride: int, native_stride: int = 16) -> bytes:
    """Return the same network at another output stride.

    :param model_bytes: a MobileNetV1 PoseNet ``.tflite`` file with float, half-float or quantised weights
    :param output_stride: 8, 16 or 32
    :param native_stride: 16 or 32, the stride the weights were trained at
    :returns: the rewritten file; the input size is not changed
    :raises ModelError: if the file is no TensorFlow Lite model or its trunk is not MobileNetV1's
    :raises ValueError: if a stride is not one of the choices
    """
    plan = plan_trunk(output_stride, native_stride)
    schema = _load_schema()
    model = _unpack(schema, model_bytes)
    for operator, step in zip(_find_trunk(schema, model), plan, strict=True):
        options = operator.builtinOptions
        options.strideH = options.strideW = step.stride
        options.dilationHFactor = options.dilationWFactor = step.dilation
    return _pack(model)


def _load_schema() -> Any:
    name = find_runtime().schema_module_name
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ModelError(
            f"changing the output stride needs the TensorFlow Lite schema, which {name.split('.')[0]} does not"
            " bring; install it with 'pip install ai-edge-litert'"
        ) from error


def _unpack(schema: Any, model_bytes: bytes) -> Any:
    if model_bytes[4:8] != _FILE_IDENTIFIER:
        raise ModelError(
            "this is no TensorFlow Lite model: the file does not carry the identifier TFL3; use a .tflite file"
        )
    try:
        return schema.ModelT.InitFromPackedBuf(model_bytes, 0)
    # Offsets that lead nowhere surface as any of these from flatbuffers and numpy.
    except (struct.error, ValueError, IndexError, TypeError, AttributeError, OverflowError, MemoryError) as error:
        raise ModelError(f"the model file is damaged: {error}; fetch it again") from error


def _find_trunk(schema: Any, model: Any) -> list[Any]:
    """Return the 13 depthwise operators of a MobileNetV1 trunk, in order."""
    if len(model.subgraphs or ()) != 1:
        raise ModelError(f"the model has {len(model.subgraphs or ())} subgraphs, expected 1")
    depthwise_code = schema.BuiltinOperator.DEPTHWISE_CONV_2D
    codes = [max(code.builtinCode, code.deprecatedBuiltinCode) for code in model.operatorCodes]
    trunk = [op for op in model.subgraphs[0].operators if codes[op.opcodeIndex] == depthwise_code]
    if len(trunk) != len(_TRUNK_STRIDES):
        raise ModelError(
            f"the output stride of this model cannot be changed: it has {len(trunk)} depthwise layers where"
            f" MobileNetV1 has {len(_TRUNK_STRIDES)}; run it at its own stride"
        )
    return trunk


def _pack(model: Any) -> bytes:
    import flatbuffers  # noqa: PLC0415 - comes with the runtime, which is optional

    builder = flatbuffers.Builder(0)
    builder.Finish(model.Pack(builder), file_identifier=_FILE_IDENTIFIER)
    return bytes(builder.Output())
