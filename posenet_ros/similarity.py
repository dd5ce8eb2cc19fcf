# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How alike two sets of keypoints are, on the scale of the person."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# How much annotators of the COCO data set differ, as a share of the person's size (COCO keypoint
# evaluation): nose, eyes, ears, shoulders, elbows, wrists, hips, knees, ankles.
_DEVIATIONS = np.array(
    (
        0.026,
        0.025,
        0.025,
        0.035,
        0.035,
        0.079,
        0.079,
        0.072,
        0.072,
        0.062,
        0.062,
        0.107,
        0.107,
        0.087,
        0.087,
        0.089,
        0.089,
    )
)
_VARIANCES = (2.0 * _DEVIATIONS) ** 2
# COCO measures areas of outlines; the box around the keypoints of a standing person is about twice that.
_OUTLINE_OF_BOX = 0.5
_TINY = float(np.finfo(np.float64).tiny)


def person_area(keypoints: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the area of each person's outline in pixels, [n], from [n, 17, 2]: half the box of the keypoints."""
    spread = keypoints.max(axis=1) - keypoints.min(axis=1)
    return np.asarray(np.maximum(spread[:, 0] * spread[:, 1] * _OUTLINE_OF_BOX, 1.0))


def object_keypoint_similarity(
    keypoints: NDArray[np.float64],
    others: NDArray[np.float64],
    weights: NDArray[np.float64] | None = None,
    slack: NDArray[np.float64] | float = 0.0,
) -> NDArray[np.float64]:
    """Return the object keypoint similarity (OKS) of every person with every other, [n, m], 0 to 1.

    1 is the same place; 0.5 is about what two annotators of a small person reach. The others give the scale:
    half the area of the box around their keypoints.

    :param keypoints: [n, 17, 2]
    :param others: [m, 17, 2], in the same pixels
    :param weights: [m, 17] or [n, m, 17], weight of each keypoint; equal by default
    :param slack: [m] pixels by which the others may have moved as a whole (standard deviation); COCO has none
    """
    deviations = _VARIANCES * person_area(others)[:, None] + np.square(slack)[..., None]
    # Sums of two along the last axis are slow in numpy.
    x, y = (keypoints[:, None, :, axis] - others[:, :, axis] for axis in (0, 1))
    similarity = np.exp((x * x + y * y) / (-2.0 * deviations))
    if weights is None:
        return np.asarray(similarity.mean(axis=-1))
    total = np.maximum(weights.sum(axis=-1), _TINY)
    return np.asarray((similarity * weights).sum(axis=-1) / total)


def similarity_of_pair(apart: NDArray[np.float64], area: float, weights: NDArray[np.float64]) -> float:
    """Return the object keypoint similarity of two people, as :func:`object_keypoint_similarity` has it of many.

    :param apart: [17, 2] pixels from the keypoints of one to those of the other
    :param area: of the other's outline in pixels
    :param weights: [17], weight of each keypoint, together above 0
    """
    likeness = np.exp((apart * apart).sum(axis=-1) / (-2.0 * area * _VARIANCES))
    return float(weights @ likeness / weights.sum())
