# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Poses that may be second ones of somebody.

Where people cover each other, networks find some of them twice: once for sure, and once more with a limb elsewhere.
They also make a person of a few limbs of somebody.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from posenet_ros.people import People
from posenet_ros.similarity import object_keypoint_similarity, person_area

# ByteTrack's low detections: only a pose of a lower score can be a copy.
WEAK = 0.3
# From this similarity on. Lower, people in photos who stand close are taken for copies; at 0.85 decoders remove them.
_SAME_PERSON_FROM = 0.75
# Of limbs of somebody else can be what is less sure than this, and has more than this share in the other's box.
_UNSURE, _MOST_INSIDE = 0.6, 0.5
# Hands and feet reach so far beyond the keypoints, in the square root of the area.
_BEYOND = 0.1


def weak_copies(people: People) -> NDArray[np.bool_]:
    """Return which poses are weak and nearly where a better one is, [n].

    As where decoders remove copies, keypoints count by what the worse pose saw of them.
    """
    copies = people.scores < WEAK
    weak = np.flatnonzero(copies)
    if len(people) < 2 or not len(weak):
        return np.zeros(len(people), bool)
    seen = people.keypoint_scores[weak, None]
    similarity = object_keypoint_similarity(people.keypoints[weak], people.keypoints, seen)
    better = people.scores > people.scores[weak, None]
    copies[weak] = ((similarity >= _SAME_PERSON_FROM) & better).any(axis=1)
    return np.asarray(copies)


def inside_others(people: People) -> NDArray[np.bool_]:
    """Return which poses may be made of limbs of a better one, [n]: they are not sure, and mostly in its box."""
    unsure = people.scores < _UNSURE
    which = np.flatnonzero(unsure)
    if len(people) < 2 or not len(which):
        return np.zeros(len(people), bool)
    beyond = _BEYOND * np.sqrt(person_area(people.keypoints))[:, None]
    low, high = people.keypoints.min(axis=1) - beyond, people.keypoints.max(axis=1) + beyond
    points, weights = people.keypoints[which, None], people.keypoint_scores[which]
    inside = ((points >= low[:, None]) & (points <= high[:, None])).all(axis=-1)
    share = np.einsum("nmk,nk->nm", inside, weights)
    better = people.scores > people.scores[which, None]
    unsure[which] = ((share > _MOST_INSIDE * weights.sum(axis=1, keepdims=True)) & better).any(axis=1)
    return np.asarray(unsure)
