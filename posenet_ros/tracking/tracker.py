# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Who is who, from image to image."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from posenet_ros.people import People
from posenet_ros.similarity import object_keypoint_similarity, person_area
from posenet_ros.tracking.clock import FrameClock

# Less alike, two poses are two people's.
_LEAST_SIMILARITY = 0.2
# How fast people change their course, in the square root of their area (about 0.6 m) a second: so much more
# may a person be elsewhere than expected for each second unseen. Set for walking people, who turn and stop.
_UNFORESEEN_SPEED = 1.5
# Velocity is averaged over so many seconds, since key points jitter by more than people move between two images.
_VELOCITY_MEMORY_S = 0.2
# Of a key point, in the same unit as above: the mean of COCO's.
_USUAL_DEVIATION = 0.13
_TINY = np.finfo(np.float64).tiny


@dataclass
class _Track:
    """A person as last seen."""

    number: int
    keypoints: NDArray[np.float64]
    scores: NDArray[np.float64]
    velocity: NDArray[np.float64]
    seen: float

    def predict(self, now: float) -> NDArray[np.float64]:
        """Return where the key points would be if the person had gone on like that, [17, 2]."""
        return self.keypoints + self.velocity * (now - self.seen)


class PersonTracker:
    """Gives each person an id, kept from image to image.

    People are assigned to those of the images before by object key point similarity (OKS, COCO) with where these
    are expected, such that the sum is largest (the assignment problem; scipy's solver). Whoever is like nobody
    gets a new id; ids are never given twice.

    :param patience: seconds for which a person who is not seen keeps the id
    :param numbers: where new ids come from; shared by trackers whose ids must differ
    """

    def __init__(self, patience: float = 1.0, numbers: Iterator[int] | None = None) -> None:
        self.patience = patience
        self._numbers = numbers if numbers is not None else count()
        self._clock = FrameClock()
        self._tracks: list[_Track] = []

    def update(self, people: People, stamp: float) -> People:
        """Return the people with ids.

        :param stamp: seconds at which the image was taken; a stamp that stands still or jumps back counts as
            the next image of a camera at 30 Hz
        """
        now = self._clock.advance(stamp)
        if self._clock.jumped:
            for track in self._tracks:
                track.velocity[:] = 0.0
        self._tracks = [track for track in self._tracks if now - track.seen <= self.patience]
        assigned = self._assign(people, now)
        ids = np.zeros(len(people), np.int64)
        for person in range(len(people)):
            keypoints, scores = people.keypoints[person], people.keypoint_scores[person]
            if person in assigned:
                track = assigned[person]
                _move(track, keypoints, scores, now)
            else:
                track = _Track(next(self._numbers), keypoints, scores, np.zeros(2), now)
                self._tracks.append(track)
            ids[person] = track.number
        return people.identified_as(ids)

    def _assign(self, people: People, now: float) -> dict[int, _Track]:
        if not len(people) or not self._tracks:
            return {}
        expected = np.array([track.predict(now) for track in self._tracks])
        unseen = np.array([now - track.seen for track in self._tracks])
        scores = np.array([track.scores for track in self._tracks])
        slack = _UNFORESEEN_SPEED * unseen
        similarity = object_keypoint_similarity(
            people.keypoints,
            expected,
            # What one of the two images did not show says nothing.
            weights=np.minimum(people.keypoint_scores[:, None], scores[None]) + _TINY,
            slack=slack * np.sqrt(person_area(expected)),
        )
        # Unlike pairs must not keep alike ones apart.
        similarity[similarity < _LEAST_SIMILARITY] = 0.0
        # Somebody unseen for long may be anywhere around, which makes each place less likely (the factor
        # before a normal distribution in the plane): whoever was seen just now comes first.
        likelihood = similarity / (1.0 + (slack / _USUAL_DEVIATION) ** 2)
        rows, columns = linear_sum_assignment(likelihood, maximize=True)
        return {
            person: self._tracks[track]
            for person, track in zip(rows.tolist(), columns.tolist(), strict=True)
            if similarity[person, track] > 0.0
        }


def _move(track: _Track, keypoints: NDArray[np.float64], scores: NDArray[np.float64], now: float) -> None:
    elapsed = now - track.seen
    # The person as a whole: limbs swing.
    weights = np.minimum(scores, track.scores) + _TINY
    step = (weights[:, None] * (keypoints - track.keypoints)).sum(axis=0) / weights.sum()
    share = 1.0 - np.exp(-elapsed / _VELOCITY_MEMORY_S)
    track.velocity = track.velocity + share * (step / elapsed - track.velocity)
    track.keypoints, track.scores, track.seen = keypoints, scores, now
