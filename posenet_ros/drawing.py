# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Skeletons drawn over an image."""

from __future__ import annotations

import colorsys

import cv2
import numpy as np
from numpy.typing import NDArray

from posenet_ros.people import People
from posenet_ros.skeleton import LIMBS

# Steps of the golden ratio around the colour circle never come close to an earlier colour soon.
_GOLDEN_RATIO = 0.618034
# Sub-pixel positions are handed to OpenCV as fixed-point numbers.
_FRACTION_BITS = 4
# OpenCV overflows on coordinates far outside the image.
_FARTHEST = 1 << 14


def person_colour(number: int) -> tuple[float, float, float]:
    """Return a bright colour (r, g, b), 0 to 1, that differs from those of the numbers around."""
    return colorsys.hsv_to_rgb((number * _GOLDEN_RATIO) % 1.0, 0.85, 1.0)


def draw_people(image_bgr: NDArray[np.uint8], people: People, keypoint_threshold: float = 0.5) -> None:
    """Draw joints, limbs, ids and scores into an image.

    :param image_bgr: [height, width, 3] uint8, changed in place
    :param people: in the image's pixels; the id, or without one the place in the order, is shown beside each person
        and chooses the colour
    :param keypoint_threshold: key points that score less are left out, and so are their limbs
    """
    unit = max(round(min(image_bgr.shape[:2]) / 240), 1)
    for person in range(len(people)):
        number = person if people.ids is None else int(people.ids[person])
        colour = tuple(round(255 * channel) for channel in reversed(person_colour(number)))
        shown = people.keypoint_scores[person] >= keypoint_threshold
        points = np.clip(people.keypoints[person], -_FARTHEST, _FARTHEST)
        fixed = np.rint(points * (1 << _FRACTION_BITS)).astype(int)
        for a, b in LIMBS:
            if shown[a] and shown[b]:
                cv2.line(image_bgr, tuple(fixed[a]), tuple(fixed[b]), colour, 2 * unit, cv2.LINE_AA, _FRACTION_BITS)
        for point in fixed[shown]:
            radius = 3 * unit << _FRACTION_BITS
            cv2.circle(image_bgr, tuple(point), radius, (255, 255, 255), cv2.FILLED, cv2.LINE_AA, _FRACTION_BITS)
            cv2.circle(image_bgr, tuple(point), radius, colour, unit, cv2.LINE_AA, _FRACTION_BITS)
        if shown.any():
            _draw_label(image_bgr, f"{number}: {people.scores[person]:.2f}", points[shown], colour, unit)


def _draw_label(
    image: NDArray[np.uint8], text: str, points: NDArray[np.float64], colour: tuple[int, ...], unit: int
) -> None:
    """Write above the topmost point, in the image even where the point is not."""
    font, scale, thickness = cv2.FONT_HERSHEY_SIMPLEX, 0.35 * unit, unit
    (width, height), baseline = cv2.getTextSize(text, font, scale, thickness)
    x = int(points[:, 0].mean()) - width // 2
    y = int(points[:, 1].min()) - 8 * unit
    x = min(max(x, 0), max(image.shape[1] - width, 0))
    y = min(max(y, height), max(image.shape[0] - baseline, 0))
    cv2.putText(image, text, (x, y), font, scale, (0, 0, 0), thickness + unit + 1, cv2.LINE_AA)
    cv2.putText(image, text, (x, y), font, scale, colour, thickness, cv2.LINE_AA)
