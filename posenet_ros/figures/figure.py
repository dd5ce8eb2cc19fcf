# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A person as a figure in space: the head as a ball, the neck, how thick the limbs are, and where the label goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from posenet_ros.body.scale import HEAD_DIAMETER_M, units_per_metre
from posenet_ros.figures.label_layout import Box, place_labels
from posenet_ros.skeleton import FACE, KeypointId

LABEL_HEIGHT_M = 0.1
"""Of a capital letter, beside an adult."""

FREE_M = 0.06
"""Around a head no label is nearer, metres of an adult."""

# Positions on a plane make a far person small, and wrong ones anybody large: labels must be legible, limbs stay limbs.
_SMALLEST, _LARGEST = 0.05, 1.5
_SMALLEST_LABEL = 0.5
# Of a letter, in heights.
_LETTER_WIDTH = 0.7
_LINE_HEIGHT = 1.4
# The label of somebody without a face is this far above the topmost keypoint, metres of an adult.
_ABOVE_TOP_M = 0.1
_NEAREST = 0.05
# Nearer to the camera than the person, so that no limb is drawn over the label.
_IN_FRONT = 0.97
_SHOULDERS = [KeypointId.LEFT_SHOULDER, KeypointId.RIGHT_SHOULDER]

Point = NDArray[np.float64]


@dataclass(frozen=True)
class Head:
    """A ball: its centre, [3], and diameter."""

    centre: Point
    diameter: float


@dataclass(frozen=True)
class Figure:
    """What is drawn of a person beside the keypoints; lengths in the unit of the positions.

    ``scale``: length of a metre of an adult's body. ``head``: None if no keypoint of the face is shown. ``neck``: the
    ends, [2, 3], between the shoulders and on the head; None without both shoulders and a head. ``top``: [3], the
    middle of the head, or else the topmost keypoint.
    """

    scale: float
    head: Head | None
    neck: NDArray[np.float64] | None
    top: Point


def make_figure(positions: NDArray[np.float64], shown: NDArray[np.bool_]) -> Figure:
    """Return the figure of a person.

    :param positions: [17, 3] metres in the camera's optical frame (x right, y down, z forward)
    :param shown: [17] which keypoints are shown, at least one
    """
    scale = float(np.clip(units_per_metre(positions, shown) or 1.0, _SMALLEST, _LARGEST))
    face = [part for part in FACE if shown[part]]
    if not face:
        top = positions[shown][positions[shown, 1].argmin()]
        return Figure(scale, None, None, top)
    middle = positions[face].mean(axis=0)
    diameter = scale * HEAD_DIAMETER_M
    # The camera sees the front of a head, whichever side that is: the middle lies behind it.
    centre = middle * (1.0 + 0.4 * diameter / max(float(np.linalg.norm(middle)), _NEAREST))
    neck = np.stack((positions[_SHOULDERS].mean(axis=0), centre)) if shown[_SHOULDERS].all() else None
    return Figure(scale, Head(centre, diameter), neck, centre)


def place_labels_in_space(figures: Sequence[Figure], labels: Sequence[str]) -> list[tuple[Point, float]]:
    """Return the middle, [3], and the height of a letter of each label.

    Seen from the camera no label covers a head or another label.
    """
    heads, sizes, heights = [], [], []
    for figure, label in zip(figures, labels, strict=True):
        x, y, z = figure.top
        z = max(z, _NEAREST)
        height = LABEL_HEIGHT_M * min(max(figure.scale, _SMALLEST_LABEL), 1.0)
        size = figure.head.diameter if figure.head is not None else 2.0 * _ABOVE_TOP_M * figure.scale
        size += 2.0 * FREE_M * figure.scale
        heads.append(Box((x - size / 2.0) / z, (y - size / 2.0) / z, size / z, size / z))
        sizes.append((_LETTER_WIDTH * height * len(label) / z, _LINE_HEIGHT * height / z))
        heights.append(height)
    places = []
    for figure, head, size_seen, height, box in zip(
        figures, heads, sizes, heights, place_labels(heads, sizes), strict=True
    ):
        # Where there is no room near the head, above it: RViz can be looked at from elsewhere.
        seen = box or Box(head.left, head.top - size_seen[1], *size_seen)
        z = max(figure.top[2], _NEAREST)
        middle = np.array((seen.left + seen.width / 2.0, seen.top + seen.height / 2.0)) * z
        places.append((_IN_FRONT * np.array((*middle, figure.top[2])), height))
    return places
