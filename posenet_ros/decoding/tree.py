# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The order in which the pose tree is walked, from any key point to all others.

A tree has one path between two nodes, so that the order of the steps does not change the result: all
steps at the same distance from the root can be taken at once, for many people at once.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from posenet_ros.skeleton import NUM_EDGES, NUM_KEYPOINTS, TREE_EDGES

NO_STEP = -1

# Directed edge e < 16 goes from parent to child (forward), e >= 16 from child to parent (backward),
# which is also the channel order of joined displacement tensors.
_DIRECTED = tuple(TREE_EDGES) + tuple((child, parent) for parent, child in TREE_EDGES)
EDGE_SOURCES: NDArray[np.intp] = np.array([source for source, _ in _DIRECTED], np.intp)
EDGE_TARGETS: NDArray[np.intp] = np.array([target for _, target in _DIRECTED], np.intp)


def _levels_from(root: int) -> list[list[int]]:
    """Return the directed edges to walk from the root, grouped by distance."""
    reached = {root}
    frontier = {root}
    levels = []
    while len(reached) < NUM_KEYPOINTS:
        steps = [
            edge for edge, (source, target) in enumerate(_DIRECTED) if source in frontier and target not in reached
        ]
        frontier = {int(EDGE_TARGETS[edge]) for edge in steps}
        reached |= frontier
        levels.append(steps)
    return levels


def _table() -> NDArray[np.intp]:
    walks = [_levels_from(root) for root in range(NUM_KEYPOINTS)]
    depth = max(len(levels) for levels in walks)
    breadth = max(len(level) for levels in walks for level in levels)
    table = np.full((depth, NUM_KEYPOINTS, breadth), NO_STEP, np.intp)
    for root, levels in enumerate(walks):
        for distance, level in enumerate(levels):
            table[distance, root, : len(level)] = level
    return table


WALK: NDArray[np.intp] = _table()
"""[distance, root, slot]: the directed edges to take at that distance from the root, or NO_STEP."""

assert len(_DIRECTED) == NUM_EDGES * 2
