# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Decoding of several people with the steps of PoseNet for TensorFlow.js."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from posenet_ros.decoding.common import Floats, check_heads, sigmoid
from posenet_ros.decoding.greedy import choose_people, unshared_scores
from posenet_ros.decoding.roots import find_roots
from posenet_ros.decoding.tree import EDGE_SOURCES, EDGE_TARGETS, NO_STEP, WALK
from posenet_ros.people import People
from posenet_ros.skeleton import NUM_EDGES, NUM_KEYPOINTS

# Refinements with the short offsets after each displacement (offsetRefineStep in TF.js).
_REFINE_STEPS = 2


def decode_multiple_poses(
    heatmaps: Floats,
    offsets: Floats,
    displacements_fwd: Floats,
    displacements_bwd: Floats,
    stride: int,
    *,
    max_poses: int = 5,
    score_threshold: float = 0.5,
    nms_radius: float = 20.0,
) -> People:
    """Return the people that the TF.js algorithm finds, in the order in which it finds them.

    Cells that are maximal in their 3x3 window and reach the threshold start a person each, best first,
    unless the same key point of an earlier person is near. From there the displacements lead along the
    pose tree, and two steps with the short offsets correct each key point. Algorithm: Papandreou et al.,
    PersonLab (ECCV 2018), fast greedy decoding, as in ``decodeMultiplePoses`` of tfjs-models/posenet.

    There is no minimum pose score: a person can come out again with a score near zero.

    :param heatmaps: [h, w, 17] logits
    :param offsets: [h, w, 34] short offsets in input pixels, 17 y then 17 x
    :param displacements_fwd: [h, w, 32] parent to child, 16 y then 16 x, input pixels
    :param displacements_bwd: [h, w, 32] child to parent, likewise
    :param stride: output stride in input pixels
    :param max_poses: stop after so many people
    :param score_threshold: least key point score, 0 to 1, that starts a person
    :param nms_radius: distance in input pixels within which key points are taken for the same
    :returns: people in model-input pixels; a pose score counts only key points that no earlier pose has
    :raises ValueError: if the shapes do not belong together
    """
    check_heads(heatmaps, offsets, displacements_fwd, displacements_bwd)
    cells, parts = find_roots(heatmaps, score_threshold)
    heads = _GridHeads(heatmaps, offsets, displacements_fwd, displacements_bwd, stride)
    radius_squared = nms_radius**2
    positions, scores = choose_people(
        heads.refined(cells, parts),
        parts,
        lambda candidates: heads.walk(cells[candidates], parts[candidates]),
        max_poses=max_poses,
        radius_squared=radius_squared,
    )
    pose_scores = unshared_scores(positions, scores, range(len(positions)), radius_squared)
    return People(positions[..., ::-1].copy(), scores, pose_scores)


class _GridHeads:
    """The head tensors, read at the nearest cell."""

    def __init__(
        self,
        heatmaps: Floats,
        offsets: Floats,
        displacements_fwd: Floats,
        displacements_bwd: Floats,
        stride: int,
    ) -> None:
        height, width, _ = heatmaps.shape
        self._stride = stride
        self._last_cell = np.array((height - 1, width - 1), np.float64)
        self._row_and_column = np.array((width, 1.0))
        self._heatmaps = heatmaps.reshape(-1, NUM_KEYPOINTS)
        # Where the key points are, seen from each cell, and where each edge leads: read many times, so that the
        # whole map is made at once.
        corners = np.indices((height, width), np.float64).reshape(2, -1).T * stride
        self._positions = corners[..., None] + offsets.reshape(-1, 2, NUM_KEYPOINTS)
        forward = displacements_fwd.reshape(-1, 2, NUM_EDGES)
        backward = displacements_bwd.reshape(-1, 2, NUM_EDGES)
        self._displacements = np.concatenate((forward, backward), axis=-1)

    def refined(self, cells: NDArray[np.intp], parts: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return the [n, 2] positions (y, x) of key points seen from flat cells."""
        return np.asarray(self._positions[cells, :, parts])

    def walk(self, cells: NDArray[np.intp], parts: NDArray[np.intp]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the positions [n, 17, 2] (y, x) and scores [n, 17] of the people grown from the roots."""
        people = np.arange(len(parts))
        positions = np.empty((len(parts), NUM_KEYPOINTS, 2))
        logits = np.empty((len(parts), NUM_KEYPOINTS))
        positions[people, parts] = self.refined(cells, parts)
        logits[people, parts] = self._heatmaps[cells, parts]
        for level in WALK:
            edges = level[parts]
            who, slot = np.nonzero(edges != NO_STEP)
            edges = edges[who, slot]
            target = EDGE_TARGETS[edges]
            position = positions[who, EDGE_SOURCES[edges]]
            position = position + self._displacements[self._cell(position), :, edges]
            for _ in range(_REFINE_STEPS):
                position = self.refined(self._cell(position), target)
            positions[who, target] = position
            logits[who, target] = self._heatmaps[self._cell(position), target]
        return positions, sigmoid(logits)

    def _cell(self, position: NDArray[np.float64]) -> NDArray[np.intp]:
        """Return the flat cell nearest to each position, halves rounded up as in JavaScript."""
        nearest = position / self._stride
        nearest += 0.5
        np.floor(nearest, out=nearest)
        np.maximum(nearest, 0.0, out=nearest)
        np.minimum(nearest, self._last_cell, out=nearest)
        flat: NDArray[np.intp] = (nearest @ self._row_and_column).astype(np.intp)
        return flat
