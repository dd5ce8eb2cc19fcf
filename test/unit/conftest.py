# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Model files made from the real float model, which nobody publishes but which people have."""

from __future__ import annotations

from collections.abc import Callable

import hypothesis
import numpy as np
import pytest

flatbuffers = pytest.importorskip("flatbuffers")

# What takes a millisecond takes a second on a busy machine.
hypothesis.settings.register_profile("without_deadline", deadline=None)
hypothesis.settings.load_profile("without_deadline")

CONVOLUTIONS = ("CONV_2D", "DEPTHWISE_CONV_2D")


class ModelEditor:
    """A model file taken apart with the object classes of the schema."""

    def __init__(self, content: bytes) -> None:
        self.schema = pytest.importorskip(
            "ai_edge_litert.schema_py_generated", reason="only LiteRT's schema has the classes to edit models with"
        )
        self.model = self.schema.ModelT.InitFromPackedBuf(content, 0)
        self.graph = self.model.subgraphs[0]
        # Unpacked as arrays that cannot be written.
        self.graph.outputs = list(self.graph.outputs)
        for operator in self.graph.operators:
            operator.inputs = list(operator.inputs)

    def pack(self) -> bytes:
        builder = flatbuffers.Builder(0)
        builder.Finish(self.model.Pack(builder), file_identifier=b"TFL3")
        return bytes(builder.Output())

    def code(self, name: str, custom: str | None = None) -> int:
        """Return the index of an operator code, added if it is not there."""
        value = getattr(self.schema.BuiltinOperator, name)
        code = self.schema.OperatorCodeT()
        code.builtinCode, code.deprecatedBuiltinCode, code.version = value, min(value, 127), 1
        code.customCode = custom
        self.model.operatorCodes.append(code)
        return len(self.model.operatorCodes) - 1

    def add_tensor(self, name: str, shape, type_name: str, data: np.ndarray | None = None) -> int:
        tensor, tensor.name, tensor.shape = self.schema.TensorT(), name, list(shape)
        tensor.type = getattr(self.schema.TensorType, type_name)
        if data is not None:
            buffer = self.schema.BufferT()
            buffer.data = np.frombuffer(data.tobytes(), np.uint8)
            self.model.buffers.append(buffer)
            tensor.buffer = len(self.model.buffers) - 1
        self.graph.tensors.append(tensor)
        return len(self.graph.tensors) - 1

    def operator(self, code: int, inputs: list[int], outputs: list[int]):
        operator = self.schema.OperatorT()
        operator.opcodeIndex, operator.inputs, operator.outputs = code, inputs, outputs
        return operator

    def convolutions(self):
        """Return (operator, its depthwise or not)."""
        codes = [max(code.builtinCode, code.deprecatedBuiltinCode) for code in self.model.operatorCodes]
        kinds = {getattr(self.schema.BuiltinOperator, name): name for name in CONVOLUTIONS}
        return [(op, kinds[codes[op.opcodeIndex]]) for op in self.graph.operators if codes[op.opcodeIndex] in kinds]

    def values(self, index: int) -> np.ndarray:
        tensor = self.graph.tensors[index]
        return np.frombuffer(bytes(self.model.buffers[tensor.buffer].data), np.float32).reshape(tensor.shape)


def half_float(content: bytes) -> bytes:
    """Return the model with float16 weights and an operator that widens them, as TensorFlow's converter makes it."""
    editor = ModelEditor(content)
    dequantize = editor.code("DEQUANTIZE")
    widen = []
    for operator, _ in editor.convolutions():
        for place in (1, 2):
            wide = operator.inputs[place]
            values = editor.values(wide)
            narrow = editor.add_tensor(f"half_{wide}", values.shape, "FLOAT16", values.astype(np.float16))
            editor.graph.tensors[wide].buffer = 0
            widen.append(editor.operator(dequantize, [narrow], [wide]))
    editor.graph.operators = widen + list(editor.graph.operators)
    return editor.pack()


