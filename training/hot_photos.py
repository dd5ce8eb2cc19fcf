# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Which photos of nobody come next: those in which a network saw somebody come more often."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

# A photo in which nobody was seen comes so often, one in which somebody was seen for sure once as often more.
_COLD = 0.03
# A person is found by two keypoints.
_KEYPOINTS = 2


class HotPhotos:
    """Draws photos by their numbers, from 0; those that no network has seen yet come first.

    :param count: how many there are
    """

    def __init__(self, count: int, seed: int = 0) -> None:
        self._scores = np.full(count, np.nan)
        self._chance = np.random.default_rng(seed)

    def draw(self, count: int) -> Tensor:
        """Return the numbers of so many photos, of each once at most: fewer where there are fewer."""
        weights = np.where(np.isnan(self._scores), 1.0, self._scores + _COLD)
        count = min(count, len(weights))
        return torch.from_numpy(self._chance.choice(len(weights), count, replace=False, p=weights / weights.sum()))

    def note(self, drawn: Tensor, heatmaps: Tensor) -> None:
        """Take in what a network saw in images of photos.

        :param drawn: [b] numbers of the photos
        :param heatmaps: [b, 17, h, w] logits
        """
        second = heatmaps.float().amax(dim=(2, 3)).topk(_KEYPOINTS, dim=1).values[:, -1].sigmoid()
        self._scores[drawn.numpy()] = np.fmax(self._scores[drawn.numpy()], second.cpu().numpy())
