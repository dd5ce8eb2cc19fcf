# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What a network would find of people whose keypoints are known, so that trackers can be judged apart from networks.

The figures were measured at 353x481 on the rendered clip of test/data, with the wide network of docs/models.md:
seen keypoints are off by 2 % of the person's size (square root of the box), and that error changes slowly; one in
twenty is elsewhere. Hidden ones have scores of 0.03 to 0.8, half of them 0.3 at least, and a third of them is drawn
towards what is seen. A person of whom fewer than 6 keypoints are seen is mostly not found.
"""

from __future__ import annotations

import math

import numpy as np

from posenet_ros.people import People
from posenet_ros.similarity import object_keypoint_similarity, person_area

# How much of an error is left after a second.
_MEMORY_S = 0.15
_ERROR, _LARGE_ERROR, _LARGE_SHARE = 0.013, 0.12, 0.05
_HALF_FOUND_AT, _FOUND_STEEPNESS = 5.5, 1.0
_MISSED_SHARE = 0.01
# Poses more alike than this are taken for one person's.
_SAME_PERSON = 0.5


class SimulatedNetwork:
    """Finds the people of a sequence with errors like a network's, always the same for a seed.

    :param seed: of the errors
    :param people: how many people the sequence has
    """

    def __init__(self, seed: int, people: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._error = self._rng.normal(0.0, 1.0, (people, 17, 2))
        self._pull = self._rng.normal(0.0, 1.0, (people, 17))
        self._last: float | None = None

    def find(self, keypoints: np.ndarray, visible: np.ndarray, stamp: float) -> tuple[People, np.ndarray]:
        """Return the people, best score first, and who each of them is.

        :param keypoints: [n, 17, 2] pixels, nearest person first where they cover each other
        :param visible: [n, 17] which are seen
        :param stamp: seconds
        """
        rng, kept = self._rng, 0.0
        if self._last is not None:
            kept = math.exp(-max(stamp - self._last, 0.0) / _MEMORY_S)
        self._last = stamp
        fresh = math.sqrt(1.0 - kept**2)
        self._error = kept * self._error + fresh * rng.normal(0.0, 1.0, self._error.shape)
        self._pull = kept * self._pull + fresh * rng.normal(0.0, 1.0, self._pull.shape)
        size = np.sqrt(2.0 * person_area(keypoints))[:, None, None]
        found = keypoints + _ERROR * size * self._error
        elsewhere = visible & (rng.random(visible.shape) < _LARGE_SHARE)
        found[elsewhere] += (_LARGE_ERROR * size * rng.normal(0.0, 1.0, found.shape))[elsewhere]
        scores = np.clip(rng.normal(0.88, 0.08, visible.shape), 0.3, 0.99)
        # A third of the hidden keypoints is drawn towards the middle of what is seen.
        seen = np.maximum(visible.sum(axis=1), 1)[:, None]
        middle = (keypoints * visible[..., None]).sum(axis=1) / seen
        pull = np.clip(1.2 * (self._pull - 0.43), 0.0, 0.9)[..., None]
        hidden = ~visible
        found[hidden] = (found + pull * (middle[:, None] - found))[hidden]
        scores[hidden] = np.clip(rng.exponential(0.35, visible.shape), 0.03, 0.8)[hidden]
        likely = 1.0 / (1.0 + np.exp((_HALF_FOUND_AT - visible.sum(axis=1)) / _FOUND_STEEPNESS))
        who = np.flatnonzero(rng.random(len(keypoints)) < likely * (1.0 - _MISSED_SHARE))
        people = People(found[who], scores[who], scores[who].mean(axis=1))
        best_first = np.argsort(-people.scores, kind="stable")
        people, who = people.select(best_first), who[best_first]
        similarity = object_keypoint_similarity(people.keypoints, people.keypoints)
        doubled = (np.tril(similarity, -1) > _SAME_PERSON).any(axis=1) if len(people) else np.zeros(0, bool)
        return people.select(~doubled), who[~doubled]
