# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Restrided models against the raw tensors of PoseNet for TensorFlow.js, and against each other."""

from __future__ import annotations

import numpy as np
import pytest

from posenet_ros.network.heads import HEATMAPS, recognise_heads
from posenet_ros.network.restride import restride
from posenet_ros.network.runtime import create_interpreter

GOLDEN = [
    ("test_couple", 8),
    ("test_couple", 16),
    ("test_couple", 32),
    ("000000000785", 16),
]
NAMES = {
    "heatmaps": "heatmap_sigmoid",
    "offsets": "offsets",
    "displacements_fwd": "displacement_fwd",
    "displacements_bwd": "displacement_bwd",
}


def raw_heads(content: bytes, stride: int, image: np.ndarray) -> dict[str, np.ndarray]:
    """Return the raw outputs for an input tensor [h, w, 3], as the runtime gives them."""
    interpreter = create_interpreter(restride(content, stride), num_threads=2)
    index = interpreter.get_input_details()[0]["index"]
    interpreter.resize_tensor_input(index, [1, *image.shape])
    interpreter.allocate_tensors()
    interpreter.set_tensor(index, image[None])
    interpreter.invoke()
    outputs = interpreter.get_output_details()
    return {head: interpreter.get_tensor(outputs[i]["index"])[0] for head, i in recognise_heads(outputs).items()}


@pytest.mark.parametrize(("image", "stride"), GOLDEN)
def test_raw_tensors_agree_with_tfjs(test_data, float_model, image, stride):
    folder = test_data / "golden" / "tfjs"
    # TF.js' own resized input, 0 to 255.
    values = np.load(folder / f"{image}_257_input_0_255.npy").reshape(257, 257, 3)
    heads = raw_heads(float_model.read_bytes(), stride, (values / 127.5 - 1.0).astype(np.float32))
    for head, name in NAMES.items():
        expected = np.load(folder / f"{image}_257_s{stride}_{name}.npy")
        found = heads[head].astype(np.float64)
        if head == HEATMAPS:
            found = 1.0 / (1.0 + np.exp(-found))
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4 if head == HEATMAPS else 0.01)


@pytest.mark.parametrize("size", [(257, 257), (353, 481), (33, 65)])
def test_float_strides_agree_where_they_overlap(float_model, size):
    image = np.random.default_rng(0).uniform(-1, 1, (*size, 3)).astype(np.float32)
    heads = {stride: raw_heads(float_model.read_bytes(), stride, image) for stride in (8, 16, 32)}
    for head in heads[16]:
        np.testing.assert_allclose(heads[8][head][::2, ::2], heads[16][head], rtol=0, atol=1e-4)
        np.testing.assert_allclose(heads[16][head][::2, ::2], heads[32][head], rtol=0, atol=1e-4)


@pytest.mark.parametrize("size", [(257, 257), (353, 481), (33, 65)])
def test_quantised_strides_are_equal_where_they_overlap(quantised_model, size):
    image = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    heads = {stride: raw_heads(quantised_model.read_bytes(), stride, image) for stride in (8, 16, 32)}
    for head in heads[16]:
        np.testing.assert_array_equal(heads[8][head][::2, ::2], heads[16][head])
        np.testing.assert_array_equal(heads[16][head][::2, ::2], heads[32][head])
