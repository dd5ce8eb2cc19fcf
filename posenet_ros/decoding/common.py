# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Small operations that the decoders share."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from posenet_ros.skeleton import NUM_EDGES, NUM_KEYPOINTS

Floats = NDArray[np.floating[Any]]


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


def near(a: NDArray[np.float64], b: NDArray[np.float64], radius_squared: float) -> NDArray[np.bool_]:
    """Return which of the points [..., 2] of two arrays are within a radius of each other."""
    difference = a - b
    within: NDArray[np.bool_] = np.einsum("...i,...i->...", difference, difference) <= radius_squared
    return within
