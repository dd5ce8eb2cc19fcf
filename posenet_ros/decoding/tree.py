# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The order in which the pose tree is walked, from any keypoint to all others.

A tree has one path between two nodes. The order of the steps does not change the result, as long as each step
begins where an earlier one ended.
"""

from __future__ import annotations

from typing import NamedTuple

from posenet_ros.skeleton import NUM_KEYPOINTS, TREE_EDGES


class Step(NamedTuple):
    """From a keypoint to its neighbour, along an edge (its channel), from parent to child or backward."""

    source: int
    target: int
    edge: int
    backward: bool


def _steps_from(root: int) -> tuple[Step, ...]:
    steps: list[Step] = []
    reached = [root]
    for source in reached:  # grows
        for edge, (parent, child) in enumerate(TREE_EDGES):
            target, backward = (child, False) if parent == source else (parent, True)
            if source in (parent, child) and target not in reached:
                reached.append(target)
                steps.append(Step(source, int(target), edge, backward))
    return tuple(steps)


STEPS: tuple[tuple[Step, ...], ...] = tuple(_steps_from(root) for root in range(NUM_KEYPOINTS))
"""For each root the 16 steps that lead to all other keypoints."""
