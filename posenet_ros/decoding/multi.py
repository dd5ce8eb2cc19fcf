# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Decoding of several people with the steps of PoseNet for TensorFlow.js."""

from __future__ import annotations

from posenet_ros.decoding.greedy import STEPS, Grown, choose_people, find_roots, unshared_scores
from posenet_ros.decoding.tensors import FlatHeads, Floats, check_heads
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

    Each cell that is the maximum of its 3x3 window and reaches the threshold starts a person, best first,
    unless an earlier person has the same keypoint near it. From there the displacements lead along the
    pose tree, and two steps with the short offsets correct each keypoint. Algorithm: Papandreou et al.,
    PersonLab (ECCV 2018), fast greedy decoding, as in ``decodeMultiplePoses`` of tfjs-models/posenet.

    There is no minimum pose score: the same person can be found again with a score near zero.

    :param heatmaps: [h, w, 17] logits
    :param offsets: [h, w, 34] short offsets in input pixels, 17 y then 17 x
    :param displacements_fwd: [h, w, 32] parent to child, 16 y then 16 x, input pixels
    :param displacements_bwd: [h, w, 32] child to parent, in the same order and unit
    :param stride: output stride in input pixels
    :param max_poses: stop after so many people
    :param score_threshold: minimum score of a keypoint, 0 to 1, that starts a person
    :param nms_radius: distance in input pixels within which two keypoints are the same
    :returns: people in model-input pixels; a pose score counts only keypoints that no earlier pose has
    :raises ValueError: if the shapes do not belong together, or a person leads to a number that is not finite
    """
    check_heads(heatmaps, offsets, displacements_fwd, displacements_bwd)
    cells, parts = find_roots(heatmaps, score_threshold)
    heads = _GridHeads(heatmaps, offsets, displacements_fwd, displacements_bwd, stride)
    radius_squared = nms_radius**2
    positions, scores = choose_people(
        heads.seen_from(cells, parts),
        parts,
        lambda root: heads.grow(int(cells[root]), int(parts[root])),
        max_poses=max_poses,
        radius_squared=radius_squared,
    )
    pose_scores = unshared_scores(positions, scores, range(len(positions)), radius_squared)
    return People(positions[..., ::-1].copy(), scores, pose_scores)


class _GridHeads(FlatHeads):
    """The head tensors, read at the nearest cell."""

    def grow(self, cell: int, part: int) -> Grown:
        """Return the person grown from a keypoint seen from a flat cell."""
        y, x = self._position(cell, part)
        ys, xs, logits = [y] * NUM_KEYPOINTS, [x] * NUM_KEYPOINTS, [0.0] * NUM_KEYPOINTS
        logits[part] = self.heatmaps[cell * NUM_KEYPOINTS + part]
        cells = [self._cell(y, x)] * NUM_KEYPOINTS
        for source, target, edge, backward in STEPS[part]:
            displacements = self.displacements[backward]
            place = cells[source] * 2 * NUM_EDGES + edge
            y, x = ys[source] + displacements[place], xs[source] + displacements[place + NUM_EDGES]
            for _ in range(_REFINE_STEPS):
                y, x = self._position(self._cell(y, x), target)
            cell = self._cell(y, x)
            ys[target], xs[target], cells[target] = y, x, cell
            logits[target] = self.heatmaps[cell * NUM_KEYPOINTS + target]
        return Grown(ys, xs, logits)

    def _position(self, cell: int, part: int) -> tuple[float, float]:
        """Return where a keypoint is, seen from a flat cell: y, x."""
        row, column = divmod(cell, self.width)
        place = cell * 2 * NUM_KEYPOINTS + part
        return (
            row * self.stride + self.offsets[place],
            column * self.stride + self.offsets[place + NUM_KEYPOINTS],
        )

    def _cell(self, y: float, x: float) -> int:
        """Return the flat cell nearest to a position, halves rounded up as in JavaScript."""
        # int() rounds negative numbers the other way, which does not matter: they are clipped to 0.
        row, column = int(y / self.stride + 0.5), int(x / self.stride + 0.5)
        row = 0 if row < 0 else self.last_row if row > self.last_row else row
        column = 0 if column < 0 else self.last_column if column > self.last_column else column
        return row * self.width + column
