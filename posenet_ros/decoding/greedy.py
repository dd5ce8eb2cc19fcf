# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Greedy choice of people among candidates, as in PersonLab (Papandreou et al., ECCV 2018)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from posenet_ros.decoding.common import near
from posenet_ros.skeleton import NUM_KEYPOINTS

# Candidates walked together: enough to amortise numpy's cost per call, few enough not to waste work.
_BATCH = 48

Walk = Callable[[NDArray[np.intp]], tuple[NDArray[np.float64], NDArray[np.float64]]]
"""Returns positions [n, 17, 2] and scores [n, 17] of the people grown from n candidates, given by number."""


def choose_people(
    roots: NDArray[np.float64],
    parts: NDArray[np.intp],
    walk: Walk,
    *,
    max_poses: int,
    radius_squared: float,
    least_mean_score: float = 0.0,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return positions [n, 17, 2] and scores [n, 17] of the people, in the order in which they are found.

    Candidates are taken best first. One is passed over if an earlier person has the same key point within
    the radius of it, or if the person grown from it scores too little.

    :param roots: [candidates, 2] positions, best first
    :param parts: [candidates] which key point each is
    """
    found: list[NDArray[np.float64]] = []
    found_scores: list[NDArray[np.float64]] = []
    waiting = np.arange(len(parts))
    while len(waiting) and len(found) < max_poses:
        batch, waiting = waiting[:_BATCH], waiting[_BATCH:]
        positions, scores = walk(batch)
        # [by whom, which root]
        taken = near(positions[:, parts[batch]], roots[batch], radius_squared)
        free = scores.mean(axis=1) >= least_mean_score
        while free.any() and len(found) < max_poses:
            place = int(free.argmax())
            found.append(positions[place])
            found_scores.append(scores[place])
            free &= ~taken[place]
            free[place] = False
        if len(waiting) and found:
            people = np.array(found)
            waiting = waiting[~near(people[:, parts[waiting]], roots[waiting], radius_squared).any(axis=0)]
    return np.array(found).reshape(-1, NUM_KEYPOINTS, 2), np.array(found_scores).reshape(-1, NUM_KEYPOINTS)


def unshared_scores(
    positions: NDArray[np.float64], scores: NDArray[np.float64], order: ArrayLike, radius_squared: float
) -> NDArray[np.float64]:
    """Return each person's mean score, counting no key point that somebody earlier in the order has, too."""
    places = np.empty(len(positions), np.intp)
    places[np.asarray(order, np.intp)] = np.arange(len(positions))
    earlier = places[None] < places[:, None]
    shared = near(positions[None], positions[:, None], radius_squared) & earlier[..., None]
    return np.asarray(np.where(shared.any(axis=1), 0.0, scores).sum(axis=1) / NUM_KEYPOINTS)
