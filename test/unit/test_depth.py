# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from depth_scene import (
    HEIGHT,
    LIMB_RADIUS_M,
    SIZE,
    WALL_BEHIND_M,
    WIDTH,
    make_body,
    metres,
    millimetres,
    render,
    right,
    seen,
    with_holes,
)
from posenet_ros.camera_model import PinholeCamera
from posenet_ros.depth import DepthImage, locate, nothing_measured
from posenet_ros.people import People

CAMERAS = {
    "plain": PinholeCamera(525.0, 525.0, 319.5, 239.5),
    "off_centre": PinholeCamera(480.0, 500.0, 250.0, 300.0),
    "distorted": PinholeCamera(525.0, 525.0, 319.5, 239.5, "plumb_bob", (-0.3, 0.1, 0.001, -0.001, 0.0)),
    "fisheye": PinholeCamera(400.0, 400.0, 320.0, 240.0, "equidistant", (-0.03, 0.01, -0.004, 0.001)),
}


@pytest.fixture
def body(person_keypoints) -> np.ndarray:
    return make_body(person_keypoints)


@pytest.mark.parametrize("camera", CAMERAS)
@pytest.mark.parametrize("make", [millimetres, metres])
@pytest.mark.parametrize("distance", [1.5, 2.5, 4.0])
@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_known_person_comes_back(body, camera, make, distance, missing):
    model = CAMERAS[camera]
    joints = body + (0.1, 0.05, distance)
    depth = with_holes(render(joints, model, distance + WALL_BEHIND_M), missing, 0.0)
    people = seen(joints, model)
    inside = ((people.keypoints >= 0) & (people.keypoints <= (WIDTH - 1, HEIGHT - 1))).all(axis=-1)[0]
    found = locate(people, make(depth), SIZE, model).positions[0]
    assert right(found, joints)[inside].mean() >= 0.95
    assert np.isnan(found[~inside]).all()
    assert np.nanmax(found[:, 2]) < distance + 0.5


@pytest.mark.parametrize("size", [(240, 320), (120, 160), (720, 1280), (480, 480)])
def test_depth_of_another_size_is_scaled(body, size):
    joints = body + (0.0, 0.0, 2.5)
    camera = CAMERAS["plain"]
    found = locate(seen(joints, camera), millimetres(render(joints, camera, 4.5, size)), SIZE, camera).positions[0]
    assert right(found, joints).mean() >= 0.95


@pytest.mark.parametrize("seed", range(5))
def test_key_points_at_the_edge_of_the_body_are_not_on_the_wall(body, seed):
    """Of each limb, the keypoint lies where the limb ends and the wall begins."""
    camera = CAMERAS["plain"]
    joints = body + (0.0, 0.0, 2.5)
    depth = with_holes(render(joints, camera, 2.5 + WALL_BEHIND_M), 0.3, np.nan, seed)
    rng = np.random.default_rng(seed)
    angle = rng.uniform(0, 2 * np.pi, 17)
    edge_px = LIMB_RADIUS_M * 525.0 / 2.5
    people = seen(joints, camera)
    moved = people.keypoints + edge_px * np.stack((np.cos(angle), np.sin(angle)), axis=-1)
    found = locate(people.moved_to(moved), metres(depth), SIZE, camera).positions[0]
    # Compared in depth: the keypoints themselves are off by what they were moved.
    known = np.isfinite(found[:, 2])
    assert known.mean() >= 0.9
    assert (np.abs(found[known, 2] - joints[known, 2]) <= 0.03).mean() >= 0.8
    assert (found[known, 2] < 2.5 + 0.1).all()


def test_person_before_another_gets_the_own_depth(body):
    camera = CAMERAS["plain"]
    joints = np.stack((body + (-0.2, -0.2, 2.2), body + (0.3, 0.0, 3.2)))
    depth = render(joints, camera, 5.0)
    people = locate(seen(joints, camera), millimetres(depth), SIZE, camera)
    assert right(people.positions[0], joints[0]).mean() >= 0.95
    # The one behind is half hidden; what is known of it is its own or the other's in front of it.
    visible = np.abs(depth[tuple(np.rint(people.keypoints[1]).astype(int).T[::-1])] - joints[1, :, 2]) < 0.05
    assert right(people.positions[1], joints[1])[visible].mean() >= 0.9


@pytest.mark.parametrize("hole", [0.0, -1.0, np.nan, np.inf, -np.inf, 0.02, 50.0])
def test_what_is_no_depth_gives_no_position(body, hole):
    camera = CAMERAS["plain"]
    joints = body + (0.0, 0.0, 2.5)
    found = locate(seen(joints, camera), metres(np.full(SIZE, hole)), SIZE, camera)
    assert np.isnan(found.positions).all()
    assert found.positions.shape == (1, 17, 3)


