# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A photo to train on, with what is known about the people in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from posenet_ros.skeleton import NUM_KEYPOINTS
from training.render import HIDDEN, OUTSIDE, VISIBLE

UNKNOWN = 3
"""State of a keypoint nobody annotated: no heat is taught around this person in its channel."""

_NO_PEOPLE = np.zeros((0, NUM_KEYPOINTS, 2), np.float32)


@dataclass(frozen=True)
class Photo:
    """A photo, or a person cut out of one.

    :param name: for messages
    :param source: the encoded file or its path
    :param cover: encoded opacity of a cut-out, grey; None for a photo
    :param keypoints: [p, 17, 2] x, y in pixels
    :param states: [p, 17] OUTSIDE, HIDDEN, VISIBLE (:mod:`training.render`) or ``UNKNOWN``
    :param ignored: [m, 4] x0, y0, x1, y1 of people without keypoints: no heat is taught there
    :param cut: [4] whether the left, top, right and bottom edge cut a cut-out person
    :param weight: how often the photo is drawn, relative to others
    :param held_out: never trained on: it validates and calibrates
    """

    name: str
    source: bytes | Path
    cover: bytes | None = None
    keypoints: NDArray[np.float32] = field(default_factory=lambda: _NO_PEOPLE)
    states: NDArray[np.uint8] = field(default_factory=lambda: np.zeros((0, NUM_KEYPOINTS), np.uint8))
    ignored: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 4), np.float32))
    cut: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(4, bool))
    weight: float = 1.0
    held_out: bool = False

    @property
    def nobody(self) -> bool:
        """Return whether the photo is known to show nobody."""
        return len(self.keypoints) == 0 and len(self.ignored) == 0

    def decode(self) -> NDArray[np.uint8]:
        """Return [h, w, 4] RGBA uint8, not premultiplied.

        :raises OSError: if the file cannot be read as an image
        """
        content = self.source.read_bytes() if isinstance(self.source, Path) else self.source
        colours = _decode(content, cv2.IMREAD_COLOR, self.name)
        image = np.full((*colours.shape[:2], 4), 255, np.uint8)
        image[..., :3] = colours[..., ::-1]
        if self.cover is not None:
            image[..., 3] = _decode(self.cover, cv2.IMREAD_GRAYSCALE, self.name)
        return image


def states_of(visibility: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Return states for visibilities as in COCO and the packs: 2 seen, 1 covered, less is unknown."""
    return np.where(visibility >= 2, VISIBLE, np.where(visibility >= 1, HIDDEN, UNKNOWN)).astype(np.uint8)


def outside_of(keypoints: NDArray[np.floating], width: int, height: int) -> NDArray[np.bool_]:
    """Return which keypoints [..., 2] lie outside an image."""
    size = np.array((width, height), np.float32)
    return np.asarray(~((keypoints >= -0.5) & (keypoints < size - 0.5)).all(axis=-1), bool)


def _decode(content: bytes, mode: int, name: str) -> NDArray[np.uint8]:
    image = cv2.imdecode(np.frombuffer(content, np.uint8), mode) if content else None
    if image is None:
        raise OSError(f"{name} is no readable image")
    return np.asarray(image, np.uint8)


__all__ = ["HIDDEN", "OUTSIDE", "UNKNOWN", "VISIBLE", "Photo", "outside_of", "states_of"]
