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
    """Return flat cells and key points of the maxima in 3x3 windows that reach the threshold, best first.

    :param heatmaps: [h, w, 17] logits
    :param score_threshold: least score, 0 to 1
    """
    if heatmaps.dtype != np.float64:
        heatmaps = heatmaps.astype(np.float32, copy=False)
    # The sigmoid is monotonic: comparing logits spares taking it over the whole map.
    maxima = cv2.dilate(np.ascontiguousarray(heatmaps), _WINDOW)
    is_root = (heatmaps >= maxima) & (heatmaps >= logit(score_threshold))
    cells, parts = np.nonzero(is_root.reshape(-1, NUM_KEYPOINTS))
    order = np.argsort(-heatmaps.reshape(-1, NUM_KEYPOINTS)[cells, parts], kind="stable")
    return cells[order], parts[order]
