# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What people look like: the colours of their clothes, by which somebody is known again.

A few colours for each person stand in for the colour histograms of S. J. McKenna, S. Jabri, Z. Duric, A. Rosenfeld and
H. Wechsler, *Tracking Groups of People*, Computer Vision and Image Understanding 80, 2000: keypoints tell where the
clothes are. Colours are in the opponent space of K. van de Sande, T. Gevers and C. Snoek, *Evaluating Color Descriptors
for Object and Scene Recognition*, PAMI 2010, in which brightness, that changes with the light, is apart.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from posenet_ros.skeleton import NUM_KEYPOINTS, KeypointId

_SIDES = "LEFT", "RIGHT"
# Blue, green and red to brightness, which counts half, yellow against blue, and red against green.
_OPPONENTS = np.array(((1 / 6, 1 / 6, 1 / 6), (-1.0, 0.5, 0.5), (0.0, -1.0, 1.0))).T
# By so many grey levels the colour of somebody's clothes differs from image to image.
_USUAL_DIFFERENCE = 10.0
# Clothes between keypoints of lower scores are not seen.
_LEAST_SCORE = 0.3
# Of the six points of a part that is seen, so many may be covered.
_MOST_COVERED = 2
# Fewer parts that are seen both times tell nothing.
_LEAST_PARTS = 2

Look = NDArray[np.float64]
"""[4, 3]: colours of chest, belly, thighs and shins, in their usual difference; NaN where they are not seen."""

NOTHING: Look = np.full((4, 3), np.nan)


def _between(a: str, b: str, share: float) -> NDArray[np.float64]:
    weights = np.zeros(NUM_KEYPOINTS)
    weights[KeypointId[a]] = 1.0 - share
    weights[KeypointId[b]] = share
    return weights


def _trunk(down: float) -> list[NDArray[np.float64]]:
    shoulders, hips = (
        [_between(f"LEFT_{name}", f"RIGHT_{name}", share) for share in (0.25, 0.5, 0.75)]
        for name in ("SHOULDER", "HIP")
    )
    return [(1.0 - down) * shoulder + down * hip for shoulder, hip in zip(shoulders, hips, strict=True)]


def _limbs(a: str, b: str) -> list[NDArray[np.float64]]:
    return [_between(f"{side}_{a}", f"{side}_{b}", share) for side in _SIDES for share in (0.25, 0.5, 0.75)]


# [4 parts, 6 points, 17]: points on the body as weights of the keypoints.
_POINTS = np.array(
    (_trunk(0.15) + _trunk(0.35), _trunk(0.6) + _trunk(0.85), _limbs("HIP", "KNEE"), _limbs("KNEE", "ANKLE"))
)
_OF_PART = _POINTS.any(axis=1)


def looks(
    image_bgr: NDArray[np.uint8],
    keypoints: NDArray[np.float64],
    scores: NDArray[np.float64],
    covers: NDArray[np.float64],
) -> Look:
    """Return what people look like, [n, 4, 3] (see :data:`Look`).

    :param image_bgr: [height, width, 3] uint8
    :param keypoints: [n, 17, 2] pixels
    :param scores: [n, 17]
    :param covers: [n, m, 2, 2] pixels, boxes (low corner, high corner) in which each of them may be covered
    """
    points = _POINTS @ keypoints[:, None]
    size = np.array(image_bgr.shape[1::-1])
    low, high = covers[:, :, None, None, 0], covers[:, :, None, None, 1]
    covered: NDArray[np.bool_] = np.any(((points[:, None] >= low) & (points[:, None] <= high)).all(axis=-1), axis=1)
    covered |= ((points < 0.0) | (points > size - 1)).any(axis=-1)
    seen = covered.sum(axis=-1) <= _MOST_COVERED
    seen &= np.where(_OF_PART, scores[:, None], 1.0).min(axis=-1) >= _LEAST_SCORE
    x, y = np.rint(np.clip(points, 0, size - 1)).astype(int).transpose(3, 0, 1, 2)
    # The mean of the two in the middle is the median.
    colours = np.sort(image_bgr[y, x], axis=2)[:, :, 2:4].mean(axis=2)
    return np.where(seen[..., None], colours @ (_OPPONENTS / _USUAL_DIFFERENCE), np.nan)


def differences(some: Sequence[Look], others: Sequence[Look]) -> NDArray[np.float64]:
    """Return how different people look, [n, m], 1 for what one person differs; NaN if too little is seen of both."""
    apart = np.linalg.norm(np.array(some)[:, None] - np.array(others), axis=-1)
    known = np.isfinite(apart)
    count = known.sum(axis=-1)
    return np.where(count >= _LEAST_PARTS, np.where(known, apart, 0.0).sum(axis=-1) / np.maximum(count, 1), np.nan)


class Memory:
    """The mean look of the last times.

    :param times: how many, about
    """

    def __init__(self, times: int) -> None:
        self.times = 0
        """How often something was seen, at most as often as is remembered."""
        self.look: Look = NOTHING
        self._most = times

    def clear(self) -> None:
        """Forget all."""
        self.times, self.look = 0, NOTHING

    def learn(self, look: Look) -> None:
        """Take a look, of which something is seen."""
        self.times = min(self.times + 1, self._most)
        mean = self.look + (look - self.look) / self.times
        # What was not seen this time is remembered, what was seen never before is new.
        self.look = np.where(np.isfinite(mean), mean, np.where(np.isfinite(look), look, self.look))
