# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Which pixels of a depth image count for a keypoint, and which of their values."""

from __future__ import annotations

import numpy as np
import pytest

from posenet_ros.camera_model import PinholeCamera
from posenet_ros.depth import DepthImage, frame_doubt, locate
from posenet_ros.people import People

CAMERA = PinholeCamera(500.0, 500.0, 320.0, 240.0)
SIZE = 480, 640
NAN = np.nan


def person(points, scores=0.9) -> People:
    """Return one person with keypoints at the points; the other keypoints are outside the image and score 0."""
    keypoints, keypoint_scores = np.full((1, 17, 2), -100.0), np.zeros((1, 17))
    keypoints[0, : len(points)] = points
    keypoint_scores[0, : len(points)] = scores
    return People(keypoints, keypoint_scores, np.array([0.9]))


def together(*people: People) -> People:
    return People(
        *(np.concatenate([getattr(p, name) for p in people]) for name in ("keypoints", "keypoint_scores", "scores"))
    )


def depths(people: People, values: np.ndarray, image_size=None) -> np.ndarray:
    """Return the keypoints' depths, [n, 17] metres."""
    return locate(people, DepthImage(values, 1.0), image_size or values.shape, CAMERA).positions[..., 2]


def window(*runs: tuple[int, float]) -> np.ndarray:
    """Return a 5x5 window of (count, value) runs."""
    return np.concatenate([np.full(count, value) for count, value in runs]).reshape(5, 5)


def tiles(*windows: np.ndarray) -> tuple[np.ndarray, list[tuple[float, float]]]:
    """Return a depth image that is the windows side by side, and their middles as keypoints."""
    return np.hstack(windows), [(5.0 * i + 2.0, 2.0) for i in range(len(windows))]


def test_samples_are_metres_and_nan_outside_the_image_and_the_range():
    depth = DepthImage(np.array([[100, 99, 3000], [2999, 0, 500]], np.uint16), 0.001, farthest=3.0)
    rows, columns = np.meshgrid(np.arange(-1, 3), np.arange(-1, 4), indexing="ij")
    expected = np.full((4, 5), NAN)
    expected[1:3, 1:4] = [[0.1, NAN, NAN], [2.999, NAN, 0.5]]
    np.testing.assert_allclose(depth.sample(rows, columns), expected)


@pytest.mark.parametrize("axis", [0, 1])
def test_the_image_reaches_half_a_pixel_beyond_the_outer_centres(axis):
    values = np.full((6, 8), 2.0)
    length = values.shape[1 - axis]
    for place, inside in ((-0.6, False), (-0.5, True), (length - 0.6, True), (length - 0.5, False)):
        point = [3.0, 3.0]
        point[axis] = place
        assert np.isfinite(depths(person([point]), values)[0, 0]) == inside, place


def assert_window(people: People, radii: tuple[int, int], size=SIZE, pixel=(200, 300)) -> None:
    """Check how many rows and columns beside the pixel count for the first keypoint of the first person."""
    for axis, radius in enumerate(radii):
        for distance in (-radius - 1, -radius, radius, radius + 1):
            values, place = np.zeros(size), list(pixel)
            place[axis] += distance
            values[tuple(place)] = 2.0
            counts = bool(np.isfinite(depths(people, values, SIZE)[0, 0]))
            assert counts == (abs(distance) == radius), (axis, distance)


@pytest.mark.parametrize(("extent", "radius"), [(0, 2), (130, 2), (200, 3), (260, 3), (500, 7), (600, 8)])
def test_the_window_grows_with_the_person(extent, radius):
    assert_window(person([(20.0, 200.0), (20.0 + extent, 200.0)]), (radius, radius), pixel=(200, 20))


def test_the_window_grows_with_the_height_too():
    assert_window(person([(300.0, 200.0), (300.0, 400.0), (350.0, 300.0)]), (3, 3))


