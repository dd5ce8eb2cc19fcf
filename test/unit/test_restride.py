# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posenet_ros.errors import ModelError
from posenet_ros.network.graph import load_schema, read_graph
from posenet_ros.network.model import PoseNetModel
from posenet_ros.network.restride import NATIVE_STRIDES, OUTPUT_STRIDES, find_trunk, plan_trunk, restride


@pytest.mark.parametrize(
    ("native", "output", "strided", "dilated"),
    [
        # Depthwise layers, counted from 1, with stride 2, and {layer: dilation} where it is not 1.
        (16, 8, [2, 4], dict.fromkeys(range(7, 14), 2)),
        (16, 16, [2, 4, 6], {}),
        (16, 32, [2, 4, 6, 13], {}),
        (32, 8, [2, 4], dict.fromkeys(range(7, 13), 2) | {13: 4}),
        (32, 16, [2, 4, 6], {13: 2}),
        (32, 32, [2, 4, 6, 12], {}),
    ],
)
def test_plan(native, output, strided, dilated):
    plan = plan_trunk(output, native)
    assert [layer for layer, step in enumerate(plan, 1) if step.stride == 2] == strided
    assert {layer: step.dilation for layer, step in enumerate(plan, 1) if step.dilation != 1} == dilated


@pytest.mark.parametrize("native", NATIVE_STRIDES)
@pytest.mark.parametrize("output", OUTPUT_STRIDES)
def test_plan_keeps_what_each_layer_looks_at(output, native):
    """In pixels of the input, neighbours stay as far apart as they were in training, whatever the stride."""
    reached = native_reached = 2
    for step, trained in zip(plan_trunk(output, native), plan_trunk(native, native), strict=True):
        if output <= native:
            assert reached * step.dilation == native_reached
        reached *= step.stride
        native_reached *= trained.stride
    assert (reached, native_reached) == (output, native)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(OUTPUT_STRIDES), st.sampled_from(NATIVE_STRIDES)), min_size=1, max_size=5),
    st.binary(max_size=11),
)
def test_the_last_rewriting_counts(mini_model, chain, behind):
    """Whatever was rewritten before, and wherever the file ends."""
    content = mini_model.read_bytes() + behind
    for output, native in chain:
        content = restride(content, output, native)
    with_options = [
        (options.StrideH(), options.StrideW(), options.DilationHFactor(), options.DilationWFactor())
        for options in map(options_of, find_trunk(read_graph(content)))
    ]
    assert with_options == [(s.stride, s.stride, s.dilation, s.dilation) for s in plan_trunk(*chain[-1])]


def options_of(operator):
    options = load_schema().DepthwiseConv2DOptions()
    union = operator.table.BuiltinOptions()
    options.Init(union.Bytes, union.Pos)
    return options


@pytest.mark.parametrize(("output", "native", "word"), [(4, 16, "output_stride"), (16, 8, "native_stride")])
def test_other_strides_are_refused_with_the_choices(output, native, word):
    with pytest.raises(ValueError, match=f"{word} is .*expected one of"):
        plan_trunk(output, native)


@pytest.mark.parametrize("content", [b"", b"TFL3", b"\x1c\0\0\0TFL3" + b"\xff" * 64, b"#!/bin/sh\n" * 20])
def test_what_is_no_model_is_refused(content):
    with pytest.raises(ModelError):
        restride(content, 16)


def test_truncated_model_is_refused(float_model):
    content = float_model.read_bytes()
    with pytest.raises(ModelError):
        PoseNetModel(content[: len(content) // 2])


def run(model_bytes: bytes, stride: int, image: np.ndarray):
    model = PoseNetModel(model_bytes, output_stride=stride, input_size=image.shape[:2])
    return model.run(image)


def test_strides_are_real_not_relabelled(float_model):
    """Stride 32 is stride 16 at every second cell, exactly; stride 8 has twice the cells."""
    image = np.random.default_rng(0).integers(0, 256, (257, 257, 3), np.uint8)
    content = float_model.read_bytes()
    heads = {stride: run(content, stride, image) for stride in (8, 16, 32)}
    assert [heads[stride].heatmaps.shape for stride in (8, 16, 32)] == [(33, 33, 17), (17, 17, 17), (9, 9, 17)]
    for head in ("heatmaps", "offsets", "displacements_fwd", "displacements_bwd"):
        coarse, fine = getattr(heads[32], head), getattr(heads[16], head)
        np.testing.assert_allclose(coarse, fine[::2, ::2], rtol=0, atol=1e-4)


def test_rewriting_twice_is_rewriting_once(float_model):
    image = np.random.default_rng(1).integers(0, 256, (129, 161, 3), np.uint8)
    content = float_model.read_bytes()
    there_and_back = restride(restride(content, 8), 16)
    np.testing.assert_array_equal(run(there_and_back, 16, image).heatmaps, run(content, 16, image).heatmaps)


def test_quantised_model_is_rewritten(quantised_model):
    image = np.random.default_rng(2).integers(0, 256, (257, 257, 3), np.uint8)
    assert run(quantised_model.read_bytes(), 8, image).heatmaps.shape == (33, 33, 17)
