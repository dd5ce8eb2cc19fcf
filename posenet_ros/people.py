# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What the estimator and the decoders return."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from posenet_ros.skeleton import NUM_KEYPOINTS


@dataclass(frozen=True)
class People:
    """N people with 17 key points each, best score first.

    ``keypoints``: [N, 17, 2] float64, x right and y down in pixels, (0, 0) the centre of the top-left
    pixel; may lie outside the image. ``keypoint_scores``: [N, 17], 0 to 1. ``scores``: [N], 0 to 1.
    """

    keypoints: NDArray[np.float64]
    keypoint_scores: NDArray[np.float64]
    scores: NDArray[np.float64]

    def __post_init__(self) -> None:
        """Refuse arrays whose shapes do not belong together."""
        n = len(self.scores)
        expected = ((n, NUM_KEYPOINTS, 2), (n, NUM_KEYPOINTS), (n,))
        found = (self.keypoints.shape, self.keypoint_scores.shape, self.scores.shape)
        if found != expected:
            raise ValueError(f"keypoints, keypoint_scores, scores have shapes {found}, expected {expected}")

    def __len__(self) -> int:
        """Return the number of people."""
        return len(self.scores)

    @classmethod
    def nobody(cls) -> People:
        """Return an empty set of people."""
        return cls(np.zeros((0, NUM_KEYPOINTS, 2)), np.zeros((0, NUM_KEYPOINTS)), np.zeros(0))

    def select(self, which: NDArray[Any] | slice) -> People:
        """Return the people picked by an index array, a boolean array or a slice, in its order."""
        return People(self.keypoints[which], self.keypoint_scores[which], self.scores[which])

    def moved_to(self, keypoints: NDArray[np.float64]) -> People:
        """Return the same people with other key point coordinates."""
        return replace(self, keypoints=keypoints)
