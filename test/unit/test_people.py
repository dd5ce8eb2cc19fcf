# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The arrays of people belong together, and public names stay where users import them."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest

from posenet_ros.people import People

GOOD = {"keypoints": np.zeros((2, 17, 2)), "keypoint_scores": np.zeros((2, 17)), "scores": np.zeros(2)}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"keypoints": np.zeros((2, 17, 3))}, r"expected \(\(2, 17, 2\)"),
        ({"keypoint_scores": np.zeros((1, 17))}, r"expected \(\(2, 17, 2\)"),
        ({"ids": np.zeros(3, np.int64)}, r"ids have shape \(3,\), expected \(2,\)"),
        ({"positions": np.zeros((2, 17, 2))}, r"positions have shape \(2, 17, 2\), expected \(2, 17, 3\)"),
    ],
)
def test_arrays_that_do_not_belong_together_are_refused(change, words):
    People(**GOOD)
    with pytest.raises(ValueError, match=words):
        People(**(GOOD | change))


def test_a_selection_keeps_what_belongs_to_each_person():
    people = People(**GOOD).identified_as(np.array([4, 9])).located_at(np.arange(102.0).reshape(2, 17, 3))
    second = people.select(np.array([1]))
    assert second.ids.tolist() == [9]
    np.testing.assert_array_equal(second.positions[0], people.positions[1])


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("posenet_ros.estimator", "PoseEstimator"),
        ("posenet_ros.pipeline", "PosePipeline"),
        ("posenet_ros.decoding", "decode_single_pose"),
        ("posenet_ros.decoding", "decode_multiple_poses"),
        ("posenet_ros.decoding", "decode_multiple_poses_refined"),
        ("posenet_ros.restride", "restride"),
    ],
)
def test_public_names_stay_where_they_are(module, name):
    assert callable(getattr(import_module(module), name))
