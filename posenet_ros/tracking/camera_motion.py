# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How the camera moved from one image to the next, from the pixels of what stands still.

The global motion compensation of N. Aharon, R. Orfaig and B.-Z. Bobrovsky, *BoT-SORT: Robust Associations
Multi-Pedestrian Tracking*, 2022: corners are followed by sparse optical flow (J.-Y. Bouguet, *Pyramidal
Implementation of the Lucas Kanade Feature Tracker*) from where phase correlation expects them, and RANSAC fits
translation, rotation and scale. Images of a camera that stands still are recognised first, by normal flow, which costs
a tenth of that.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

# Images are scaled down to about so many pixels in width: corners for the flow, and a thumbnail for the first look.
_WIDTH, _THUMBNAIL = 320, 80
# The camera stands still if the edges of the thumbnail move by less than so many of its pixels.
_STILL = 0.08
# Around the box of a person's keypoints, as a share of its sides, something of the person is seen.
_MARGIN = 0.15
# A reference is kept for so many images at most.
_REFERENCE_IMAGES = 15
# Images with fewer rows or columns tell nothing. OpenCV 4.5.4 cannot scale up a single pixel.
_LEAST_SIDE = 8
# A thumbnail without edges of so many grey levels a pixel says nothing.
_LEAST_GRADIENT = 3.0
_CORNERS, _QUALITY, _CORNER_DISTANCE = 100, 0.002, 6.0
_WINDOW, _LEVELS = (15, 15), 3
_LEAST_INLIERS, _LEAST_INLIER_SHARE, _RANSAC_PIXELS = 8, 0.4, 1.5
# Where too few corners can be followed, the shift of the whole is taken if its correlation has such a peak.
_LEAST_RESPONSE = 0.4
# From one image to the next; beyond, the fit is taken for wrong.
_MOST_SCALE = 1.3

Affine = NDArray[np.float64]
"""[2, 3]: pixels (x, y, 1) of the last image to those of this one."""

NOBODY: NDArray[np.float64] = np.zeros((0, 17, 2))
STILL: Affine = np.array(((1.0, 0.0, 0.0), (0.0, 1.0, 0.0)))


