# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Graphs made up of tensors and operators, as files that nobody has at hand hold them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from posenet_ros.errors import ModelError
from posenet_ros.network.graph import Graph, Operator, Tensor
from posenet_ros.network.posenet_graph import can_be_restrided, check_graph, gives_probabilities, own_stride
from posenet_ros.network.restride import find_trunk
from posenet_ros.network.runtime import Delegate

CHANNELS = {"heatmaps": 17, "offsets": 34, "displacements_fwd": 32, "displacements_bwd": 32}


def make_graph(*operators: Operator, size: int = 257, cells: int = 17) -> Graph:
    """Return a graph of a square input, tensor 0, and the four heads, tensors 1 to 4."""
    image = Tensor("image", (1, size, size, 3), "FLOAT32", constant=False)
    heads = [Tensor(name, (1, cells, cells, count), "FLOAT32", constant=False) for name, count in CHANNELS.items()]
    return Graph((image, *heads), operators, (0,), (1, 2, 3, 4))


def operator(name: str, inputs: tuple[int, ...], outputs: tuple[int, ...], custom: bool = False) -> Operator:
    return Operator(name, custom, inputs, outputs, None)


def test_heads_behind_an_image_are_accepted():
    check_graph(make_graph())


@pytest.mark.parametrize(("size", "cells", "stride"), [(257, 33, 8), (257, 17, 16), (353, 12, 32), (1, 1, 1)])
def test_the_stride_is_that_of_input_and_heads(size, cells, stride):
    assert own_stride(make_graph(size=size, cells=cells)) == stride


def test_a_model_for_an_edge_tpu_runs_with_its_delegate_alone():
    graph = make_graph(operator("edgetpu-custom-op", (0,), (1, 2, 3, 4), custom=True))
    with pytest.raises(ModelError, match=r"compiled for an Edge TPU .* set 'delegate' to .*libedgetpu\.so\.1"):
        check_graph(graph)
    check_graph(graph, Delegate("libedgetpu.so.1"))


def test_an_edge_tpu_decodes_no_poses():
    compiled = operator("edgetpu-custom-op", (0,), (1, 2), custom=True)
    graph = make_graph(compiled, operator("PosenetDecoderOp", (1, 2), (3, 4), custom=True))
    with pytest.raises(ModelError, match="the custom operator PosenetDecoderOp, which only its own runtime knows"):
        check_graph(graph, Delegate("libedgetpu.so.1"))


@pytest.mark.parametrize(
    ("shape", "listing"),
    [
        ((1, 257, 257), r"\[1, 257, 257\]"),
        ((2, 257, 257, 3), r"\[2, 257, 257, 3\]"),
        ((1, 257, 257, 1), r"\[1, 257, 257, 1\]"),
        ((1, 0, 257, 3), r"\[1, 0, 257, 3\]"),
    ],
)
def test_inputs_that_are_no_image_are_listed(shape, listing):
    graph = make_graph()
    graph = replace(graph, tensors=(replace(graph.tensors[0], shape=shape), *graph.tensors[1:]))
    with pytest.raises(ModelError, match=rf"its inputs are {listing}, expected \[1, h, w, 3\]"):
        check_graph(graph)


def test_a_graph_without_inputs_or_with_two_is_refused():
    with pytest.raises(ModelError, match="its inputs are none"):
        check_graph(replace(make_graph(), inputs=()))
    with pytest.raises(ModelError, match=r"its inputs are \[1, 257, 257, 3\], \[1, 257, 257, 3\]"):
        check_graph(replace(make_graph(), inputs=(0, 0)))


def test_images_of_another_type_are_refused_with_those_that_are_taken():
    graph = make_graph()
    graph = replace(graph, tensors=(replace(graph.tensors[0], type="FLOAT16"), *graph.tensors[1:]))
    with pytest.raises(ModelError, match="takes FLOAT16 images; use one that takes FLOAT32, UINT8 or INT8"):
        check_graph(graph)


def test_a_sigmoid_is_seen_behind_conversions():
    behind = make_graph(
        operator("LOGISTIC", (0,), (5,)), operator("QUANTIZE", (5,), (6,)), operator("DEQUANTIZE", (6,), (1,))
    )
    assert gives_probabilities(behind, 0)
    assert not gives_probabilities(make_graph(operator("CONV_2D", (0,), (1,))), 0)
    assert not gives_probabilities(make_graph(operator("DEQUANTIZE", (0,), (1,))), 0)


def test_a_graph_without_a_trunk_keeps_its_stride():
    graph = make_graph(operator("CONV_2D", (0,), (1,)))
    with pytest.raises(ModelError):
        find_trunk(graph)
    assert not can_be_restrided(graph)
