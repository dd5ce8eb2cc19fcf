# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A picture of markers, as RViz shows them, for places without RViz."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from visualization_msgs.msg import Marker

BACKGROUND = (48, 48, 48)
GRID = (110, 110, 110)
AXES = ((60, 60, 230), (60, 200, 60), (230, 120, 60))  # x red, y green, z blue


@dataclass(frozen=True)
class View:
    """Where one looks from and to, metres in the markers' optical frame (y down), and how far the lens reaches."""

    eye: tuple[float, float, float]
    focus: tuple[float, float, float]
    size: tuple[int, int] = (960, 540)
    focal: float = 620.0

    def project(self, points: np.ndarray) -> np.ndarray:
        """Return [n, 3] pixels and distance of [n, 3] points."""
        forward = np.subtract(self.focus, self.eye)
        forward = forward / np.linalg.norm(forward)
        right = np.cross(np.array((0.0, 1.0, 0.0)), forward)
        right = right / np.linalg.norm(right)
        axes = np.stack((right, np.cross(forward, right), forward))
        seen = (np.asarray(points) - self.eye) @ axes.T
        z = np.maximum(seen[:, 2], 0.05)
        centre = np.array(self.size) / 2.0
        return np.column_stack((centre + self.focal * seen[:, :2] / z[:, None], z))


@dataclass(frozen=True)
class Stroke:
    """Something to draw, farther things first."""

    distance: float
    kind: str
    points: np.ndarray
    width: float
    colour: tuple[float, ...]
    text: str = ""


def draw_markers(markers: list[Marker], view: View) -> np.ndarray:
    """Return a picture, [h, w, 3] uint8 BGR, of the markers, the camera's axes and the floor."""
    picture = np.full((view.size[1], view.size[0], 3), BACKGROUND, np.uint8)
    strokes = [*_floor(view), *_axes(view)]
    for marker in markers:
        strokes += _strokes(marker, view)
    for stroke in sorted(strokes, key=lambda stroke: -stroke.distance):
        _draw(picture, stroke)
    return picture


def _strokes(marker: Marker, view: View) -> Iterator[Stroke]:
    if marker.type == Marker.TEXT_VIEW_FACING:
        place = marker.pose.position
        at = view.project(np.array([(place.x, place.y, place.z)]))
        height = view.focal * marker.scale.z / at[0, 2]
        yield Stroke(at[0, 2], "text", at[:, :2], height, _bgr(marker.color), marker.text)
        return
    if marker.type == Marker.SPHERE:
        place = marker.pose.position
        at = view.project(np.array([(place.x, place.y, place.z)]))
        yield Stroke(at[0, 2], "ball", at[:, :2], view.focal * marker.scale.x / at[0, 2], _bgr(marker.color))
        return
    points = view.project(np.array([(p.x, p.y, p.z) for p in marker.points]))
    step = 2 if marker.type == Marker.LINE_LIST else 1
    for first in range(0, len(points), step):
        part = points[first : first + step]
        distance = float(part[:, 2].mean())
        width = view.focal * marker.scale.x / distance
        kind = "line" if step == 2 else "ball"
        yield Stroke(distance - 0.01 * (kind == "ball"), kind, part[:, :2], width, _bgr(marker.colors[first]))


def _floor(view: View, height: float = 1.0) -> Iterator[Stroke]:
    for i in np.arange(-3.0, 3.1, 0.5):
        for ends in (((i, height, 0.0), (i, height, 6.0)), ((-3.0, height, i + 3.0), (3.0, height, i + 3.0))):
            yield Stroke(100.0, "line", view.project(np.array(ends))[:, :2], 1.0, GRID)


def _axes(view: View) -> Iterator[Stroke]:
    for axis, colour in zip(np.eye(3) * 0.3, AXES, strict=True):
        ends = view.project(np.stack((np.zeros(3), axis)))
        yield Stroke(float(ends[:, 2].mean()), "line", ends[:, :2], 4.0, colour)


def _bgr(colour: object) -> tuple[float, ...]:
    # Over the background, by alpha.
    rgb = np.array((colour.b, colour.g, colour.r)) * 255.0
    return tuple((colour.a * rgb + (1.0 - colour.a) * np.array(BACKGROUND)).tolist())


def _draw(picture: np.ndarray, stroke: Stroke) -> None:
    points = [tuple(point) for point in np.rint(stroke.points * 16).astype(int)]
    if stroke.kind == "text":
        scale = stroke.width / 30.0
        (width, _), _ = cv2.getTextSize(stroke.text, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)
        at = int(stroke.points[0, 0] - width / 2), int(stroke.points[0, 1])
        cv2.putText(picture, stroke.text, at, cv2.FONT_HERSHEY_SIMPLEX, scale, stroke.colour, 1, cv2.LINE_AA)
    elif stroke.kind == "line":
        cv2.line(picture, points[0], points[1], stroke.colour, max(round(stroke.width), 1), cv2.LINE_AA, 4)
    else:
        radius = round(stroke.width * 8)
        cv2.circle(picture, points[0], radius, stroke.colour, cv2.FILLED, cv2.LINE_AA, 4)
        shine = tuple(0.5 * channel + 127.0 for channel in stroke.colour)
        spot = points[0][0] - radius // 4, points[0][1] - radius // 4
        cv2.circle(picture, spot, radius // 3, shine, cv2.FILLED, cv2.LINE_AA, 4)