def dynamic_range(content: bytes) -> bytes:
    """Return the model with int8 weights, a scale for each channel, and float activations."""
    editor = ModelEditor(content)
    for operator, kind in editor.convolutions():
        tensor = editor.graph.tensors[operator.inputs[1]]
        values = editor.values(operator.inputs[1])
        axis = 3 if kind == "DEPTHWISE_CONV_2D" else 0
        scale = np.abs(values).max(axis=tuple(a for a in range(4) if a != axis), keepdims=True) / 127.0 + 1e-12
        quantised = np.rint(values / scale).astype(np.int8)
        buffer = editor.schema.BufferT()
        buffer.data = np.frombuffer(quantised.tobytes(), np.uint8)
        editor.model.buffers.append(buffer)
        tensor.buffer = len(editor.model.buffers) - 1
        tensor.type = editor.schema.TensorType.INT8
        tensor.quantization = editor.schema.QuantizationParametersT()
        tensor.quantization.scale = scale.ravel().tolist()
        tensor.quantization.zeroPoint = [0] * scale.size
        tensor.quantization.quantizedDimension = axis
    for code in editor.model.operatorCodes:
        code.version = max(code.version, 3)
    return editor.pack()


def with_sigmoid(content: bytes) -> bytes:
    """Return the model with the sigmoid taken inside, so that heat maps are probabilities."""
    editor = ModelEditor(content)
    logits = editor.graph.outputs[0]
    tensor = editor.graph.tensors[logits]
    probabilities = editor.add_tensor("heatmap_probabilities", tensor.shape, "FLOAT32")
    editor.graph.operators.append(editor.operator(editor.code("LOGISTIC"), [logits], [probabilities]))
    editor.graph.outputs[0] = probabilities
    return editor.pack()


def with_custom_operator(content: bytes, name: str) -> bytes:
    """Return the model with its heat maps through an operator that no runtime knows."""
    editor = ModelEditor(content)
    heatmaps = editor.graph.outputs[0]
    decoded = editor.add_tensor("poses", editor.graph.tensors[heatmaps].shape, "FLOAT32")
    editor.graph.operators.append(editor.operator(editor.code("CUSTOM", name), [heatmaps], [decoded]))
    editor.graph.outputs[0] = decoded
    return editor.pack()


def with_foreign_trunk(content: bytes) -> bytes:
    """Return the model with an addition in the trunk, as a residual network has."""
    editor = ModelEditor(content)
    first = editor.graph.operators[0]
    tensor = editor.graph.tensors[first.outputs[0]]
    total = editor.add_tensor("sum", tensor.shape, "FLOAT32")
    add = editor.operator(editor.code("ADD"), [first.outputs[0], first.outputs[0]], [total])
    add.builtinOptionsType = editor.schema.BuiltinOptions.AddOptions
    add.builtinOptions = editor.schema.AddOptionsT()
    editor.graph.operators[1].inputs[0] = total
    editor.graph.operators.insert(1, add)
    return editor.pack()


VARIANTS: dict[str, Callable[..., bytes]] = {
    "half_float": half_float,
    "dynamic_range": dynamic_range,
    "with_sigmoid": with_sigmoid,
    "with_custom_operator": with_custom_operator,
    "with_foreign_trunk": with_foreign_trunk,
}


@pytest.fixture(scope="session")
def make_variant(float_model) -> Callable[..., bytes]:
    """Return a function that makes a variant of the float model by its name."""
    content = float_model.read_bytes()
    return lambda name, *arguments: VARIANTS[name](content, *arguments)


@pytest.fixture
def figure(person_keypoints) -> np.ndarray:
    """Return keypoints, [17, 2], of a figure of 300 pixels around (0, 0)."""
    centred = person_keypoints - person_keypoints.mean(axis=0)
    return centred * 300.0 / np.ptp(centred[:, 1])
