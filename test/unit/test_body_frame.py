# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from posenet_ros.body.frame import body_frames, to_quaternion
from posenet_ros.people import People
from posenet_ros.skeleton import KeypointId as K

THRESHOLD = 0.5
# Metres in the optical frame, of somebody 2 m ahead who faces the camera: the left side is on the image's right.
FACING = {
    K.LEFT_SHOULDER: (0.2, -0.5, 2.0),
    K.RIGHT_SHOULDER: (-0.2, -0.5, 2.0),
    K.LEFT_HIP: (0.1, 0.0, 2.0),
    K.RIGHT_HIP: (-0.1, 0.0, 2.0),
}


def person(places: dict[K, tuple[float, float, float]], score: float = 1.0) -> People:
    positions = np.full((1, 17, 3), np.nan)
    for part, place in places.items():
        positions[0, part] = place
    return People(np.zeros((1, 17, 2)), np.full((1, 17), score), np.ones(1), None, positions)


def test_somebody_who_faces_the_camera():
    origins, axes = body_frames(person(FACING), THRESHOLD)
    np.testing.assert_allclose(origins, [(0.0, 0.0, 2.0)])
    x, y, z = axes[0].T
    np.testing.assert_allclose(x, (0.0, 0.0, -1.0), atol=1e-12)  # to the camera
    np.testing.assert_allclose(y, (1.0, 0.0, 0.0), atol=1e-12)  # the person's left
    np.testing.assert_allclose(z, (0.0, -1.0, 0.0), atol=1e-12)  # up


@given(st.lists(st.floats(-3.0, 3.0), min_size=3, max_size=3))
def test_the_frame_turns_with_the_person(vector):
    turn = Rotation.from_rotvec(vector)
    _, straight = body_frames(person(FACING), THRESHOLD)
    turned = {part: tuple(turn.apply(place)) for part, place in FACING.items()}
    _, axes = body_frames(person(turned), THRESHOLD)
    np.testing.assert_allclose(axes[0], turn.as_matrix() @ straight[0], atol=1e-9)


@given(st.lists(st.floats(-3.2, 3.2), min_size=3, max_size=3))
def test_quaternions_are_those_of_scipy(vector):
    turn = Rotation.from_rotvec(vector)
    found = to_quaternion(turn.as_matrix())
    assert abs(float(found @ turn.as_quat())) == pytest.approx(1.0)


@pytest.mark.parametrize("missing", list(FACING))
def test_without_a_shoulder_or_a_hip_there_is_no_frame(missing):
    places = {part: place for part, place in FACING.items() if part != missing}
    origins, axes = body_frames(person(places), THRESHOLD)
    assert np.isnan(origins).all()
    assert np.isnan(axes).all()


def test_unsure_keypoints_a_flat_body_and_no_depth_give_no_frame():
    people = person(FACING, score=0.4)
    assert np.isnan(body_frames(people, THRESHOLD)[0]).all()
    line = dict.fromkeys(FACING, (0.0, 0.0, 2.0))
    assert np.isnan(body_frames(person(line), THRESHOLD)[0]).all()
    without = People(people.keypoints, people.keypoint_scores, people.scores)
    assert np.isnan(body_frames(without, THRESHOLD)[0]).all()