@pytest.mark.parametrize(
    ("point", "score", "radius"), [((100.0, 200.0), 0.45, 3), ((100.0, 200.0), 0.44, 2), ((-1.0, 200.0), 0.9, 2)]
)
def test_only_reliable_keypoints_in_the_image_tell_how_large_a_person_is(point, score, radius):
    assert_window(person([(300.0, 200.0), point], [0.9, score]), (radius, radius))


def test_each_person_has_an_own_window():
    near = person([(300.0, 200.0), (100.0, 200.0)], 0.3)
    far = person([(10.0, 10.0), (20.0, 10.0)], 0.9)
    wide = person([(10.0, 10.0), (600.0, 470.0)], 0.9)
    assert_window(together(near, far), (3, 3))
    assert_window(together(near, wide), (3, 3))


@pytest.mark.parametrize(
    ("size", "radii"), [((240, 320), (1, 1)), ((120, 160), (1, 1)), ((480, 320), (2, 1)), ((240, 640), (1, 2))]
)
def test_a_window_has_its_size_in_the_colour_image(size, radii):
    """Two neighbours in the image are one pixel in a depth image of half the size."""
    rows, columns = 480 // size[0], 640 // size[1]
    for first in (0, 1):
        point = 300.0 + first * (columns - 1), 200.0 + first * (rows - 1)
        assert_window(person([point]), radii, size, (200 // rows, 300 // columns))


def test_the_depth_is_the_median_of_the_nearest_surface():
    surface = 2.0 + 0.005 * np.arange(15)
    values = np.concatenate((np.full(6, 4.0), surface, np.full(4, 0.5))).reshape(5, 5)
    np.testing.assert_allclose(depths(person([(2.0, 2.0)] * 17), values)[0], 2.035)


@pytest.mark.parametrize(("count", "depth"), [(4, 2.0), (6, 1.5), (25, 1.5)])
def test_few_values_in_front_are_noise(count, depth):
    found = depths(person([(2.0, 2.0)] * 17), window((25 - count, 2.0), (count, 1.5)))
    np.testing.assert_allclose(found[0], depth)


@pytest.mark.parametrize(
    ("hand", "depth"),
    [
        (window((15, 2.0), (10, 1.2)), 1.2),
        (window((10, 0.5), (15, 2.0)), 2.0),
        (window((5, NAN), (10, 0.5), (10, 2.0)), 2.0),
        (window((10, 0.5), (15, 3.5)), NAN),
        (window((25, 3.5)), NAN),
        (window((25, NAN)), NAN),
    ],
    ids=["before the body", "behind a pole", "behind a pole, with holes", "out of reach", "wall", "nothing measured"],
)
def test_a_hand_is_on_the_nearest_surface_within_reach_of_the_body(hand, depth):
    values, points = tiles(*[window((25, 2.0))] * 4, hand)
    np.testing.assert_allclose(depths(person(points), values)[0, :5], [2.0] * 4 + [depth])


@pytest.mark.parametrize(("score", "found"), [(0.44, [2.0, 2.0, NAN, NAN, NAN]), (0.45, [NAN, NAN, 4.5, 4.5, 4.5])])
def test_only_reliable_keypoints_tell_where_a_person_is(score, found):
    values, points = tiles(*[window((25, 2.0))] * 2, *[window((25, 4.5))] * 3)
    np.testing.assert_allclose(depths(person(points, [0.9, 0.9, score, score, score]), values)[0, :5], found)


def test_people_do_not_need_the_score_of_others():
    values, points = tiles(window((25, 2.0)), window((25, NAN)), window((25, 2.1)))
    found = depths(together(person(points, 0.9), person(points, 0.3)), values)
    np.testing.assert_allclose(found[:, :3], [[2.0, NAN, 2.1]] * 2)


def test_depth_of_another_frame_is_doubted_and_names_both():
    assert frame_doubt("camera", "camera") == ""
    doubt = frame_doubt("depth_optical", "colour_optical")
    assert "depth_optical" in doubt
    assert "colour_optical" in doubt
