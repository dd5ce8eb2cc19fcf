# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A room without people, as a camera sees it: what stands behind the people of clips and pictures."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from training.camera import Camera

# What stands at the wall: left, right, bottom and top in metres, and the colour, RGB.
_WALL_Z = -2.2
_WALL, _CEILING, _FLOOR_NEAR, _FLOOR_FAR = (206, 200, 188), (228, 226, 220), (120, 98, 78), (150, 128, 104)
_FURNITURE = (
    (1.1, 2.0, 0.0, 2.05, (140, 104, 72)),
    (1.18, 1.92, 0.08, 1.97, (158, 120, 86)),
    (-3.2, -1.7, 0.0, 1.15, (96, 104, 112)),
    (-3.1, -2.5, 0.1, 1.05, (110, 118, 126)),
    (-2.4, -1.8, 0.1, 1.05, (110, 118, 126)),
    (-0.9, 0.5, 1.35, 2.15, (70, 78, 90)),
    (-0.84, 0.44, 1.41, 2.09, (168, 196, 214)),
)


def draw_room(camera: Camera) -> NDArray[np.uint8]:
    """Return a room, [height, width, 3] RGB; its wall is at z = -2.2 metres."""
    height, width = camera.size
    shades = np.linspace(_CEILING, _WALL, height)
    edge = min(max(round(float(camera.project(np.array(((0.0, 0.0, _WALL_Z),)))[0, 1])), 0), height)
    shades[edge:] = np.linspace(_FLOOR_FAR, _FLOOR_NEAR, height - edge)
    room = np.repeat(shades[:, None], width, axis=1).astype(np.uint8)
    for left, right, bottom, top, colour in _FURNITURE:
        x, y = (left, right, right, left), (bottom, bottom, top, top)
        corners = camera.project(np.column_stack((x, y, np.full(4, _WALL_Z))))[:, :2]
        cv2.fillConvexPoly(room, np.rint(corners * 16).astype(np.int32), colour, cv2.LINE_AA, 4)
    return np.asarray(cv2.GaussianBlur(room, (0, 0), 1.0))
