# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Training images: people of a cache before its backgrounds, behind each other and behind things.

Every image has its own number, and a number always gives the same image.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from posenet_ros.skeleton import KEYPOINT_NAMES, NUM_KEYPOINTS, KeypointId
from training.cache import SPLITS, BackgroundCache, Person, PersonCache
from training.occluders import sample_occluder
from training.photometry import develop, tint
from training.render import HIDDEN, OUTSIDE, VISIBLE

MAX_PEOPLE = 5
MIRRORED = np.array(
    [
        KEYPOINT_NAMES.index(n.replace("left", "?").replace("right", "left").replace("?", "right"))
        for n in KEYPOINT_NAMES
    ]
)
"""The keypoint of the other side, for each keypoint."""

_COVERED = 0.5


@dataclass(frozen=True)
class Sample:
    """An image [size, size, 3] uint8 RGB and the n people in it.

    ``keypoints`` [n, 17, 2] in its pixels, ``states`` [n, 17] as in :mod:`training.render`.
    """

    image: NDArray[np.uint8]
    keypoints: NDArray[np.float32]
    states: NDArray[np.uint8]


@dataclass(frozen=True)
class Content:
    """What is in an image; the defaults are those of training.

    The number of people is drawn with ``shares`` from 0 people on. The larger side of a person who is seen whole
    is from ``least`` to ``most`` of the image's, if alone, and at least ``smallest`` pixels. ``behind`` of the
    people show their back, None for as many as were rendered so. ``whole``: nobody is cut by its edges; else
    ``near`` of the people are seen from so near that the picture shows a part of them, and the others may reach
    beyond its edge by a share of ``beyond``. Before a background without people stand up to ``things``, half of them
    left out. ``letterboxed`` of the images have black margins. ``effects`` is the
    strength of what cameras and lamps do, 1 for anything that may happen.
    """

    shares: tuple[float, ...] = (0.18, 0.44, 0.21, 0.09, 0.05, 0.03)
    least: float = 0.3
    most: float = 1.2
    smallest: float = 70.0
    behind: float | None = 0.42
    whole: bool = False
    near: float = 0.12
    beyond: float = 0.3
    things: int = 4
    letterboxed: float = 0.2
    effects: float = 0.75


