# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Where people may start: local maxima of the heat maps."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from posenet_ros.decoding.common import Floats, logit
from posenet_ros.skeleton import NUM_KEYPOINTS

_WINDOW = np.ones((3, 3), np.uint8)


def find_roots(heatmaps: Floats, score_threshold: float) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return flat cells and keypoints of the maxima in 3x3 windows that reach the threshold, best first.

    :param heatmaps: [h, w, 17] logits
    :param score_threshold: minimum score, 0 to 1
    """
    if heatmaps.dtype != np.float64:
        heatmaps = heatmaps.astype(np.float32, copy=False)
    heatmaps = np.ascontiguousarray(heatmaps)
    maxima = cv2.dilate(heatmaps, _WINDOW).reshape(-1)
    logits = heatmaps.reshape(-1)
    # The sigmoid is monotonic: logits can be compared without applying it to the whole map.
    places = np.flatnonzero(logits >= logit(score_threshold))
    places = places[logits[places] >= maxima[places]]
    best_first = places[np.argsort(-logits[places], kind="stable")]
    return np.divmod(best_first, NUM_KEYPOINTS)
