# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The head tensors as plain sequences of numbers, for walks from one keypoint to the next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray

from posenet_ros.decoding.common import Floats
from posenet_ros.skeleton import NUM_KEYPOINTS


class FlatHeads:
    """Heads of a grid of cells, numbered row by row. The arguments are those of the decoders, checked already."""

    def __init__(
        self,
        heatmaps: Floats,
        offsets: Floats,
        displacements_fwd: Floats,
        displacements_bwd: Floats,
        stride: int,
    ) -> None:
        height, width, _ = heatmaps.shape
        self.stride = stride
        self.width: int = width
        self.last_row: int = height - 1
        self.last_column: int = width - 1
        self.heatmaps = _flat(heatmaps)
        self.offsets = _flat(offsets)
        self.displacements = _flat(displacements_fwd), _flat(displacements_bwd)
        """From parent to child, and backward."""
        self._offsets = offsets.reshape(-1, 2, NUM_KEYPOINTS)

    def seen_from(self, cells: NDArray[np.intp], parts: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return where keypoints [n] are, seen from cells [n]: [n, 2] y, x in input pixels."""
        corners = np.stack(np.divmod(cells, self.width), axis=-1) * self.stride
        return np.asarray(corners + self._offsets[cells, :, parts])


def _flat(tensor: Floats) -> Sequence[float]:
    """Return the numbers of a tensor in its order; reading one gives a Python number."""
    if tensor.dtype not in (np.float32, np.float64):
        tensor = tensor.astype(np.float32)
    return cast(Sequence[float], np.ascontiguousarray(tensor).reshape(-1).data)
