# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The four output tensors of PoseNet, and how they are told apart in a model file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from posenet_ros.errors import ModelError
from posenet_ros.skeleton import NUM_EDGES, NUM_KEYPOINTS

HEATMAPS = "heatmaps"
OFFSETS = "offsets"
DISPLACEMENTS_FWD = "displacements_fwd"
DISPLACEMENTS_BWD = "displacements_bwd"
DISPLACEMENTS = "displacements"
"""Forward and backward displacements joined in one tensor, forward first."""

# Distinctive parts of the tensor names in published files, most specific first.
_NAME_PATTERNS = (
    ("displacement_fwd", DISPLACEMENTS_FWD),
    ("displacement_bwd", DISPLACEMENTS_BWD),
    ("mid_offset", DISPLACEMENTS),
    ("displacement", DISPLACEMENTS),
    ("heatmap", HEATMAPS),
    ("offset", OFFSETS),
)
_CHANNELS = {
    HEATMAPS: NUM_KEYPOINTS,
    OFFSETS: 2 * NUM_KEYPOINTS,
    DISPLACEMENTS_FWD: 2 * NUM_EDGES,
    DISPLACEMENTS_BWD: 2 * NUM_EDGES,
    DISPLACEMENTS: 4 * NUM_EDGES,
}


@dataclass(frozen=True)
class Heads:
    """The network's output for one image, on a grid of [h, w] cells, one stride apart.

    ``heatmaps`` [h, w, 17]: logits. ``offsets`` [h, w, 34]: from a cell to the keypoint, 17 y then 17 x.
    ``displacements_fwd`` and ``displacements_bwd`` [h, w, 32]: along the pose tree, 16 y then 16 x.
    Offsets and displacements are in pixels of the model input at every stride. float32.
    """

    heatmaps: NDArray[np.float32]
    offsets: NDArray[np.float32]
    displacements_fwd: NDArray[np.float32]
    displacements_bwd: NDArray[np.float32]


def recognise_heads(outputs: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Return which output is which head: {head: position in outputs}, by name and else by channels.

    :param outputs: ``name`` and ``shape`` of every output tensor
    :raises ModelError: if the outputs are not those of PoseNet; the message lists what was found
    """
    found: dict[str, int] = {}
    unnamed: list[int] = []
    for position, output in enumerate(outputs):
        head = _head_by_name(output)
        if head is not None and head not in found:
            found[head] = position
        else:
            unnamed.append(position)
    for position in unnamed:
        head = _head_by_channels(outputs[position], found)
        if head is not None:
            found[head] = position

    joined = DISPLACEMENTS in found
    needed = [HEATMAPS, OFFSETS] + ([DISPLACEMENTS] if joined else [DISPLACEMENTS_FWD, DISPLACEMENTS_BWD])
    missing = [head for head in needed if head not in found]
    if missing:
        listing = ", ".join(f"{output['name']} {list(output['shape'])}" for output in outputs)
        raise ModelError(
            f"this is not a PoseNet model: no output for {', '.join(missing)} among {listing or 'no outputs'}."
            " Use a file with raw heads of 17, 34, 32 and 32 (or 17, 34 and 64) channels"
        )
    return {head: found[head] for head in needed}


def _head_by_name(output: Mapping[str, Any]) -> str | None:
    for pattern, head in _NAME_PATTERNS:
        if pattern in str(output["name"]).lower() and _channels(output) == _CHANNELS[head]:
            return head
    return None


def _head_by_channels(output: Mapping[str, Any], found: Mapping[str, int]) -> str | None:
    # Forward and backward displacements look alike: the order of the starter model decides.
    for head, channels in _CHANNELS.items():
        if channels == _channels(output) and head not in found:
            return head
    return None


def _channels(output: Mapping[str, Any]) -> int:
    shape = output["shape"]
    return int(shape[-1]) if len(shape) == 4 else 0
