# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Which pose is whose: poses of an image assigned to people of the images before.

Three steps, each for what the one before left over, as in Y. Zhang et al., *ByteTrack: Multi-Object Tracking by
Associating Every Detection Box*, ECCV 2022, and J. Cao et al., *Observation-Centric SORT*, CVPR 2023: by object
keypoint similarity (OKS, COCO) with where people are expected; then as if the camera had been moved, which moves all
people alike; then whoever is near enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from posenet_ros.people import People
from posenet_ros.similarity import object_keypoint_similarity
from posenet_ros.tracking.track import Track

# Poses of a lower score, of which many are nobody's, come last, and are followed over no gaps.
_LEAST_SCORE, _DOUBTFUL_POSE = 0.3, 0.2
# Less alike, two poses are two people's.
_LEAST_SIMILARITY = 0.3
# Of a keypoint, in the square root of the person's area: the mean of COCO's.
_USUAL_DEVIATION = 0.13
# How far a camera that is pushed may move people from one image to the next, in the diagonal of their box.
_FARTHEST_SHIFT = 0.7
# The same for somebody who is alone, and can be confused with nobody.
_FARTHEST_SHIFT_ALONE = 1.3
# How far somebody seen just now may be from the expected place, in the same unit, and others in deviations.
_FARTHEST_STEP, _FARTHEST_DEVIATIONS = 0.35, 3.0
# How fast somebody may have turned round unseen, in the square root of the area a second.
_TURNING_SPEED = 2.0
# So much more alike than without must people be for a shift to be believed.
_SHIFT_GAIN = 0.1
# Whoever was found less often or less surely may be a double of somebody else; at this evidence by half.
_HALF_EVIDENCE = 0.5
_TINY = float(np.finfo(np.float64).tiny)

Pairs = dict[int, int]
"""Numbers of poses, and of the tracks that they belong to."""


@dataclass(frozen=True)
class Expectation:
    """People who may be in an image, m of them.

    ``keypoints``: [m, 17, 2] pixels. ``scores``: [m, 17]. ``deviations``: [m] pixels by which the place as a whole is
    uncertain. ``weights``: [m], how sure it is that there is such a person. ``recent``: [m], whether they were seen
    just now. ``unseen``: [m] seconds since they were seen. ``units``: [m] pixels, square roots of their areas.
    """

    keypoints: NDArray[np.float64]
    scores: NDArray[np.float64]
    deviations: NDArray[np.float64]
    units: NDArray[np.float64]
    weights: NDArray[np.float64]
    unseen: NDArray[np.float64]
    recent: NDArray[np.bool_]

    @classmethod
    def of(cls, tracks: Sequence[Track], now: float, recent: float) -> Expectation:
        """Return the people of tracks now, of whom those unseen for no more than some seconds are recent."""
        unseen = np.array([now - track.seen for track in tracks])
        return cls(
            np.array([track.keypoints for track in tracks]),
            np.array([track.scores for track in tracks]),
            np.array([track.deviation for track in tracks]),
            np.array([track.unit for track in tracks]),
            np.array([track.evidence / (track.evidence + _HALF_EVIDENCE) for track in tracks]),
            unseen,
            unseen <= recent,
        )

    def shifted(self, shift: NDArray[np.float64]) -> Expectation:
        """Return the same people elsewhere."""
        return replace(self, keypoints=self.keypoints + shift)

    def diagonals(self) -> NDArray[np.float64]:
        """Return the diagonals of the boxes around the keypoints, [m] pixels."""
        return np.asarray(np.linalg.norm(np.ptp(self.keypoints, axis=1), axis=-1))


def associate(
    people: People, expected: Expectation, impossible: NDArray[np.bool_] | None = None
) -> tuple[Pairs, NDArray[np.float64]]:
    """Return whose the poses are, and the shift in pixels by which the camera seems to have moved everybody.

    :param impossible: [n, m], pairs that are not to be
    """
    still = np.zeros(2)
    if not len(people) or not len(expected.keypoints):
        return {}, still
    pairs, gain = _assign(people, expected, impossible)
    left, lost = _left_over(people, expected, pairs)
    # Whoever has not been seen for long can be anywhere, and may have got another's pose.
    if not lost.any() or not (left.any() or not expected.recent[list(pairs.values())].all()):
        return pairs, still
    shift = still
    offsets = _offsets(people, expected)
    if (lost & expected.recent).any():
        candidate = _common_shift(offsets, left, lost, expected)
        if candidate is not None:
            moved_pairs, moved_gain = _assign(people, expected.shifted(candidate), impossible)
            if moved_gain > gain + _SHIFT_GAIN:
                pairs, shift = moved_pairs, candidate
                left, lost = _left_over(people, expected, pairs)
    if left.any() and lost.any():
        pairs = pairs | _nearest(offsets - shift, left, lost, expected)
    return pairs, shift


