# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest

from posenet_ros.body.scale import units_per_metre
from posenet_ros.skeleton import FACE


def test_scale_is_that_of_the_body(person_keypoints):
    shown = np.ones(17, bool)
    scale = units_per_metre(person_keypoints, shown)
    # The drawn person is 1.7 m tall in 380 pixels.
    assert scale == pytest.approx(380 / 1.7, rel=0.2)
    assert units_per_metre(person_keypoints * 0.1, shown) == pytest.approx(0.1 * scale)
    flat = np.column_stack((person_keypoints, np.full(17, 2.0)))
    assert units_per_metre(flat, shown) == pytest.approx(scale)


def test_a_wrong_keypoint_changes_little(person_keypoints):
    wrong = person_keypoints.copy()
    wrong[9] = 0.0, 0.0
    shown = np.ones(17, bool)
    assert units_per_metre(wrong, shown) == pytest.approx(units_per_metre(person_keypoints, shown), rel=0.3)


def test_a_face_alone_tells_the_scale_and_nothing_tells_none(person_keypoints):
    face = np.isin(np.arange(17), FACE)
    whole = units_per_metre(person_keypoints, np.ones(17, bool))
    assert units_per_metre(person_keypoints, face) == pytest.approx(whole, rel=0.6)
    assert units_per_metre(person_keypoints, np.arange(17) == 0) is None
