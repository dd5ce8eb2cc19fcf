# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What the camera's motion is measured from: small images, their edges, and where nobody is."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from posenet_ros.tracking import camera_motion
from posenet_ros.tracking.camera_motion import STILL, CameraMotion

ALL_SEEN = np.full((20, 20), 255, np.uint8)


def step(height: float) -> np.ndarray:
    """Return a thumbnail with an edge between columns 9 and 10."""
    thumbnail = np.zeros((20, 20), np.float32)
    thumbnail[:, 10:] = height
    return thumbnail


def slope(levels_a_pixel: float, moved: float = 0.0) -> np.ndarray:
    """Return a thumbnail that gets brighter to the right."""
    return np.tile(levels_a_pixel * (np.arange(20.0) - moved), (20, 1)).astype(np.float32)


@pytest.mark.parametrize(
    ("size", "grey", "thumbnail"),
    [
        ((480, 640), (240, 320), (60, 80)),
        ((100, 200), (100, 200), (40, 80)),
        ((9, 2000), (1, 320), (8, 80)),
        ((300, 200), (300, 200), (120, 80)),
    ],
)
def test_images_are_compared_small_and_grey(size, grey, thumbnail):
    image = np.full((*size, 3), (10, 100, 200), np.uint8)
    small = camera_motion._thumbnail(image)
    reference = camera_motion._Reference.of(image, small)
    assert small.shape == thumbnail
    assert small.dtype == np.float32
    assert reference.size == image.shape
    assert reference.thumbnail is small
    assert reference.grey.shape == grey
    # 0.299 red + 0.587 green + 0.114 blue.
    np.testing.assert_allclose(small, 120, atol=1)
    np.testing.assert_allclose(reference.grey, 120, atol=1)


def test_a_thumbnail_is_averaged_over_neighbours():
    columns = np.arange(1280) // 4 % 2 * 200
    image = np.tile(columns[None, :, None], (960, 1, 3)).astype(np.uint8)
    # Stripes half as wide as a quarter of its pixels.
    assert np.abs(camera_motion._thumbnail(image) - 100.0).max() < 60.0


def test_boxes_reach_beyond_the_keypoints_by_a_share_of_their_sides():
    keypoints = np.resize([(100.0, 200.0), (200.0, 400.0), (150.0, 300.0)], (1, 17, 2))
    np.testing.assert_allclose(camera_motion._boxes(keypoints), [[(85.0, 170.0), (215.0, 430.0)]])


@pytest.mark.parametrize(
    ("box", "rows", "columns"),
    [
        ([(2.0, 4.0), (7.0, 9.0)], slice(2, 5), slice(1, 4)),
        ([(-90.0, -90.0), (3.0, 1e300)], slice(0, 6), slice(0, 2)),
        ([(14.0, 10.0), (1e300, 1e300)], slice(5, 6), slice(7, 8)),
        ([(100.0, 0.0), (200.0, 12.0)], slice(0, 0), slice(0, 0)),
        ([(0.0, 100.0), (16.0, 200.0)], slice(0, 0), slice(0, 0)),
    ],
)
def test_the_background_is_where_nobody_is(box, rows, columns):
    """Of a thumbnail half the size of the image, in which the boxes are."""
    expected = np.full((6, 8), 255, np.uint8)
    expected[rows, columns] = 0
    np.testing.assert_array_equal(camera_motion._background((6, 8), np.array([box]), 2.0), expected)


def test_people_in_the_lower_half_of_a_portrait_are_no_background():
    expected = np.full((8, 4), 255, np.uint8)
    expected[6:, 1:3] = 0
    found = camera_motion._background((8, 4), np.array([[(1.0, 6.0), (2.0, 7.0)]]), 1.0)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("turn", [np.asarray, np.transpose])
def test_edges_have_their_place_their_grey_level_and_their_gradient(turn):
    thumbnail = np.ascontiguousarray(turn(step(100.0)))
    edges = camera_motion._Edges.of(thumbnail, ALL_SEEN)
    expected = np.zeros((20, 20), bool)
    expected[1:-1, 9:11] = True
    np.testing.assert_array_equal(edges.places, np.flatnonzero(turn(expected)))
    np.testing.assert_array_equal(edges.values, thumbnail.ravel()[edges.places])
    np.testing.assert_array_equal(edges.gradients, 50.0)


@pytest.mark.parametrize(("height", "found"), [(5.9, 0), (6.0, 36)])
def test_weak_edges_say_nothing(height, found):
    assert len(camera_motion._Edges.of(step(height), ALL_SEEN).places) == found


def test_one_pixel_in_eight_is_an_edge_where_all_have_texture():
    thumbnail = np.random.default_rng(0).uniform(0.0, 255.0, (42, 42)).astype(np.float32)
    edges = camera_motion._Edges.of(thumbnail, np.full((42, 42), 255, np.uint8))
    assert len(edges.places) == 40 * 40 // 8


def test_edges_of_people_do_not_count():
    background = ALL_SEEN.copy()
    background[:8] = 0
    all_edges = camera_motion._Edges.of(step(100.0), ALL_SEEN)
    for edges in (camera_motion._Edges.of(step(100.0), background), all_edges.uncovered(background)):
        assert edges.places.min() == 8 * 20 + 9
        assert len(edges.places) == len(edges.values) == len(edges.gradients) == 22


@pytest.mark.parametrize(("moved", "still"), [(0.0, True), (0.07, True), (-0.07, True), (0.09, False), (-0.09, False)])
def test_the_camera_stands_still_while_edges_move_by_less_than_a_pixel_of_the_image(moved, still):
    edges = camera_motion._Edges.of(slope(10.0), ALL_SEEN)
    assert edges.stand_still(slope(10.0, moved)) == still


