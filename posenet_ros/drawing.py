# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Skeletons and labels drawn over an image."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from posenet_ros.body.location import DEFAULT_THRESHOLD
from posenet_ros.body.scale import HEAD_DIAMETER_M, units_per_metre
from posenet_ros.figures.colours import luminance, person_colour, side_colours, side_of
from posenet_ros.figures.label_layout import Box, place_labels
from posenet_ros.people import People
from posenet_ros.skeleton import FACE, KEYPOINT_NAMES, LIMBS, KeypointId

# Sub-pixel positions are handed to OpenCV as fixed-point numbers.
_FRACTION_BITS = 4
# OpenCV overflows on coordinates far outside the image.
_FARTHEST = 1 << 14
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_OUTLINE = (30, 30, 30)
# Metres of an adult's body.
_LIMB_M = 0.045
# A face whose head is smaller than this in pixels is one dot, since eyes and ears would run into each other.
_SMALLEST_FACE_PX = 24.0
_SHOULDERS = [KeypointId.LEFT_SHOULDER, KeypointId.RIGHT_SHOULDER]

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class _Figure:
    """One person, as it is drawn."""

    points: NDArray[np.float64]
    shown: NDArray[np.bool_]
    colours: dict[str, tuple[int, ...]]
    thickness: int
    head: Box
    has_face: bool


def draw_people(
    image_bgr: Pixels, people: People, keypoint_threshold: float = DEFAULT_THRESHOLD, names: bool = False
) -> None:
    """Draw joints, limbs, ids and scores into an image.

    Lines are as thick as the person is large; the person's left side is lighter than the right side. Labels cover no
    face and no other label; where a crowd leaves no room for one, it is left out.

    :param image_bgr: [height, width, 3] uint8, changed in place
    :param people: in the image's pixels; the id, or without one the place in the order, is shown beside each person
        and chooses the colour
    :param keypoint_threshold: keypoints that score less are left out, and so are their limbs
    :param names: write the keypoints' names beside them, of people who are large enough
    """
    unit = max(min(image_bgr.shape[:2]) / 240.0, 0.5)
    figures, labels = [], []
    for person in range(len(people)):
        number = person if people.ids is None else int(people.ids[person])
        figure = _figure(people, person, person_colour(number), keypoint_threshold, unit)
        if figure is not None:
            figures.append(figure)
            labels.append(f"{number}: {people.scores[person]:.2f}")
    # The best on top.
    for figure in reversed(figures):
        _draw_figure(image_bgr, figure)
    if names:
        for figure in figures:
            # Names of small people would run into each other.
            if figure.has_face:
                _draw_names(image_bgr, figure, unit)
    _draw_labels(image_bgr, figures, labels, unit)


def _figure(
    people: People, person: int, colour: tuple[float, float, float], threshold: float, unit: float
) -> _Figure | None:
    points = people.keypoints[person]
    shown = (people.keypoint_scores[person] >= threshold) & np.isfinite(points).all(axis=-1)
    if not shown.any():
        return None
    points = np.clip(points, -_FARTHEST, _FARTHEST)
    # Of one keypoint alone nothing tells how large the person is.
    scale = units_per_metre(points, shown) or unit * 40.0
    thickness = int(np.clip(round(_LIMB_M * scale), 1, max(round(2.0 * unit), 1)))
    face = [part for part in FACE if shown[part]]
    # Without a face the label goes above the topmost point.
    middle = points[face].mean(axis=0) if face else points[shown][points[shown, 1].argmin()]
    diameter = HEAD_DIAMETER_M * scale if face else 0.0
    # A face is in the lower half of a head.
    head = Box(middle[0] - 0.5 * diameter, middle[1] - 0.8 * diameter, diameter, 1.3 * diameter)
    tones = {side: _bgr(tone) for side, tone in side_colours(colour).items()}
    return _Figure(points, shown, tones, thickness, head, diameter >= _SMALLEST_FACE_PX)


