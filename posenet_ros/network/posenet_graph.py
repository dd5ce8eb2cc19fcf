# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Whether a graph is a PoseNet that can run here, and which stride it was made for."""

from __future__ import annotations

from posenet_ros.errors import ModelError
from posenet_ros.network.graph import Graph
from posenet_ros.network.heads import HEATMAPS, recognise_heads
from posenet_ros.network.restride import find_trunk
from posenet_ros.network.runtime import Delegate

_EDGE_TPU_OPERATOR = "edgetpu-custom-op"


def check_graph(graph: Graph, delegate: Delegate | None = None) -> None:
    """Raise ModelError, naming the cure, unless the graph is a PoseNet with raw heads that can run here."""
    _refuse_custom_operators(graph, delegate)
    _check_input(graph)
    _recognise(graph)


def can_be_restrided(graph: Graph) -> bool:
    """Return whether the output stride of a model can be changed."""
    try:
        find_trunk(graph)
    except ModelError:
        return False
    return True


def own_stride(graph: Graph) -> int:
    """Return the output stride that a file was made for, in pixels.

    :raises ModelError: if it is not a PoseNet
    """
    heatmaps = graph.outputs[_recognise(graph)[HEATMAPS]]
    height, cells = graph.tensors[graph.inputs[0]].shape[1], graph.tensors[heatmaps].shape[1]
    return round(max(height - 1, 1) / max(cells - 1, 1))


def gives_probabilities(graph: Graph, heatmap_output: int) -> bool:
    """Return whether the file itself applies the sigmoid to its heat maps."""
    producer = graph.producer(graph.outputs[heatmap_output])
    while producer is not None and producer.name in ("QUANTIZE", "DEQUANTIZE"):
        producer = graph.producer(producer.inputs[0])
    return producer is not None and producer.name == "LOGISTIC"


def _refuse_custom_operators(graph: Graph, delegate: Delegate | None) -> None:
    custom = [operator.name for operator in graph.operators if operator.custom]
    if _EDGE_TPU_OPERATOR in custom:
        custom.remove(_EDGE_TPU_OPERATOR)
        if delegate is None:
            raise ModelError(
                "the model was compiled for an Edge TPU and cannot run without one: set 'delegate' to the path of its"
                " library, as in 'libedgetpu.so.1', or use the file before compilation"
            )
    if custom:
        raise ModelError(
            f"the model holds the custom operator {', '.join(sorted(set(custom)))}, which only its own runtime knows:"
            " use a file with raw heads, whose name does not end in '_decoder'"
        )


def _check_input(graph: Graph) -> None:
    shapes = [graph.tensors[index].shape for index in graph.inputs]
    if len(shapes) != 1 or len(shapes[0]) != 4 or shapes[0][0] != 1 or shapes[0][3] != 3 or min(shapes[0]) < 1:
        listing = ", ".join(str(list(shape)) for shape in shapes)
        raise ModelError(f"this is not a PoseNet model: its inputs are {listing or 'none'}, expected [1, h, w, 3]")
    kind = graph.tensors[graph.inputs[0]].type
    if kind not in ("FLOAT32", "UINT8", "INT8"):
        raise ModelError(f"the model takes {kind} images; use one that takes FLOAT32, UINT8 or INT8")


def _recognise(graph: Graph) -> dict[str, int]:
    tensors = [graph.tensors[index] for index in graph.outputs]
    return recognise_heads([{"name": tensor.name, "shape": tensor.shape} for tensor in tensors])
