# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Where each person has been in the last seconds."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray


class Trails:
    """The latest places of people, by id."""

    def __init__(self) -> None:
        self._places: dict[int, deque[tuple[float, NDArray[np.float64]]]] = {}
        self._now = -np.inf

    def update(
        self, places: Mapping[int, NDArray[np.float64]], seconds: float, duration: float
    ) -> dict[int, NDArray[np.float64]]:
        """Add where people are now and return each one's places, [m, 3], oldest first.

        :param places: [3] of each id; ones that are not finite are left out
        :param seconds: time of the places; when it goes back, as where a recording starts again, all others are
            dropped; of two places at one time the later one counts
        :param duration: places that are older by so many seconds are dropped; 0 keeps none
        """
        if seconds < self._now:
            self._places.clear()
        self._now = seconds
        for number, place in places.items():
            if duration > 0.0 and np.isfinite(place).all():
                trail = self._places.setdefault(number, deque())
                if trail and trail[-1][0] == seconds:
                    trail.pop()
                trail.append((seconds, place))
        for number, trail in list(self._places.items()):
            while trail and trail[0][0] < seconds - duration:
                trail.popleft()
            if not trail or duration <= 0.0:
                del self._places[number]
        return {number: np.stack([place for _, place in trail]) for number, trail in self._places.items()}
