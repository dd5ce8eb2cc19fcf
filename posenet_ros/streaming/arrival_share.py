# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How many of a camera's images arrive, judged by the stamps of those that do."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

LEAST_SHARE = 0.5
"""With a smaller share, images get lost on their way."""

# Intervals between images that are judged together.
_WINDOW = 30
# A longer interval is a pause, or a jump of the stamps.
_PAUSE_S = 5.0
# Stamps in whole milliseconds are multiples of 1 ms, whatever the camera's rate is.
_SHORTEST_S = 0.002
# A camera is regular if nearly all intervals are multiples of its period, within this share of the period.
_REGULAR = 0.9
_TOLERANCE = 0.2
# Where each image may get lost, the share of intervals of one period is the share of images that arrive. With much
# fewer, what looks like the period is the resolution of the stamps, or two images that were taken by chance at once.
_LEAST_SINGLE = 0.1
_SINGLE_OF_SHARE = 0.5
# Where images get lost, intervals vary from one to the next; where a camera changes its rate, they seldom do.
_VARIED = 1 / 3


class ArrivalShare:
    """Compares the images that arrive with those that a regular camera must have sent meanwhile.

    If the stamps of a camera of 30 Hz are 33, 100, 33, 67 ms apart, three images in seven got lost. A camera of another
    rate, or of a variable one, loses nothing by that: stamps that show no fixed rate tell nothing.
    """

    def __init__(self) -> None:
        self.share = math.nan
        """Share of the images that arrived in the last window, 0 to 1; NaN if the stamps do not tell."""
        # While connections are made, images get lost on good networks, too.
        self._settling = _WINDOW
        self._last: float | None = None
        self._intervals: list[float] = []

    def add(self, stamp: float) -> None:
        """Note an image that arrived, before any is dropped.

        :param stamp: seconds at which it was taken, of any clock
        """
        if self._settling:
            self._settling -= 1
            return
        last, self._last = self._last, stamp
        if last is None or not 0.0 <= stamp - last <= _PAUSE_S:
            self._intervals = []
        elif stamp > last:  # Else it came twice.
            self._intervals.append(stamp - last)
        if len(self._intervals) == _WINDOW:
            self.share = _arrived(np.array(self._intervals))
            self._intervals = []


def _arrived(intervals: NDArray[np.float64]) -> float:
    """Return the share of a regular camera's images that lie so far apart; NaN if the camera is not regular."""
    period = float(np.median(intervals[intervals < 1.5 * intervals.min()]))
    periods = np.ones_like(intervals)
    for _ in range(2):
        periods = np.maximum(np.rint(intervals / period), 1.0)
        period = float(intervals.sum() / periods.sum())
    regular = np.mean(np.abs(intervals - periods * period) <= _TOLERANCE * period) >= _REGULAR
    share = float(len(intervals) / periods.sum())
    believed = np.mean(periods == 1.0) >= max(_LEAST_SINGLE, _SINGLE_OF_SHARE * share)
    if period < _SHORTEST_S or not regular or not believed:
        return math.nan
    varied = np.mean(periods[1:] != periods[:-1]) >= _VARIED
    return share if share >= LEAST_SHARE or varied else math.nan
