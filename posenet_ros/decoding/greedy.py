# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Greedy choice of people among candidates, as in PersonLab (Papandreou et al., ECCV 2018)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

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
    found = np.empty((0, NUM_KEYPOINTS, 2))
    found_scores = np.empty((0, NUM_KEYPOINTS))
    waiting = np.arange(len(parts))
    while len(waiting) and len(found) < max_poses:
        batch, waiting = waiting[:_BATCH], waiting[_BATCH:]
        positions, scores = walk(batch)
        free = scores.mean(axis=1) >= least_mean_score
        while free.any() and len(found) < max_poses:
            place = free.argmax()
            found = np.concatenate((found, positions[place][None]))
            found_scores = np.concatenate((found_scores, scores[place][None]))
            free[: place + 1] = False
            free &= ~near(positions[place, parts[batch]], roots[batch], radius_squared)
        if len(waiting) and len(found):
            waiting = waiting[~near(found[:, parts[waiting]], roots[waiting], radius_squared).any(axis=0)]
    return found, found_scores


def unshared_scores(
    positions: NDArray[np.float64], scores: NDArray[np.float64], order: Iterable[int], radius_squared: float
) -> NDArray[np.float64]:
    """Return each person's mean score, counting no key point that somebody earlier in the order has, too."""
    pose_scores = np.zeros(len(positions))
    earlier: list[int] = []
    for person in order:
        taken = near(positions[earlier], positions[person], radius_squared).any(axis=0)
        pose_scores[person] = scores[person][~taken].sum() / NUM_KEYPOINTS
        earlier.append(person)
    return pose_scores
