# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Turning images by quarters of a turn, so that people stand upright for the network, and points back."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

ROTATIONS = (0, 90, 180, 270)
"""Degrees, clockwise."""

_CODES = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


def size_before(size: tuple[int, int], degrees: int) -> tuple[int, int]:
    """Return (height, width) of the image that has a size once it is turned."""
    return size if degrees in (0, 180) else (size[1], size[0])


def turn_into(image: NDArray[np.uint8], degrees: int, turned: NDArray[np.uint8]) -> None:
    """Write an image into another, turned clockwise by one of :data:`ROTATIONS`."""
    if degrees:
        cv2.rotate(image, _CODES[degrees], dst=turned)
    else:
        turned[:] = image


def points_before(points: NDArray[np.float64], size: tuple[int, int], degrees: int) -> NDArray[np.float64]:
    """Return where [..., 2] points (x, y) of a turned image were before it was turned; exact, pixel centre by centre.

    :param size: (height, width) of the turned image
    :param degrees: by which it was turned clockwise
    """
    bottom, right = size[0] - 1, size[1] - 1
    x, y = points[..., 0], points[..., 1]
    before = {0: (x, y), 90: (y, right - x), 180: (right - x, bottom - y), 270: (bottom - y, x)}[degrees]
    return np.stack(before, axis=-1)
