# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The decoders against results of PoseNet for TensorFlow.js on its own tensors."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from posenet_ros.decoding import decode_multiple_poses, decode_single_pose
from posenet_ros.people import People

CASES = [
    ("test_couple_257_s8", 8),
    ("test_couple_257_s16", 16),
    ("test_couple_257_s32", 32),
    ("test_couple_353x481_s16", 16),
    ("000000000785_257_s16", 16),
    ("000000000785_353x481_s16", 16),
]


def load_heads(folder: Path, case: str) -> tuple[np.ndarray, ...]:
    probabilities = np.load(folder / f"{case}_heatmap_sigmoid.npy").astype(np.float64)
    names = ("offsets", "displacement_fwd", "displacement_bwd")
    logits = np.log(probabilities) - np.log1p(-probabilities)
    return logits, *(np.load(folder / f"{case}_{name}.npy") for name in names)


def assert_same(found: People, expected: list[dict]) -> None:
    keypoints = [[(k["x"], k["y"]) for k in pose["keypoints"]] for pose in expected]
    scores = [[k["score"] for k in pose["keypoints"]] for pose in expected]
    np.testing.assert_array_equal(found.keypoints, keypoints)
    # The logits were made from the sigmoid's float32 results; the last digit may differ.
    np.testing.assert_allclose(found.keypoint_scores, scores, rtol=0, atol=1e-12)
    np.testing.assert_allclose(found.scores, [pose["score"] for pose in expected], rtol=0, atol=1e-7)


@pytest.mark.parametrize(("case", "stride"), CASES)
def test_decoders_agree_with_tfjs_to_the_last_digit(test_data, case, stride):
    folder = test_data / "golden" / "tfjs"
    expected = json.loads((folder / f"{case}.json").read_text())["model_coords"]
    heatmaps, offsets, forward, backward = load_heads(folder, case)
    for name, max_poses in (("multi_max5", 5), ("multi_max20", 20)):
        people = decode_multiple_poses(heatmaps, offsets, forward, backward, stride, max_poses=max_poses)
        assert_same(people, expected[name])
    assert_same(decode_single_pose(heatmaps, offsets, stride), [expected["single"]])