class Composer:
    """Makes the images of a split.

    :param folder: of the cache
    :param split: ``train``, ``validation`` or ``test``
    """

    def __init__(self, folder: Path, split: str, content: Content | None = None) -> None:
        self._people, self._backgrounds = PersonCache(folder, split), BackgroundCache(folder, split)
        self._seed = SPLITS[split]
        self._content = content or Content()
        people = [self._people[index] for index in range(len(self._people))]
        self._cut = np.array([person.cut.any() for person in people])
        self._behind = np.array([shows_back(person.keypoints) for person in people])

    def sample(self, number: int, size: int) -> Sample:
        """Return the image of a number, size by size pixels."""
        rng = np.random.default_rng((self._seed, 2, number))
        content = self._content
        frame = _frame(size, rng) if rng.random() < content.letterboxed else (0, 0, size, size)
        left, top, width, height = frame
        image = self._background(height, width, rng)
        count = int(rng.choice(len(content.shares), p=content.shares))
        scales = np.sort(self._scales(count, min(width, height), rng))
        keypoints, states = np.zeros((count, NUM_KEYPOINTS, 2)), np.zeros((count, NUM_KEYPOINTS), np.uint8)
        # Larger is nearer, and what is nearer covers.
        for index, length in enumerate(scales):
            person = self._person(rng)
            rgba, keypoints[index], states[index] = _place(person, length, (height, width), content, rng)
            cover = rgba[..., 3].astype(np.float32) / 255.0
            _cover(image, tint(rgba[..., :3], rng, 0.15 * content.effects), cover)
            _hide(keypoints[:index], states[:index], cover)
            if rng.random() < 0.18:
                self._occlude(image, keypoints[: index + 1], states[: index + 1], rng)
        for _ in range(content.things if count == 0 else 0):
            if rng.random() < 0.5:
                self._occlude(image, keypoints, states, rng)
        canvas = np.zeros((size, size, 3), np.uint8)
        canvas[top : top + height, left : left + width] = develop(image, rng, content.effects)
        seen = (states > OUTSIDE).any(axis=1)
        return Sample(canvas, (keypoints[seen] + (left, top)).astype(np.float32), states[seen])

    def _scales(self, count: int, side: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """Return the larger sides of people in pixels, in an image whose smaller side is given."""
        content = self._content
        most = content.most if count <= 1 else content.most / (1.0 + 0.12 * count)
        least = min(max(content.least, content.smallest / side), most)
        # Small people need less of everything to be learnt, and are the harder part: evenly by logarithm.
        scales = np.exp(rng.uniform(math.log(least), math.log(most), count)) * side
        return (
            scales if rng.random() < 0.5 or count == 0 else scales[rng.integers(count)] * rng.uniform(0.85, 1.15, count)
        )

    def _person(self, rng: np.random.Generator) -> Person:
        near = not self._content.whole and rng.random() < self._content.near
        wanted = self._cut == near
        if self._content.behind is not None:
            wanted &= self._behind == (rng.random() < self._content.behind)
        choice = np.flatnonzero(wanted)
        return self._people[int(rng.choice(choice if len(choice) else len(self._people)))]

    def _background(self, height: int, width: int, rng: np.random.Generator) -> NDArray[np.uint8]:
        picture = self._backgrounds[int(rng.integers(len(self._backgrounds)))]
        side = int(picture.shape[0] * rng.uniform(0.45, 1.0))
        row, column = rng.integers(0, picture.shape[0] - side + 1, 2)
        crop = picture[row : row + side, column : column + side]
        if rng.random() < 0.5:
            crop = crop[:, ::-1]
        return tint(cv2.resize(np.ascontiguousarray(crop), (width, height)), rng, 0.2 * self._content.effects)

    def _occlude(
        self,
        image: NDArray[np.uint8],
        keypoints: NDArray[np.float64],
        states: NDArray[np.uint8],
        rng: np.random.Generator,
    ) -> None:
        surface = self._backgrounds[int(rng.integers(len(self._backgrounds)))]
        colours, cover = sample_occluder(image.shape[:2], surface, rng)
        _cover(image, colours, cover)
        _hide(keypoints, states, cover)


def shows_back(keypoints: NDArray[np.floating]) -> bool:
    """Return whether a person with keypoints [17, 2] is seen from behind: the left shoulder is on the left."""
    left, right = keypoints[[KeypointId.LEFT_SHOULDER, KeypointId.RIGHT_SHOULDER], 0]
    return bool(left < right)


def _frame(size: int, rng: np.random.Generator) -> tuple[int, int, int, int]:
    """Return left, top, width and height of what a letterbox leaves of the image."""
    short = round(size * rng.uniform(0.5, 0.95))
    start = (size - short) // 2
    return (start, 0, short, size) if rng.random() < 0.35 else (0, start, size, short)


def _place(
    person: Person, length: float, size: tuple[int, int], content: Content, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.float64], NDArray[np.uint8]]:
    """Return a person's colours and cover [h, w, 4] in a picture of (height, width), keypoints and states."""
    rgba, points, states = person.rgba, person.keypoints.astype(np.float64), person.states
    cut = person.cut
    if rng.random() < 0.5:
        rgba, states = rgba[:, ::-1], states[MIRRORED]
        points = np.column_stack((rgba.shape[1] - 1 - points[:, 0], points[:, 1]))[MIRRORED]
        cut = cut[[2, 1, 0, 3]]
    extent = np.array(rgba.shape[1::-1], np.float64)
    area = np.array(size[::-1], np.float64)
    angle = 0.0
    if cut.any():
        # Where the cached picture ends, the image must end too, or limbs would end in mid-air.
        scale = max(length * 1.2, 0.5 * area.min()) / extent.max()
        for axis in range(2):
            if cut[axis] and cut[axis + 2]:
                scale = max(scale, area[axis] / extent[axis])
        corner = rng.uniform(0.0, 1.0, 2) * (area - scale * extent)
        for axis in range(2):
            beyond = abs(rng.normal(0.0, 0.1)) * area[axis]
            if cut[axis] and not cut[axis + 2]:
                corner[axis] = -beyond
            elif cut[axis + 2] and not cut[axis]:
                corner[axis] = area[axis] - scale * extent[axis] + beyond
        warp = np.array(((scale, 0.0, corner[0]), (0.0, scale, corner[1])))
    else:
        scale = length / extent.max()
        angle = float(np.clip(rng.normal(0.0, 7.0), -25.0, 25.0)) if rng.random() < 0.96 else rng.uniform(-180.0, 180.0)
        if content.whole:
            scale, angle = min(scale, 0.97 * float((area / extent).min())), 0.0
        warp = cv2.getRotationMatrix2D(tuple((extent - 1.0) / 2.0), angle, scale)
        free = area - scale * extent
        # Mostly inside, a part of them cut by the edge, as before a robot.
        slack = content.beyond * scale * extent
        low, high = np.minimum(0.0, free) - slack, np.maximum(0.0, free) + slack
        if content.whole:
            low, high = np.zeros(2), free
        target = rng.uniform(low, high) + scale * (extent - 1.0) / 2.0
        warp[:, 2] += target - (extent - 1.0) / 2.0
    placed = _warped(rgba, warp, scale, size)
    points = points @ warp[:, :2].T + warp[:, 2]
    inside = ((points >= -0.5) & (points < area - 0.5)).all(axis=1)
    return placed, points, np.where(inside, states, OUTSIDE).astype(np.uint8)


