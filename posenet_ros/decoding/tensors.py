# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The head tensors: their checks, scores of logits, and plain sequences of numbers for walks between keypoints."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from posenet_ros.skeleton import NUM_EDGES, NUM_KEYPOINTS

if TYPE_CHECKING:
    Floats: TypeAlias = NDArray[np.floating[Any]]
else:  # numpy 1.21, that of Humble, has no such types at run time.
    Floats = NDArray


def sigmoid(logits: ArrayLike) -> NDArray[np.float64]:
    """Return 1 / (1 + exp(-x)) in float64, without overflow for any finite logit."""
    # With tanh, no exponential of a large positive number is computed, which would overflow.
    return 0.5 * (1.0 + np.tanh(0.5 * np.asarray(logits, np.float64)))


def logit(probability: float) -> float:
    """Return the inverse of the sigmoid; -inf at 0 and below, inf at 1 and above."""
    if probability <= 0.0:
        return -math.inf
    if probability >= 1.0:
        return math.inf
    return math.log(probability / (1.0 - probability))


def check_heads(
    heatmaps: Floats,
    offsets: Floats,
    displacements_fwd: Floats | None = None,
    displacements_bwd: Floats | None = None,
) -> None:
    """Raise ValueError unless the tensors are [h, w, 17], [h, w, 34] and, where given, [h, w, 32]."""
    if heatmaps.ndim != 3:
        raise ValueError(f"heatmaps have shape {heatmaps.shape}, expected [h, w, {NUM_KEYPOINTS}]")
    grid = heatmaps.shape[:2]
    for name, tensor, channels in (
        ("heatmaps", heatmaps, NUM_KEYPOINTS),
        ("offsets", offsets, 2 * NUM_KEYPOINTS),
        ("displacements_fwd", displacements_fwd, 2 * NUM_EDGES),
        ("displacements_bwd", displacements_bwd, 2 * NUM_EDGES),
    ):
        if tensor is not None and tensor.shape != (*grid, channels):
            raise ValueError(f"{name} have shape {tensor.shape}, expected {(*grid, channels)}")


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
