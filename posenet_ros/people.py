# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""People: what the estimator and the decoders return."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from posenet_ros.skeleton import NUM_KEYPOINTS


@dataclass(frozen=True)
class People:
    """N people with 17 keypoints each, best score first.

    ``keypoints``: [N, 17, 2] float64, x right and y down in pixels, (0, 0) the centre of the top-left
    pixel; may lie outside the image. ``keypoint_scores``: [N, 17], 0 to 1. ``scores``: [N], 0 to 1.
    ``ids``: [N], the same person keeps the id from image to image; None without tracking. ``positions``: [N, 17, 3]
    metres in the camera's optical frame, NaN where unknown; None without depth.
    """

    keypoints: NDArray[np.float64]
    keypoint_scores: NDArray[np.float64]
    scores: NDArray[np.float64]
    ids: NDArray[np.int64] | None = None
    positions: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        """Refuse arrays whose shapes do not belong together."""
        n = len(self.scores)
        expected = ((n, NUM_KEYPOINTS, 2), (n, NUM_KEYPOINTS), (n,))
        found = (self.keypoints.shape, self.keypoint_scores.shape, self.scores.shape)
        if found != expected:
            raise ValueError(f"keypoints, keypoint_scores, scores have shapes {found}, expected {expected}")
        if self.ids is not None and self.ids.shape != (n,):
            raise ValueError(f"ids have shape {self.ids.shape}, expected {(n,)}")
        if self.positions is not None and self.positions.shape != (n, NUM_KEYPOINTS, 3):
            raise ValueError(f"positions have shape {self.positions.shape}, expected {(n, NUM_KEYPOINTS, 3)}")

    def __len__(self) -> int:
        """Return the number of people."""
        return len(self.scores)

    @classmethod
    def nobody(cls) -> People:
        """Return an empty set of people."""
        return cls(np.zeros((0, NUM_KEYPOINTS, 2)), np.zeros((0, NUM_KEYPOINTS)), np.zeros(0))

    def select(self, which: NDArray[Any] | slice) -> People:
        """Return the people picked by an index array, a boolean array or a slice, in its order."""
        return People(
            self.keypoints[which],
            self.keypoint_scores[which],
            self.scores[which],
            None if self.ids is None else self.ids[which],
            None if self.positions is None else self.positions[which],
        )

    def moved_to(self, keypoints: NDArray[np.float64]) -> People:
        """Return the same people with other keypoint coordinates."""
        return replace(self, keypoints=keypoints)

    def identified_as(self, ids: NDArray[np.int64]) -> People:
        """Return the same people with ids, [N]."""
        return replace(self, ids=ids)

    def located_at(self, positions: NDArray[np.float64]) -> People:
        """Return the same people with positions, [N, 17, 3] metres."""
        return replace(self, positions=positions)