def _draw_figure(image: Pixels, figure: _Figure) -> None:
    points, shown, thick = figure.points, figure.shown, figure.thickness
    lines = [
        (points[a], points[b], figure.colours[side_of(a, b)], 1 if a in FACE else thick)
        for a, b in LIMBS
        if shown[a] and shown[b] and (figure.has_face or a not in FACE)
    ]
    face = [part for part in FACE if shown[part]]
    if face:
        middle = points[face].mean(axis=0)
        if shown[_SHOULDERS].all():
            lines.append((*_neck(points[_SHOULDERS].mean(axis=0), middle, figure), figure.colours["middle"], thick))
    # A dark line beneath makes a light one visible on a light image.
    for a, b, _, width in lines:
        _line(image, a, b, _OUTLINE, width + 2)
    for a, b, colour, width in lines:
        _line(image, a, b, colour, width)
    if face and not figure.has_face:
        _dot(image, middle, max(0.35 * figure.head.width, 1.0), figure.colours["middle"])
    for part in np.flatnonzero(shown).tolist():
        if part not in FACE:
            _dot(image, points[part], 0.5 * thick + 1.0, figure.colours[side_of(part)])
        elif figure.has_face:
            _dot(image, points[part], max(0.3 * thick, 1.0) + 0.5, figure.colours[side_of(part)])


def _neck(
    shoulders: NDArray[np.float64], face: NDArray[np.float64], figure: _Figure
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the ends of the line from between the shoulders to the chin, which leaves the face free."""
    length = float(np.linalg.norm(face - shoulders))
    share = max(1.0 - 0.5 * figure.head.width / length, 0.0) if figure.has_face and length > 0.0 else 1.0
    return shoulders, shoulders + share * (face - shoulders)


def _draw_labels(image: Pixels, figures: list[_Figure], labels: list[str], unit: float) -> None:
    height, width = image.shape[:2]
    scale, margin = max(0.25 * unit, 0.35), max(round(unit), 2)
    thickness = max(round(unit / 2.0), 1)
    sizes = [cv2.getTextSize(label, _FONT, scale, thickness)[0] for label in labels]
    boxes = [(float(w + 2 * margin), float(h + 2 * margin)) for w, h in sizes]
    places = place_labels([figure.head for figure in figures], boxes, Box(0.0, 0.0, width, height), 2.0 * unit)
    for figure, label, place in zip(figures, labels, places, strict=True):
        if place is None:
            continue
        left, top = round(place.left), round(place.top)
        right, bottom = left + round(place.width), top + round(place.height)
        colour = figure.colours["middle"]
        cv2.rectangle(image, (left, top), (right - 1, bottom - 1), colour, cv2.FILLED)
        dark = luminance((colour[2] / 255.0, colour[1] / 255.0, colour[0] / 255.0)) > 0.25
        ink = (0, 0, 0) if dark else (255, 255, 255)
        cv2.putText(image, label, (left + margin, bottom - margin), _FONT, scale, ink, thickness, cv2.LINE_AA)


def _draw_names(image: Pixels, figure: _Figure, unit: float) -> None:
    scale = max(0.16 * unit, 0.3)
    for part in np.flatnonzero(figure.shown).tolist():
        x, y = np.rint(figure.points[part]).astype(int)
        place = int(x) + figure.thickness + 2, int(y) + 3
        cv2.putText(image, KEYPOINT_NAMES[part], place, _FONT, scale, _OUTLINE, 3, cv2.LINE_AA)
        cv2.putText(image, KEYPOINT_NAMES[part], place, _FONT, scale, (255, 255, 255), 1, cv2.LINE_AA)


def _bgr(colour: tuple[float, float, float]) -> tuple[int, ...]:
    return tuple(round(255 * channel) for channel in reversed(colour))


def _fixed(point: NDArray[np.float64]) -> tuple[int, int]:
    x, y = np.rint(point * (1 << _FRACTION_BITS)).astype(int).tolist()
    return x, y


def _line(
    image: Pixels, a: NDArray[np.float64], b: NDArray[np.float64], colour: tuple[int, ...], thickness: int
) -> None:
    cv2.line(image, _fixed(a), _fixed(b), colour, thickness, cv2.LINE_AA, _FRACTION_BITS)


def _dot(image: Pixels, point: NDArray[np.float64], radius: float, colour: tuple[int, ...]) -> None:
    fixed = round(radius * (1 << _FRACTION_BITS))
    rim = fixed + (1 << _FRACTION_BITS)
    cv2.circle(image, _fixed(point), rim, _OUTLINE, cv2.FILLED, cv2.LINE_AA, _FRACTION_BITS)
    cv2.circle(image, _fixed(point), fixed, colour, cv2.FILLED, cv2.LINE_AA, _FRACTION_BITS)