def test_farthest_ends_the_depth(body):
    camera = CAMERAS["plain"]
    joints = body + (0.0, 0.0, 4.0)
    depth = millimetres(render(joints, camera, 6.0))
    assert np.isfinite(locate(seen(joints, camera), depth, SIZE, camera).positions).any()
    assert np.isnan(locate(seen(joints, camera), replace(depth, farthest=3.0), SIZE, camera).positions).all()


def test_a_surface_out_of_reach_is_not_the_persons(body):
    """All that is seen at a wrist is a wall 2 m behind the person: the wrist's position is unknown, not on the wall."""
    camera = CAMERAS["plain"]
    joints = body + (0.0, 0.0, 2.5)
    people = seen(joints, camera)
    wrist = 9
    values = render(joints, camera, 4.5).copy()
    x, y = np.rint(people.keypoints[0, wrist]).astype(int)
    values[y - 12 : y + 13, x - 12 : x + 13] = 4.5
    found = locate(people, metres(values), SIZE, camera).positions[0]
    assert np.isnan(found[wrist]).all()
    others = np.arange(17) != wrist
    assert right(found[others], joints[others]).mean() >= 0.9


def test_stray_value_in_front_does_not_count(body):
    camera = CAMERAS["plain"]
    joints = body + (0.0, 0.0, 2.5)
    depth = render(joints, camera, 4.5)
    depth = with_holes(depth, 0.05, 0.4)
    found = locate(seen(joints, camera), metres(depth), SIZE, camera).positions[0]
    assert right(found, joints).mean() >= 0.95


@pytest.mark.parametrize("dtype", ["<u2", ">u2", "<f4", ">f4"])
def test_either_byte_order(body, dtype):
    camera = CAMERAS["plain"]
    joints = body + (0.0, 0.0, 2.5)
    unit = 0.001 if "u" in dtype else 1.0
    depth = DepthImage((render(joints, camera, 4.5) / unit).astype(dtype), unit)
    assert right(locate(seen(joints, camera), depth, SIZE, camera).positions[0], joints).mean() >= 0.95


def test_key_points_outside_the_image_have_no_position(body):
    camera = CAMERAS["plain"]
    people = People(np.full((1, 17, 2), -3.0), np.full((1, 17), 0.9), np.array([0.9]))
    people.keypoints[0, 0] = (320, 240)
    people.keypoints[0, 1] = (np.nan, 5)
    people.keypoints[0, 2] = (1e12, 5)
    found = locate(people, metres(np.full(SIZE, 2.0)), SIZE, camera).positions[0]
    assert np.isfinite(found).all(axis=-1).tolist() == [True] + [False] * 16


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (480, 640)])
def test_odd_images_and_scores_do_no_harm(size):
    camera = CAMERAS["plain"]
    people = People(np.zeros((2, 17, 2)), np.zeros((2, 17)), np.zeros(2))
    assert locate(people, metres(np.full(size, 2.0)), size, camera).positions.shape == (2, 17, 3)
    assert locate(People.nobody(), metres(np.full(size, 2.0)), size, camera).positions.shape == (0, 17, 3)


@pytest.mark.parametrize(
    ("values", "metres_per_unit", "words"),
    [
        (np.full((48, 64), 1500.0, np.float32), 1.0, "likely millimetres, but 32FC1 is in metres"),
        (np.full((48, 64), 2, np.uint16), 0.001, "likely metres, but 16UC1 is in millimetres"),
        (np.zeros((48, 64), np.uint16), 0.001, "only 0 or NaN"),
        (np.full((48, 64), np.nan, np.float32), 1.0, "only 0 or NaN"),
        (np.full((48, 64), np.inf, np.float32), 1.0, "only 0 or NaN"),
        (np.full((48, 64), 3.0, np.float32), 1.0, "is registered"),
        (np.full((48, 64), 0.5, np.float32), 1.0, "is registered"),
        (np.full((48, 64), 199.0, np.float32), 1.0, "is registered"),
        (np.full((48, 64), 200.0, np.float32), 1.0, "likely millimetres"),
        (np.full((48, 64), 60, np.uint16), 0.001, "likely metres"),
        (np.full((48, 64), 61, np.uint16), 0.001, "is registered"),
    ],
    ids=[
        "millimetres",
        "metres",
        "zero",
        "nan",
        "infinity",
        "registration",
        "near",
        "too near for millimetres",
        "nearest in millimetres",
        "farthest in metres",
        "too far for metres",
    ],
)
def test_why_nothing_is_measured(values, metres_per_unit, words):
    assert words in nothing_measured(DepthImage(values, metres_per_unit))
