# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math

import numpy as np
import pytest

pytest.importorskip("numba", reason="training dependencies are not installed: see 'make test-training'")

from posenet_ros.skeleton import KeypointId as K
from training.body import make_shape, pose_body, sample_shape
from training.camera import look_at
from training.clothes import find_regions, sample_look
from training.light import sample_light
from training.poses import sample_pose
from training.rasteriser import FAR, rasterise
from training.render import HIDDEN, OUTSIDE, VISIBLE, keypoint_states, render_person
from training.scene import Actor, Stand, render_scene


def test_camera_sees_right_to_the_right_and_up_above():
    camera = look_at((0.0, 1.0, 5.0), (0.0, 1.0, 0.0), focal=100.0, size=(101, 201))
    projected = camera.project([(0.0, 1.0, 0.0), (0.5, 1.0, 0.0), (0.0, 1.5, 0.0), (0.0, 1.0, 2.5), (0.0, 1.0, 9.0)])
    np.testing.assert_allclose(projected[:4, :2], [(100, 50), (110, 50), (100, 40), (100, 50)], atol=1e-9)
    np.testing.assert_allclose(projected[:, 2], [5.0, 5.0, 5.0, 2.5, -4.0], atol=1e-9)


def test_nearer_triangle_covers():
    far = [(0.0, 0.0, 2.0), (9.0, 0.0, 2.0), (0.0, 9.0, 2.0)]
    near = [(0.0, 0.0, 1.0), (3.0, 0.0, 1.0), (0.0, 3.0, 1.0)]
    points = np.array(far + near, np.float32)
    depth, shown, _ = rasterise(points, np.array(((0, 1, 2), (3, 4, 5)), np.int32), 10, 10)
    assert (depth[0, 0], shown[0, 0]) == (1.0, 1)
    assert (depth[4, 4], shown[4, 4]) == (2.0, 0)
    assert (depth[9, 9], shown[9, 9]) == (FAR, -1)


def test_states_follow_depth_and_frame():
    depth = np.full((10, 10), FAR, np.float32)
    depth[5, 5] = 2.0
    points = np.array([(5.0, 5.0, z) for z in (2.02, 2.2)] + [(2.0, 2.0, 2.0), (-0.6, 5.0, 2.0), (5.0, 5.0, -1.0)])
    states = keypoint_states(points, depth, np.full(5, 0.05))
    assert states.tolist() == [VISIBLE, HIDDEN, HIDDEN, OUTSIDE, OUTSIDE]


@pytest.fixture(scope="module")
def standing(body_data):
    """Return a function that renders the body at rest, seen from an azimuth: 0 before it, 90 at its left."""
    regions = find_regions(body_data)
    rng = np.random.default_rng(0)
    shape = make_shape(body_data, body_data.vertices)
    look = sample_look(body_data, regions, 0.0, rng)
    body = pose_body(body_data, shape, {})
    middle = body.vertices.mean(axis=0)

    def render(azimuth: float):
        angle = math.radians(azimuth)
        camera = look_at(middle + 4.0 * np.array((math.sin(angle), 0.0, math.cos(angle))), middle, 400.0, (256, 256))
        return render_person(body, shape, look, body_data.vertices, sample_light(rng), camera)

    return render


@pytest.mark.parametrize(
    ("azimuth", "visible", "hidden"),
    [
        (0, list(K), [K.LEFT_EAR, K.RIGHT_EAR]),
        (180, list(K)[K.LEFT_SHOULDER :], [K.NOSE, K.LEFT_EYE, K.RIGHT_EYE]),
        (90, [K.LEFT_EAR, K.LEFT_SHOULDER, K.LEFT_KNEE], [K.RIGHT_EYE, K.RIGHT_EAR, K.RIGHT_SHOULDER, K.RIGHT_HIP]),
        (-90, [K.RIGHT_EAR, K.RIGHT_SHOULDER, K.RIGHT_KNEE], [K.LEFT_EYE, K.LEFT_EAR, K.LEFT_SHOULDER, K.LEFT_HIP]),
    ],
)
def test_visibility_is_that_of_a_body(standing, azimuth, visible, hidden):
    layer = standing(azimuth)
    # Ears may be seen from before, or not.
    assert all(layer.states[k] == VISIBLE for k in visible if k not in hidden)
    if azimuth:
        assert all(layer.states[k] == HIDDEN for k in hidden)


def test_left_is_the_bodys_left_and_points_lie_on_the_body(standing):
    layer = standing(0)
    x, y = layer.keypoints.T
    assert x[K.LEFT_SHOULDER] > x[K.RIGHT_SHOULDER] + 20
    assert y[K.NOSE] < y[K.LEFT_HIP] < y[K.LEFT_KNEE] < y[K.LEFT_ANKLE]
    rows, columns = np.rint(layer.keypoints[:, ::-1]).astype(int).T
    assert (layer.rgba[rows, columns, 3] > 200).all()


def test_who_stands_before_somebody_hides_what_is_behind(body_data):
    rng = np.random.default_rng(1)
    shape = make_shape(body_data, body_data.vertices)
    actor = Actor(shape, sample_look(body_data, find_regions(body_data), 0.0, rng))
    camera = look_at((0.0, 1.0, 5.0), (0.0, 1.0, 0.0), 300.0, (256, 256))
    cast = [(actor, Stand((0.0, z), 0.0, {})) for z in (0.0, 1.0)]
    background = np.zeros((256, 256, 3), np.uint8)
    both = render_scene(body_data, cast, camera, sample_light(rng), background)
    alone = render_scene(body_data, cast[:1], camera, sample_light(rng), background)
    np.testing.assert_array_equal(both.keypoints[0], alone.keypoints[0])
    assert (alone.states[0] == VISIBLE).sum() >= 13
    assert (both.states[0, [K.LEFT_HIP, K.RIGHT_HIP, K.LEFT_SHOULDER]] == HIDDEN).all()
    assert (both.states[1] == VISIBLE).sum() >= 13


def test_limbs_keep_their_lengths_in_every_pose(body_data):
    rng = np.random.default_rng(3)
    for _ in range(5):
        shape = sample_shape(body_data, rng)
        rest = pose_body(body_data, shape, {}).keypoints
        posed = pose_body(body_data, shape, sample_pose(shape, rng)).keypoints
        for a, b in ((K.LEFT_SHOULDER, K.LEFT_ELBOW), (K.RIGHT_ELBOW, K.RIGHT_WRIST), (K.LEFT_HIP, K.LEFT_KNEE)):
            lengths = [np.linalg.norm(points[a] - points[b]) for points in (rest, posed)]
            assert lengths[0] == pytest.approx(lengths[1], abs=1e-6)
