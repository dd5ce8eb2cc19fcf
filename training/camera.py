# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A pinhole camera, and where a robot's camera stands when it looks at a person.

World axes: y up. Camera axes as in ROS's optical frames: x right, y down, z ahead. Pixels: (0, 0) is the
centre of the top-left pixel, x right, y down.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from training.rotations import Y_AXIS, Z_AXIS, Matrix, about, unit

Points = NDArray[np.float64]


@dataclass(frozen=True)
class Camera:
    """A pinhole and a picture behind it.

    ``rotation`` [3, 3] from world to camera axes, ``position`` [3] in metres, ``focal`` and ``centre`` (x, y) in
    pixels, ``size`` (height, width).
    """

    rotation: Matrix
    position: Points
    focal: float
    centre: tuple[float, float]
    size: tuple[int, int]

    def project(self, points: ArrayLike) -> Points:
        """Return [n, 3]: pixel x, pixel y and depth in metres of world points [n, 3]; behind the camera depth <= 0."""
        x, y, depth = ((np.asarray(points, np.float64) - self.position) @ self.rotation.T).T
        # What is behind the camera has no pixel; any finite one will do.
        divisor = np.where(depth > 1e-6, depth, 1.0)
        return np.column_stack(
            (self.centre[0] + self.focal * x / divisor, self.centre[1] + self.focal * y / divisor, depth)
        )


def look_at(position: ArrayLike, target: ArrayLike, focal: float, size: tuple[int, int], roll: float = 0.0) -> Camera:
    """Return the camera at a position that has a target in the middle of its picture; roll is in radians."""
    position, ahead = np.asarray(position, np.float64), unit(np.asarray(target) - np.asarray(position))
    side = np.cross(ahead, Y_AXIS)
    right = unit(side) if np.linalg.norm(side) > 1e-6 else np.array((1.0, 0.0, 0.0))
    axes = np.stack((right, np.cross(ahead, right), ahead))
    return Camera(about(Z_AXIS, roll) @ axes, position, focal, ((size[1] - 1) / 2.0, (size[0] - 1) / 2.0), size)


def sample_camera(points: Points, keypoints: Points, size: int, rng: np.random.Generator) -> Camera:
    """Return a camera that sees a body, whole or from near, from any side, from a dog's height to the ceiling's.

    :param points: [n, 3] of the body, metres
    :param keypoints: [17, 3]
    :param size: height and width of the picture in pixels
    """
    middle = (points.max(axis=0) + points.min(axis=0)) / 2.0
    near = rng.random() < 0.3
    if near:  # a part of the body fills the picture; mostly the upper part, as before a robot's face
        parts = keypoints[
            rng.choice((0, 5, 6, 7, 8, 11, 12, 13, 14), p=(0.3, 0.15, 0.15, 0.05, 0.05, 0.1, 0.1, 0.05, 0.05))
        ]
        target = parts + rng.normal(0.0, 0.08, 3)
        distance, extent = rng.uniform(0.8, 2.5), rng.uniform(0.65, 1.5)
    else:
        target = middle
        distance, extent = math.exp(rng.uniform(math.log(1.6), math.log(8.0))), 0.0
    azimuth = rng.uniform(-math.pi, math.pi) if rng.random() < 0.5 else rng.normal(0.0, 0.7)
    elevation = float(np.clip(rng.normal(0.08, 0.22), -0.55, 1.0))
    direction = np.array(
        (math.cos(elevation) * math.sin(azimuth), math.sin(elevation), math.cos(elevation) * math.cos(azimuth))
    )
    roll = rng.normal(0.0, 0.05)
    camera = look_at(target + distance * direction, target, 1.0, (size, size), roll)
    if near:
        return _with_focal(camera, size * distance / extent)
    pixels = camera.project(points)[:, :2]
    low, high = pixels.min(axis=0), pixels.max(axis=0)
    focal = 0.94 * (size - 1) / float((high - low).max())
    middle_pixel = (low + high) / 2.0 - camera.centre
    centre = tuple(float(c) for c in np.asarray(camera.centre) - focal * middle_pixel)
    return Camera(camera.rotation, camera.position, focal, (centre[0], centre[1]), camera.size)


def _with_focal(camera: Camera, focal: float) -> Camera:
    return Camera(camera.rotation, camera.position, focal, camera.centre, camera.size)