@pytest.mark.parametrize(("rows", "still"), [(8, True), (9, False), (10, False)])
def test_more_than_half_of_the_edges_must_stand_still(rows, still):
    thumbnail = slope(10.0)
    edges = camera_motion._Edges.of(thumbnail, ALL_SEEN)
    thumbnail[1 : 1 + rows] += 50.0
    assert edges.stand_still(thumbnail) == still


def grey_image(level: float) -> np.ndarray:
    return np.full((480, 640, 3), level, np.uint8)


@pytest.mark.parametrize(("level", "still"), [(90, True), (89, False), (91, False)])
def test_without_edges_an_image_that_is_the_same_stands_still(level, still):
    camera = CameraMotion()
    camera.update(grey_image(90))
    assert (camera.update(grey_image(level)) is STILL) == still


@pytest.fixture(scope="module")
def wall() -> np.ndarray:
    rng = np.random.default_rng(0)
    wall = np.full((600, 800, 3), 128.0, np.float32)
    for cells in (6, 20, 60):
        wall += cv2.resize(rng.normal(0.0, 20.0, (cells, cells, 3)).astype(np.float32), (800, 600))
    return np.clip(wall, 0, 255).astype(np.uint8)


def part(wall: np.ndarray, x: int, y: int, size: int = 1) -> np.ndarray:
    """Return an image of the wall from a corner on, [480 size, 640 size, 3]."""
    return cv2.resize(wall[y : y + 480, x : x + 640], None, fx=size, fy=size)


def test_a_camera_that_stands_still_is_compared_with_an_image_of_long_ago_but_not_too_long(wall, monkeypatch):
    image, camera, renewed = part(wall, 60, 50), CameraMotion(), []
    of = camera_motion._Reference.of
    monkeypatch.setattr(camera_motion._Reference, "of", lambda *given: renewed.append(number) or of(*given))
    for number in range(32):
        assert (camera.update(image) is STILL) == (number > 0)
    assert renewed == [0, 15, 30]


def test_somebody_before_still_edges_does_not_move_the_camera(wall):
    """Half of an image twice as large as usual is somebody who changes all over."""
    image, camera, people = part(wall, 60, 50, 2), CameraMotion(), np.resize([(0.0, 0.0), (640.0, 960.0)], (1, 17, 2))
    camera.update(image)
    changed = image.copy()
    changed[:, :700] = 255 - changed[:, :700]
    assert camera.update(changed, people) is STILL
    assert camera.update(image[:, ::-1], people) is not STILL


def test_weaker_edges_count_where_somebody_covers_the_strong_ones():
    columns = np.arange(640)
    stripes = 128.0 + np.where(columns < 320, 100.0, 15.0) * np.sin(columns * (2.0 * np.pi / 64.0))
    image = np.tile(stripes[None, :, None], (480, 1, 3)).astype(np.uint8)
    people, camera = np.resize([(0.0, 0.0), (320.0, 480.0)], (1, 17, 2)), CameraMotion()
    camera.update(image)
    assert camera.update(image) is STILL
    for moved in (0, 8):
        covered = np.roll(image, moved, axis=1)
        covered[:, :330] = 0
        assert (camera.update(covered, people) is STILL) == (moved == 0)


@pytest.mark.parametrize("size", [1, 2])
def test_where_people_hide_all_corners_the_whole_image_tells_the_shift(wall, size):
    camera, everywhere = CameraMotion(), np.resize([(0.0, 0.0), (640.0 * size, 480.0 * size)], (1, 17, 2))
    camera.update(part(wall, 60, 50, size))
    motion = camera.update(part(wall, 20, 66, size), everywhere)
    np.testing.assert_array_equal(motion[:, :2], np.eye(2))
    np.testing.assert_allclose(motion[:, 2] / size, (40.0, -16.0), atol=5.0)


def test_corners_are_looked_for_where_the_whole_image_went(wall):
    """Farther than flow reaches, and turned, which the shift alone does not tell."""
    motion = cv2.getRotationMatrix2D((320.0, 240.0), 3.0, 1.0)
    motion[:, 2] += (-190.0, 0.0)
    camera, large = CameraMotion(), cv2.resize(wall, (1200, 900))
    unmoved = np.array(((1.0, 0.0, -280.0), (0.0, 1.0, -210.0)))
    camera.update(cv2.warpAffine(large, unmoved, (640, 480)))
    found = camera.update(cv2.warpAffine(large, motion @ np.vstack((unmoved, (0.0, 0.0, 1.0))), (640, 480)))
    np.testing.assert_allclose(found, motion, atol=2.0)
    assert found[1, 0] == pytest.approx(motion[1, 0], abs=0.01)


@pytest.mark.parametrize(("scale", "possible"), [(1.07, True), (0.94, True), (1.13, False), (0.88, False)])
def test_a_change_of_scale_that_cannot_be_is_not_believed(wall, monkeypatch, scale, possible):
    nearer = cv2.getRotationMatrix2D((400.0, 300.0), 0.0, scale)
    images = part(wall, 80, 60), part(cv2.warpAffine(wall, nearer, (800, 600), borderMode=cv2.BORDER_REFLECT), 80, 60)
    for most, believed in ((1.3, True), (1.1, possible)):
        monkeypatch.setattr(camera_motion, "_MOST_SCALE", most)
        camera = CameraMotion()
        camera.update(images[0])
        motion = camera.update(images[1])
        found = motion is not None and motion[0, 0] == pytest.approx(scale, abs=0.02)
        assert found == believed