def _assign(people: People, expected: Expectation, impossible: NDArray[np.bool_] | None) -> tuple[Pairs, float]:
    """Return the pairs whose likelihoods have the largest sum (the assignment problem), and that sum."""
    similarity = object_keypoint_similarity(
        people.keypoints, expected.keypoints, weights=_seen_both(people, expected), slack=expected.deviations
    )
    # Unlike pairs must not keep alike ones apart.
    similarity[similarity < _LEAST_SIMILARITY] = 0.0
    if impossible is not None:
        similarity[impossible] = 0.0
    # Of two people for one pose, the one comes first whose place is known better. In full, a normal distribution would
    # divide by the square; then nobody who was hidden gets the id back while somebody else is near.
    spread = expected.deviations / (_USUAL_DEVIATION * expected.units)
    likelihood = similarity * expected.weights / np.sqrt(np.hypot(1.0, spread))
    likelihood *= np.where(people.scores < _LEAST_SCORE, _DOUBTFUL_POSE, people.scores)[:, None]
    poses, tracks = linear_sum_assignment(likelihood, maximize=True)
    alike = similarity[poses, tracks] > 0.0
    pairs = dict(zip(poses[alike].tolist(), tracks[alike].tolist(), strict=True))
    return pairs, float(likelihood[poses, tracks].sum())


def _seen_both(people: People, expected: Expectation) -> NDArray[np.float64]:
    """Return the weights of keypoints, [n, m, 17]: what is hidden on either side says nothing."""
    return np.asarray(np.minimum(people.keypoint_scores[:, None], expected.scores[None]) + _TINY)


def _offsets(people: People, expected: Expectation) -> NDArray[np.float64]:
    """Return how far poses are from where people are expected, [n, m, 2] pixels."""
    weights = _seen_both(people, expected)
    weights /= weights.sum(axis=-1, keepdims=True)
    there = np.einsum("nmk,nkc->nmc", weights, people.keypoints)
    return np.asarray(there - np.einsum("nmk,mkc->nmc", weights, expected.keypoints))


def _left_over(people: People, expected: Expectation, pairs: Pairs) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which poses, [n], and which people, [m], are in no pair; poses of low scores stay alone."""
    left, lost = np.ones(len(people), bool), np.ones(len(expected.keypoints), bool)
    left[list(pairs.keys())] = False
    left &= people.scores >= _LEAST_SCORE
    lost[list(pairs.values())] = False
    return left, lost


def _common_shift(
    offsets: NDArray[np.float64], left: NDArray[np.bool_], lost: NDArray[np.bool_], expected: Expectation
) -> NDArray[np.float64] | None:
    """Return the offset, [2] pixels, of one pair that brings most people to poses; None if none is small enough."""
    alone = offsets.shape[:2] == (1, 1)
    farthest = _FARTHEST_SHIFT_ALONE if alone else _FARTHEST_SHIFT
    reach = np.where(expected.recent, farthest * expected.diagonals(), 0.0)
    possible = np.linalg.norm(offsets, axis=-1) <= reach
    # One of the two is left over, or all is well.
    poses, tracks = np.nonzero(possible & (left[:, None] | lost[None]))
    if not len(poses):
        return None
    candidates = offsets[poses, tracks]
    apart = np.linalg.norm(offsets[None] - candidates[:, None, None], axis=-1)
    near = np.exp(-0.5 * (apart / (_USUAL_DEVIATION * expected.units)) ** 2)
    votes = (near.max(axis=1) * expected.recent).sum(axis=-1)
    # Of equal ones the smallest.
    votes -= 1e-3 * np.linalg.norm(candidates, axis=-1) / expected.diagonals().max()
    best = candidates[votes.argmax()]
    return np.asarray(best)


def _nearest(
    offsets: NDArray[np.float64], left: NDArray[np.bool_], lost: NDArray[np.bool_], expected: Expectation
) -> Pairs:
    """Return pairs among what is left over: those who are near enough, the nearest first."""
    reach = np.where(expected.recent, _FARTHEST_STEP * expected.diagonals(), 0.0)
    hidden = _FARTHEST_DEVIATIONS * expected.deviations + _TURNING_SPEED * expected.units * expected.unseen
    reach = np.maximum(reach, hidden)
    poses, tracks = np.flatnonzero(left), np.flatnonzero(lost)
    distances = np.linalg.norm(offsets[np.ix_(poses, tracks)], axis=-1) / reach[tracks]
    pairs: Pairs = {}
    # Of two people in reach the one who was found more often.
    order = distances / expected.weights[tracks]
    for row, column in sorted(np.ndindex(*distances.shape), key=lambda pair: order[pair]):
        pose, track = int(poses[row]), int(tracks[column])
        if distances[row, column] <= 1.0 and pose not in pairs and track not in pairs.values():
            pairs[pose] = track
    return pairs