@dataclass(frozen=True)
class _Reference:
    """An image that others are compared with."""

    size: tuple[int, ...]
    grey: NDArray[np.uint8]
    thumbnail: NDArray[np.float32]

    @classmethod
    def of(cls, image_bgr: NDArray[np.uint8], thumbnail: NDArray[np.float32]) -> _Reference:
        height, width = image_bgr.shape[:2]
        shape = min(_WIDTH, width), max(height * min(_WIDTH, width) // width, 1)
        grey = cv2.cvtColor(cv2.resize(image_bgr, shape, interpolation=cv2.INTER_LINEAR), cv2.COLOR_BGR2GRAY)
        return cls(image_bgr.shape, np.asarray(grey, np.uint8), thumbnail)


def _thumbnail(image_bgr: NDArray[np.uint8]) -> NDArray[np.float32]:
    height, width = image_bgr.shape[:2]
    shape = _THUMBNAIL, max(height * _THUMBNAIL // width, 8)
    # Twice the size without averaging first, since to read all pixels takes four times as long.
    sampled = cv2.resize(image_bgr, (2 * shape[0], 2 * shape[1]), interpolation=cv2.INTER_LINEAR)
    grey = cv2.cvtColor(sampled, cv2.COLOR_BGR2GRAY)
    return cv2.resize(grey, shape, interpolation=cv2.INTER_AREA).astype(np.float32)


@dataclass(frozen=True)
class _Edges:
    """The n strongest edges of a thumbnail.

    ``places``: [n], indices of pixels. ``values``: [n] grey levels. ``gradients``: [n] grey levels a pixel.
    """

    places: NDArray[np.intp]
    values: NDArray[np.float32]
    gradients: NDArray[np.float32]

    @classmethod
    def of(cls, thumbnail: NDArray[np.float32], background: NDArray[np.uint8]) -> _Edges:
        across = np.abs(thumbnail[1:-1, 2:] - thumbnail[1:-1, :-2])
        gradient = np.zeros_like(thumbnail)
        gradient[1:-1, 1:-1] = 0.5 * (across + np.abs(thumbnail[2:, 1:-1] - thumbnail[:-2, 1:-1]))
        gradient[background == 0] = 0.0
        place = across.size * 7 // 8
        least = max(float(np.partition(gradient[1:-1, 1:-1], place, axis=None)[place]), _LEAST_GRADIENT)
        places = np.flatnonzero(gradient >= least)
        return cls(places, thumbnail.ravel()[places], gradient.ravel()[places])

    def uncovered(self, background: NDArray[np.uint8]) -> _Edges:
        """Return those where nobody is."""
        seen = background.ravel()[self.places] > 0
        return _Edges(self.places[seen], self.values[seen], self.gradients[seen])

    def stand_still(self, thumbnail: NDArray[np.float32]) -> bool:
        """Return whether edges are where they were: the difference over the gradient is how far they moved."""
        difference = np.abs(thumbnail.ravel()[self.places] - self.values)
        # As the median of the quotient, and faster.
        return bool(2 * np.count_nonzero(difference < _STILL * self.gradients) > len(self.places))


class CameraMotion:
    """Estimates the motion of one camera from its images."""

    def __init__(self) -> None:
        self._reference: _Reference | None = None
        self._compared = 0
        # Of the people in the reference, and where nobody was.
        self._boxes = _boxes(NOBODY)
        self._edges: _Edges | None = None

    def update(self, image_bgr: NDArray[np.uint8], people: NDArray[np.float64] = NOBODY) -> Affine | None:
        """Return where pixels of the last image are in this one, [2, 3]; None if that is not known.

        :param image_bgr: [height, width, 3] uint8
        :param people: [n, 17, 2] pixels, the keypoints of people in the last image, who move by themselves
        """
        if min(image_bgr.shape[:2]) < _LEAST_SIDE:
            return None
        thumbnail, last = _thumbnail(image_bgr), self._reference
        self._compared += 1
        if last is None or last.size != image_bgr.shape:
            self._renew(image_bgr, thumbnail)
            return None
        boxes = _boxes(people)
        if self._stands_still(last, thumbnail, boxes, image_bgr.shape[1] / _THUMBNAIL):
            # With the old image as the reference, slow motion adds up until it can be measured.
            if self._compared >= _REFERENCE_IMAGES:
                self._renew(image_bgr, thumbnail)
            return STILL
        # People have left where they were in the reference.
        boxes = np.concatenate((self._boxes, boxes))
        now = self._renew(image_bgr, thumbnail)
        factor = image_bgr.shape[1] / now.grey.shape[1]
        shift, response = _shift(last, now)
        motion = _follow_corners(last, now, _background(now.grey.shape, boxes, factor), shift)
        if motion is None:
            if response < _LEAST_RESPONSE:
                return None
            motion = np.column_stack((np.eye(2), shift))
        motion[:, 2] *= factor
        return motion

    def _renew(self, image_bgr: NDArray[np.uint8], thumbnail: NDArray[np.float32]) -> _Reference:
        self._reference, self._edges, self._compared = _Reference.of(image_bgr, thumbnail), None, 0
        return self._reference

    def _stands_still(
        self, last: _Reference, thumbnail: NDArray[np.float32], boxes: NDArray[np.float64], factor: float
    ) -> bool:
        background = _background(thumbnail.shape, boxes, factor)
        if self._edges is None:
            self._boxes, self._edges = boxes, _Edges.of(last.thumbnail, background)
        edges = self._edges.uncovered(background)
        if 2 * len(edges.places) < len(self._edges.places):
            # Whoever walked before the strongest edges leaves weaker ones.
            background = np.minimum(background, _background(thumbnail.shape, self._boxes, factor))
            edges = _Edges.of(last.thumbnail, background)
        if len(edges.places) < _LEAST_INLIERS:
            return bool(np.abs(thumbnail - last.thumbnail).mean() < 1.0)
        return edges.stand_still(thumbnail)


def _boxes(people: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return where people are seen, [n, 2, 2] pixels (low corner, high corner), of keypoints [n, 17, 2]."""
    low, high = people.min(axis=1), people.max(axis=1)
    margin = _MARGIN * (high - low)
    return np.stack((low - margin, high + margin), axis=1)


def _background(shape: tuple[int, ...], boxes: NDArray[np.float64], factor: float) -> NDArray[np.uint8]:
    """Return 255 where nobody is, else 0; the factor makes pixels of this shape those of the boxes."""
    mask = np.full(shape, 255, np.uint8)
    corners = np.clip(boxes / factor, 0, np.array(shape[::-1]) + 1).astype(int)
    for (left, top), (right, bottom) in corners.tolist():
        mask[top : bottom + 1, left : right + 1] = 0
    return mask


@lru_cache
def _window(size: tuple[int, int]) -> NDArray[np.float32]:
    return np.asarray(cv2.createHanningWindow(size, cv2.CV_32F))


def _shift(last: _Reference, now: _Reference) -> tuple[NDArray[np.float64], float]:
    """Return by how many pixels of the grey image all of it moved, roughly, and how sure that is, 0 to 1."""
    size = last.thumbnail.shape[1], last.thumbnail.shape[0]
    # OpenCV multiplies its arguments by the window.
    shift, response = cv2.phaseCorrelate(last.thumbnail.copy(), now.thumbnail.copy(), _window(size))
    return np.array(shift) * last.grey.shape[1] / size[0], response


def _follow_corners(
    last: _Reference, now: _Reference, background: NDArray[np.uint8], shift: NDArray[np.float64]
) -> Affine | None:
    corners = cv2.goodFeaturesToTrack(last.grey, _CORNERS, _QUALITY, _CORNER_DISTANCE, mask=background)
    if corners is None or len(corners) < _LEAST_INLIERS:
        return None
    # Flow finds corners that moved by a few windows at most: the shift tells where to look.
    start = corners + shift.astype(np.float32)
    moved, found, _ = cv2.calcOpticalFlowPyrLK(
        last.grey, now.grey, corners, start, winSize=_WINDOW, maxLevel=_LEVELS, flags=cv2.OPTFLOW_USE_INITIAL_FLOW
    )
    good = found[:, 0] > 0
    if good.sum() < _LEAST_INLIERS:
        return None
    motion, inliers = cv2.estimateAffinePartial2D(
        corners[good], moved[good], method=cv2.RANSAC, ransacReprojThreshold=_RANSAC_PIXELS
    )
    if motion is None or inliers.sum() < max(_LEAST_INLIERS, _LEAST_INLIER_SHARE * good.sum()):
        return None
    scale = float(np.hypot(motion[0, 0], motion[1, 0]))
    return np.asarray(motion) if 1.0 / _MOST_SCALE < scale < _MOST_SCALE else None
