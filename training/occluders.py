# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Things that stand before people: bars, boxes, plants and tables, cut out of other backgrounds."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray


def sample_occluder(
    size: tuple[int, int], surface: NDArray[np.uint8], rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Return colours [h, w, 3] and cover [h, w], 0 to 1, of something in a picture of (height, width).

    :param surface: [s, s, 3] what it is made of
    """
    height, width = size
    cover = np.zeros(size, np.uint8)
    centre = rng.uniform((0.0, 0.2 * height), (width, height))
    kind = rng.integers(4)
    if kind == 0:  # a table, a counter, a wall: everything below a line
        top, slope = rng.uniform(0.55, 0.95) * height, rng.normal(0.0, 0.05) * height
        left, right = sorted(rng.uniform(-0.3, 1.3, 2) * width)
        outline = np.array(((left, top), (right, top + slope), (right, 2 * height), (left, 2 * height)))
    elif kind == 1:  # a post, a door frame
        half = rng.uniform(0.01, 0.08) * width
        lean = rng.normal(0.0, 0.1) * height
        x = centre[0]
        outline = np.array(((x - half + lean, 0), (x + half + lean, 0), (x + half, height), (x - half, height)))
    else:
        corners = 4 if kind == 2 else int(rng.integers(3, 12))
        angles = np.linspace(0.0, 2.0 * math.pi, corners, endpoint=False) + rng.uniform(0.0, 6.0)
        radii = rng.uniform(0.04, 0.22) * max(size) * rng.uniform(0.6, 1.3, (corners, 1))
        outline = centre + radii * np.column_stack((np.cos(angles), np.sin(angles)))
    cv2.fillPoly(cover, [np.rint(outline).astype(np.int32)], 255, cv2.LINE_AA)
    zoom = rng.uniform(0.4, 1.2)
    side = max(int(surface.shape[0] * zoom), 1)
    row, column = rng.integers(0, surface.shape[0] - side + 1, 2) if side < surface.shape[0] else (0, 0)
    colours = cv2.resize(surface[row : row + side, column : column + side], (width, height))
    return colours, cover.astype(np.float32) / 255.0
