# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Decoding of several people with sub-cell sampling, as in the decoder of Google Coral's PoseNet."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from posenet_ros.decoding.common import Floats, check_heads, sigmoid
from posenet_ros.decoding.greedy import choose_people, unshared_scores
from posenet_ros.decoding.roots import find_roots
from posenet_ros.decoding.tree import EDGE_SOURCES, EDGE_TARGETS, NO_STEP, WALK
from posenet_ros.people import People
from posenet_ros.skeleton import NUM_EDGES, NUM_KEYPOINTS

# Refinements with the short offsets after each displacement (mid_short_offset_refinement_steps).
_REFINE_STEPS = 5


def decode_multiple_poses_refined(
    heatmaps: Floats,
    offsets: Floats,
    displacements_fwd: Floats,
    displacements_bwd: Floats,
    stride: int,
    *,
    max_poses: int = 20,
    score_threshold: float = 0.2,
    nms_radius: float = 10.0,
) -> People:
    """Return the people in the heads, each once, best score first.

    People start at local maxima of the heat maps as in :func:`decode_multiple_poses`. The tensors are
    sampled bilinearly where a key point is, not at the nearest cell, and every key point is refined five
    times, so that key points lie on no grid. A person is kept if the mean score of the key points reaches
    the threshold, and again after key points that a better person has, too, are taken off ("soft"
    non-maximum suppression). Algorithm: Papandreou et al., PersonLab (ECCV 2018), with the constants of
    ``DecodeAllPoses`` in google-coral/libcoral. One difference: there the displacement from the left eye
    back to the nose is read from a wrong channel, and here it is not.

    :param heatmaps: [h, w, 17] logits
    :param offsets: [h, w, 34] short offsets in input pixels, 17 y then 17 x
    :param displacements_fwd: [h, w, 32] parent to child, 16 y then 16 x, input pixels
    :param displacements_bwd: [h, w, 32] child to parent, likewise
    :param stride: output stride in input pixels
    :param max_poses: stop after so many people
    :param score_threshold: least score, 0 to 1, of a key point that starts a person, and of a person
    :param nms_radius: distance in input pixels within which key points are taken for the same
    :returns: people in model-input pixels, all key points within the map
    :raises ValueError: if the shapes do not belong together
    """
    check_heads(heatmaps, offsets, displacements_fwd, displacements_bwd)
    cells, parts = find_roots(heatmaps, score_threshold)
    heads = _SmoothHeads(heatmaps, offsets, displacements_fwd, displacements_bwd, stride)
    roots = heads.roots(cells, parts)
    radius_squared = (nms_radius / stride) ** 2
    positions, scores = choose_people(
        roots,
        parts,
        lambda candidates: heads.walk(roots[candidates], parts[candidates]),
        max_poses=max_poses,
        radius_squared=radius_squared,
        least_mean_score=score_threshold,
    )
    by_mean = np.argsort(-scores.mean(axis=1), kind="stable")
    pose_scores = unshared_scores(positions, scores, by_mean, radius_squared)
    best_first = np.argsort(-pose_scores, kind="stable")
    best_first = best_first[pose_scores[best_first] >= score_threshold]
    return People(positions[best_first, :, ::-1] * stride, scores[best_first], pose_scores[best_first])


class _SmoothHeads:
    """The head tensors, sampled bilinearly; positions are in cells, [2, n] with y first, kept within the grid.

    Most of the decoder's time is numpy's cost per call: coordinates come first, so that they are
    contiguous, and the tensors are used as they are.
    """

    def __init__(
        self,
        heatmaps: Floats,
        offsets: Floats,
        displacements_fwd: Floats,
        displacements_bwd: Floats,
        stride: int,
    ) -> None:
        height, width, _ = heatmaps.shape
        self._width = width
        self._last = np.array(((height - 1,), (width - 1,)))
        self._per_cell = 1.0 / stride
        self._heatmaps = heatmaps.reshape(-1)
        self._offsets = offsets.reshape(-1)
        self._displacements = np.concatenate((displacements_fwd.reshape(-1), displacements_bwd.reshape(-1)))

    def roots(self, cells: NDArray[np.intp], parts: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return the positions [n, 2] of key points seen from flat cells."""
        corners = np.stack(np.divmod(cells, self._width))
        first = cells * (2 * NUM_KEYPOINTS) + parts
        seen = np.stack((self._offsets[first], self._offsets[first + NUM_KEYPOINTS]))
        return np.clip(corners + seen * self._per_cell, 0.0, self._last).T

    def walk(
        self, roots: NDArray[np.float64], parts: NDArray[np.intp]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the positions [n, 17, 2] and scores [n, 17] of the people grown from the roots."""
        positions = np.empty((2, len(parts), NUM_KEYPOINTS))
        positions[:, np.arange(len(parts)), parts] = roots.T
        for level in WALK:
            edges = level[parts]
            who, slot = np.nonzero(edges != NO_STEP)
            edges = edges[who, slot]
            target = EDGE_TARGETS[edges]
            # Forward and backward displacements are two tensors one behind the other.
            backward, channel = np.divmod(edges, NUM_EDGES)
            channel = channel + backward * (len(self._displacements) // 2)
            position = positions[:, who, EDGE_SOURCES[edges]]
            position = self._moved(position, self._displacements, channel, NUM_EDGES)
            for _ in range(_REFINE_STEPS):
                position = self._moved(position, self._offsets, target, NUM_KEYPOINTS)
            positions[:, who, target] = position
        cells, weights = self._corners(positions.reshape(2, -1))
        logits = self._heatmaps[cells * NUM_KEYPOINTS + np.tile(np.arange(NUM_KEYPOINTS), len(parts))]
        scores = sigmoid((logits * weights).sum(axis=0)).reshape(len(parts), NUM_KEYPOINTS)
        return np.moveaxis(positions, 0, -1), scores

    def _moved(
        self, position: NDArray[np.float64], field: Floats, channels: NDArray[np.intp], num_vectors: int
    ) -> NDArray[np.float64]:
        """Return positions moved by a tensor of vectors, y channels before x channels in each cell."""
        cells, weights = self._corners(position)
        first = cells * (2 * num_vectors) + channels
        vectors = field[np.stack((first, first + num_vectors))]
        moved: NDArray[np.float64] = position + (vectors * weights).sum(axis=1) * self._per_cell
        np.maximum(moved, 0.0, out=moved)
        np.minimum(moved, self._last, out=moved)
        return moved

    def _corners(self, position: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Return the four flat cells around positions and their weights, [4, n]."""
        low = position.astype(np.intp)
        weight = position - low
        high = np.minimum(low + 1, self._last)
        rows = np.stack((low[0], high[0])) * self._width
        columns = np.stack((low[1], high[1]))
        away = 1.0 - weight
        weights_y = np.stack((away[0], weight[0]))
        weights_x = np.stack((away[1], weight[1]))
        n = position.shape[1]
        cells: NDArray[np.intp] = (rows[:, None] + columns).reshape(4, n)
        return cells, (weights_y[:, None] * weights_x).reshape(4, n)
