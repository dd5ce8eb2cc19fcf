# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Steady keypoints: little jitter at rest, little lag in motion.

G. Casiez, N. Roussel and D. Vogel, *1 Euro Filter: A Simple Speed-based Low-pass Filter for Noisy Input in
Interactive Systems*, CHI 2012.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from posenet_ros.people import People
from posenet_ros.similarity import person_area
from posenet_ros.tracking.clock import FrameClock

# A filter that has not been fed for so long knows nothing of where its person is.
_MEMORY_S = 1.0


@dataclass(frozen=True)
class OneEuroOptions:
    """Settings of the filter, in the names of its authors.

    Speeds are in the square root of the person's area (about 0.6 m) a second, so that people far away are
    filtered like people close by.

    :param min_cutoff: Hz, the cutoff frequency at rest: less jitter the lower it is
    :param beta: Hz for each unit of speed: less lag the higher it is
    :param derivative_cutoff: Hz, of the filter of the speed
    """

    min_cutoff: float = 0.8
    beta: float = 5.0
    derivative_cutoff: float = 1.0


class OneEuroFilter:
    """The filter of one person's keypoints; a keypoint's two coordinates share a cutoff."""

    def __init__(self, keypoints: NDArray[np.float64], now: float, options: OneEuroOptions) -> None:
        self._options = options
        self._keypoints = keypoints
        self._velocities = np.zeros_like(keypoints)
        self.fed = now

    def update(self, keypoints: NDArray[np.float64], now: float) -> NDArray[np.float64]:
        """Return the filtered keypoints, [17, 2] pixels; ``now`` in seconds must grow."""
        interval = now - self.fed
        moved = keypoints - self._keypoints
        velocities = moved / interval
        self._velocities += float(_share(self._options.derivative_cutoff, interval)) * (velocities - self._velocities)
        unit = math.sqrt(person_area(keypoints[None])[0])
        speeds = np.linalg.norm(self._velocities, axis=-1, keepdims=True) / unit
        cutoff = self._options.min_cutoff + self._options.beta * speeds
        self._keypoints = self._keypoints + _share(cutoff, interval) * moved
        self.fed = now
        return self._keypoints


def _share(cutoff: NDArray[np.float64] | float, interval: float) -> NDArray[np.float64]:
    """Return how much of a new value goes into the filtered one."""
    turn = 2.0 * math.pi * np.asarray(cutoff) * interval
    return np.asarray(turn / (turn + 1.0))


class PeopleSmoother:
    """Filters the keypoints of each person, known by the id."""

    def __init__(self, options: OneEuroOptions | None = None) -> None:
        self._options = options or OneEuroOptions()
        self._clock = FrameClock()
        self._filters: dict[int, OneEuroFilter] = {}

    def update(self, people: People, stamp: float) -> People:
        """Return the people with filtered keypoints.

        :param people: with ids, as :class:`posenet_ros.tracking.tracker.PersonTracker` gives them
        :param stamp: seconds at which the image was taken; where it jumps back, the filters start again
        :raises ValueError: if the people have no ids
        """
        if people.ids is None:
            raise ValueError("people have no ids: track them before smoothing")
        now = self._clock.advance(stamp)
        if self._clock.jumped:
            self._filters.clear()
        self._filters = {number: kept for number, kept in self._filters.items() if now - kept.fed <= _MEMORY_S}
        keypoints = people.keypoints.copy()
        for person, number in enumerate(people.ids.tolist()):
            if number in self._filters:
                keypoints[person] = self._filters[number].update(keypoints[person], now)
            else:
                self._filters[number] = OneEuroFilter(keypoints[person], now, self._options)
        return people.moved_to(keypoints)
