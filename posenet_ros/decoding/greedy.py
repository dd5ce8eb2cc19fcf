# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Greedy search for people, as in PersonLab (Papandreou et al., ECCV 2018): from the best roots along the pose tree.

A person takes a few hundred additions, one after the other. A call of numpy takes longer than one addition, so that
this code works on Python's own numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from posenet_ros.decoding.tensors import Floats, logit, sigmoid
from posenet_ros.skeleton import NUM_KEYPOINTS, TREE_EDGES

_WINDOW = np.ones((3, 3), np.uint8)


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
"""For each root the 16 steps that lead to all other keypoints. A tree has one path between two nodes: the order of the
steps does not change the result, as long as each step begins where an earlier one ended."""


def find_roots(heatmaps: Floats, score_threshold: float) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return flat cells and keypoints of the maxima in 3x3 windows that reach the threshold, best first.

    :param heatmaps: [h, w, 17] logits
    :param score_threshold: minimum score, 0 to 1
    """
    if heatmaps.dtype != np.float64:
        heatmaps = heatmaps.astype(np.float32, copy=False)
    heatmaps = np.ascontiguousarray(heatmaps)
    # OpenCV 4.5.4, that of Humble, takes no image of one pixel.
    maxima = (cv2.dilate(heatmaps, _WINDOW) if heatmaps.shape[0] * heatmaps.shape[1] > 1 else heatmaps).reshape(-1)
    logits = heatmaps.reshape(-1)
    # The sigmoid is monotonic: logits can be compared without applying it to the whole map.
    places = np.flatnonzero(logits >= logit(score_threshold))
    places = places[logits[places] >= maxima[places]]
    best_first = places[np.argsort(-logits[places], kind="stable")]
    return np.divmod(best_first, NUM_KEYPOINTS)


class Grown(NamedTuple):
    """A person: 17 positions and logits."""

    ys: list[float]
    xs: list[float]
    logits: list[float]


def choose_people(
    positions: NDArray[np.float64],
    parts: NDArray[np.intp],
    grow: Callable[[int], Grown],
    *,
    max_poses: int,
    radius_squared: float,
    least_mean_score: float = 0.0,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return positions [n, 17, 2] as y, x and scores [n, 17] of the people, in the order in which they are found.

    Roots are taken in their order, best first. A root is skipped if an earlier person has the same keypoint
    within the radius, or if the score of the person grown from it is too low.

    :param positions: [roots, 2] y, x
    :param parts: [roots] which keypoint each is
    :param grow: returns the person of a root, given by its number
    """
    found: list[Grown] = []
    for root, ((y, x), part) in enumerate(zip(positions.tolist(), parts.tolist(), strict=True)):
        if len(found) >= max_poses:
            break
        for person in found:
            dy, dx = person.ys[part] - y, person.xs[part] - x
            if dy * dy + dx * dx <= radius_squared:
                break
        else:
            try:
                person = grow(root)
            except (ValueError, OverflowError) as error:
                raise ValueError(
                    f"the heads hold numbers that are not finite ({error}): the model is damaged; fetch it again"
                ) from error
            if least_mean_score <= 0.0 or sigmoid(person.logits).mean() >= least_mean_score:
                found.append(person)
    places = np.array([(person.ys, person.xs) for person in found]).reshape(-1, 2, NUM_KEYPOINTS)
    logits = np.array([person.logits for person in found]).reshape(-1, NUM_KEYPOINTS)
    return places.transpose(0, 2, 1), sigmoid(logits)


def unshared_scores(
    positions: NDArray[np.float64], scores: NDArray[np.float64], order: ArrayLike, radius_squared: float
) -> NDArray[np.float64]:
    """Return each person's mean score; keypoints that an earlier person also has count as 0."""
    places = np.empty(len(positions), np.intp)
    places[np.asarray(order, np.intp)] = np.arange(len(positions))
    earlier = places[None] < places[:, None]
    shared = _near(positions[None], positions[:, None], radius_squared) & earlier[..., None]
    return np.asarray(np.where(shared.any(axis=1), 0.0, scores).sum(axis=1) / NUM_KEYPOINTS)


def _near(a: NDArray[np.float64], b: NDArray[np.float64], radius_squared: float) -> NDArray[np.bool_]:
    """Return which of the points [..., 2] of two arrays are within a radius of each other."""
    difference = a - b
    within: NDArray[np.bool_] = np.einsum("...i,...i->...", difference, difference) <= radius_squared
    return within
