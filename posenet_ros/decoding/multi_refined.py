# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Decoding of several people with sub-cell sampling, as in the decoder of Google Coral's PoseNet."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from posenet_ros.decoding.greedy import STEPS, Grown, choose_people, find_roots, unshared_scores
from posenet_ros.decoding.tensors import FlatHeads, Floats, check_heads
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
    sampled bilinearly at the keypoint, not at the nearest cell, and every keypoint is refined five times,
    so that keypoints are not bound to the grid. A person is kept if the mean score of the keypoints reaches
    the threshold, and still does without the keypoints that a better person also has ("soft" non-maximum
    suppression). Algorithm: Papandreou et al., PersonLab (ECCV 2018), with the constants of
    ``DecodeAllPoses`` in google-coral/libcoral. One difference: there the displacement from the left eye
    back to the nose is read from a wrong channel, and here it is not.

    :param heatmaps: [h, w, 17] logits
    :param offsets: [h, w, 34] short offsets in input pixels, 17 y then 17 x
    :param displacements_fwd: [h, w, 32] parent to child, 16 y then 16 x, input pixels
    :param displacements_bwd: [h, w, 32] child to parent, in the same order and unit
    :param stride: output stride in input pixels
    :param max_poses: stop after so many people
    :param score_threshold: minimum score, 0 to 1, of a keypoint that starts a person, and of a person
    :param nms_radius: distance in input pixels within which two keypoints are the same
    :returns: people in model-input pixels, all keypoints within the map
    :raises ValueError: if the shapes do not belong together, or a person leads to a number that is not finite
    """
    check_heads(heatmaps, offsets, displacements_fwd, displacements_bwd)
    cells, parts = find_roots(heatmaps, score_threshold)
    heads = _SmoothHeads(heatmaps, offsets, displacements_fwd, displacements_bwd, stride)
    radius_squared = (nms_radius / stride) ** 2
    roots = np.clip(heads.seen_from(cells, parts) / stride, 0.0, (heads.last_row, heads.last_column))
    positions, scores = choose_people(
        roots,
        parts,
        lambda root: heads.grow(float(roots[root, 0]), float(roots[root, 1]), int(parts[root])),
        max_poses=max_poses,
        radius_squared=radius_squared,
        least_mean_score=score_threshold,
    )
    by_mean = np.argsort(-scores.mean(axis=1), kind="stable")
    pose_scores = unshared_scores(positions, scores, by_mean, radius_squared)
    best_first = np.argsort(-pose_scores, kind="stable")
    best_first = best_first[pose_scores[best_first] >= score_threshold]
    return People(positions[best_first, :, ::-1] * stride, scores[best_first], pose_scores[best_first])


class _SmoothHeads(FlatHeads):
    """The head tensors, sampled bilinearly; positions are in cells, kept within the grid."""

    def grow(self, y: float, x: float, part: int) -> Grown:
        """Return the person grown from a keypoint."""
        ys, xs = [y] * NUM_KEYPOINTS, [x] * NUM_KEYPOINTS
        for source, target, edge, backward in STEPS[part]:
            y, x = self._moved(ys[source], xs[source], self.displacements[backward], edge, NUM_EDGES)
            ys[target], xs[target] = self._moved(y, x, self.offsets, target, NUM_KEYPOINTS, _REFINE_STEPS)
        return Grown(ys, xs, [self._logit(y, x, part) for part, (y, x) in enumerate(zip(ys, xs, strict=True))])

    def _moved(
        self, y: float, x: float, field: Sequence[float], channel: int, vectors: int, times: int = 1
    ) -> tuple[float, float]:
        """Return a position moved by one of the vectors of a tensor, whose y channels come before the x channels."""
        stride, width, last_row, last_column = self.stride, self.width, self.last_row, self.last_column
        row = column = -1
        for _ in range(times):
            if int(y) != row or int(x) != column:
                row, column = int(y), int(x)
                a = (row * width + column) * 2 * vectors + channel
                b = a + 2 * vectors if column < last_column else a
                below = width * 2 * vectors if row < last_row else 0
                c, d = a + below, b + below
                # Corners of the cell, and the change from its left to its right; most moves stay in the cell.
                a_y, a_x, c_y, c_x = field[a], field[a + vectors], field[c], field[c + vectors]
                ab_y, ab_x = field[b] - a_y, field[b + vectors] - a_x
                cd_y, cd_x = field[d] - c_y, field[d + vectors] - c_x
            down, right = y - row, x - column
            above_y, above_x = a_y + right * ab_y, a_x + right * ab_x
            y += (above_y + down * (c_y + right * cd_y - above_y)) / stride
            x += (above_x + down * (c_x + right * cd_x - above_x)) / stride
            y = 0.0 if y < 0.0 else last_row if y > last_row else y
            x = 0.0 if x < 0.0 else last_column if x > last_column else x
        return y, x

    def _logit(self, y: float, x: float, part: int) -> float:
        row, column = int(y), int(x)
        a = (row * self.width + column) * NUM_KEYPOINTS + part
        b = a + NUM_KEYPOINTS if column < self.last_column else a
        below = self.width * NUM_KEYPOINTS if row < self.last_row else 0
        heat, right = self.heatmaps, x - column
        above = heat[a] + right * (heat[b] - heat[a])
        under = heat[a + below] + right * (heat[b + below] - heat[a + below])
        return above + (y - row) * (under - above)
