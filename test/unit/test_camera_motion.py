# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import cv2
import numpy as np
import pytest

from posenet_ros.tracking.camera_motion import STILL, CameraMotion

SIZE = 480, 640


@pytest.fixture(scope="module")
def wall() -> np.ndarray:
    """Return a picture larger than the image, with texture of several sizes."""
    rng = np.random.default_rng(0)
    wall = np.full((900, 1200, 3), 128.0, np.float32)
    for cells in (6, 30, 120):
        wall += cv2.resize(rng.normal(0.0, 14.0, (cells, cells, 3)).astype(np.float32), (1200, 900))
    return np.clip(wall, 0, 255).astype(np.uint8)


def seen(wall: np.ndarray, motion: np.ndarray) -> np.ndarray:
    """Return the image of a camera that moved: pixels of the unmoved one are at motion @ (x, y, 1)."""
    unmoved = np.array(((1.0, 0.0, -280.0), (0.0, 1.0, -210.0), (0.0, 0.0, 1.0)))
    return cv2.warpAffine(wall, motion @ unmoved, SIZE[::-1])


def turned(degrees: float, scale: float, shift: tuple[float, float]) -> np.ndarray:
    motion = cv2.getRotationMatrix2D((SIZE[1] / 2, SIZE[0] / 2), degrees, scale)
    motion[:, 2] += shift
    return motion


def errors(found: np.ndarray, true: np.ndarray) -> float:
    corners = np.array(((0, 0, 1), (SIZE[1], 0, 1), (0, SIZE[0], 1), (SIZE[1], SIZE[0], 1)), float)
    return float(np.abs(corners @ found.T - corners @ true.T).max())


MOTIONS = {
    "20 px": turned(0.0, 1.0, (20.0, 0.0)),
    "100 px": turned(0.0, 1.0, (-90.0, 40.0)),
    "4 degrees": turned(4.0, 1.0, (0.0, 0.0)),
    "nearer": turned(-1.0, 1.06, (5.0, 3.0)),
}


@pytest.mark.parametrize("size", [1, 2], ids=["640x480", "1280x960"])
@pytest.mark.parametrize("name", MOTIONS)
def test_motion_of_the_camera_is_found(wall, name, size):
    motion = MOTIONS[name]
    images = [cv2.resize(seen(wall, m), None, fx=size, fy=size) for m in (turned(0.0, 1.0, (0.0, 0.0)), motion)]
    camera = CameraMotion()
    assert camera.update(images[0]) is None
    found = camera.update(images[1])
    assert errors(found / (1.0, 1.0, size), motion) < 2.0


def test_camera_that_stands_still_is_told_at_once_although_people_move_and_pixels_are_noisy(wall):
    rng, camera = np.random.default_rng(1), CameraMotion()
    keypoints = rng.uniform(0.0, 1.0, (1, 17, 2)) * (120.0, 300.0)
    for place in range(0, 400, 20):
        image = seen(wall, turned(0.0, 1.0, (0.0, 0.0)))
        cv2.rectangle(image, (place, 100), (place + 120, 400), (40, 90, 200), cv2.FILLED)
        image = np.clip(image + rng.normal(0.0, 4.0, image.shape), 0, 255).astype(np.uint8)
        motion = camera.update(image, keypoints + (place, 100.0))
        assert place == 0 or motion is STILL


def test_somebody_who_walks_far_is_not_taken_for_a_camera_that_moves(wall):
    """Half the image wide, and gone from where the reference shows it, on a wall with few edges."""
    camera, still = CameraMotion(), cv2.GaussianBlur(seen(wall, turned(0.0, 1.0, (0.0, 0.0))), (0, 0), 12.0)
    clothes = np.kron(np.random.default_rng(2).integers(0, 255, (10, 6, 3)), np.ones((40, 25, 1))).astype(np.uint8)
    corners = np.array(((0.0, 0.0), (150.0, 400.0)))
    for number in range(14):
        left, image = 20 + 30 * number, still.copy()
        image[40:440, left : left + 150] = clothes
        # Who was in the image before.
        keypoints = np.resize(corners + (left - 30, 40.0), (1, 17, 2))
        motion = camera.update(image, keypoints if number else keypoints[:0])
        assert number == 0 or motion is STILL


def test_slow_motion_adds_up(wall):
    camera, total = CameraMotion(), np.eye(3)
    for number in range(61):
        motion = camera.update(seen(wall, turned(0.0, 1.0, (0.2 * number, 0.0))))
        if motion is not None:
            total = np.vstack((motion, (0.0, 0.0, 1.0))) @ total
    assert abs(total[0, 2] - 12.0) < 2.0


def test_motion_is_unknown_where_there_is_nothing_to_see(wall):
    camera = CameraMotion()
    flat, other = np.full((*SIZE, 3), 90, np.uint8), np.random.default_rng(0).integers(0, 255, (*SIZE, 3), np.uint8)
    assert camera.update(flat) is None
    assert camera.update(seen(wall, turned(0.0, 1.0, (0.0, 0.0)))) is None
    assert camera.update(other) is None
    assert camera.update(other[:240]) is None  # another size


@pytest.mark.parametrize("size", [(1, 1), (9, 7), (9, 8), (30, 2000)])
def test_images_of_any_size_do_no_harm(size):
    camera, rng = CameraMotion(), np.random.default_rng(0)
    for _ in range(3):
        camera.update(rng.integers(0, 255, (*size, 3), np.uint8), np.full((1, 17, 2), 1e300))