def _warped(
    rgba: NDArray[np.uint8], warp: NDArray[np.float64], scale: float, size: tuple[int, int]
) -> NDArray[np.uint8]:
    # warpAffine samples; what shrinks much is averaged first.
    shrink = min(scale * 1.2, 1.0)
    if shrink < 0.8:
        small = (max(round(rgba.shape[1] * shrink), 1), max(round(rgba.shape[0] * shrink), 1))
        ratio = np.array((small[0] / rgba.shape[1], small[1] / rgba.shape[0]))
        rgba = cv2.resize(np.ascontiguousarray(rgba), small, interpolation=cv2.INTER_AREA)
        linear = warp[:, :2] / ratio
        # Pixel centres: x_old = (x_new + 0.5) / ratio - 0.5.
        warp = np.column_stack((linear, warp[:, 2] + warp[:, :2] @ (0.5 / ratio - 0.5)))
    return cv2.warpAffine(np.ascontiguousarray(rgba), warp, size[::-1], flags=cv2.INTER_LINEAR)


def _cover(image: NDArray[np.uint8], colours: NDArray[np.uint8], cover: NDArray[np.float32]) -> None:
    rows, columns = np.flatnonzero(cover.any(axis=1)), np.flatnonzero(cover.any(axis=0))
    if len(rows):
        box = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        share = cover[box][..., None]
        image[box] = (image[box] * (1.0 - share) + colours[box] * share).astype(np.uint8)


def _hide(keypoints: NDArray[np.float64], states: NDArray[np.uint8], cover: NDArray[np.float32]) -> None:
    """Turn keypoints that something now covers from VISIBLE to HIDDEN."""
    height, width = cover.shape
    columns = np.clip(np.rint(keypoints[..., 0]), 0, width - 1).astype(int)
    rows = np.clip(np.rint(keypoints[..., 1]), 0, height - 1).astype(int)
    states[(states == VISIBLE) & (cover[rows, columns] > _COVERED)] = HIDDEN
