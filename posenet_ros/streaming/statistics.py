# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Statistics of a camera's images: rates, times and counts."""

from __future__ import annotations

import math
import threading
from collections import deque
from dataclasses import dataclass

import numpy as np

from posenet_ros.streaming.arrival_share import LEAST_SHARE, ArrivalShare

# Number of images whose times are kept: a few seconds at most cameras' rates.
_WINDOW = 100
# Single images are lost on the best of networks, and while connections are made.
_MINIMUM_LOST = 10
_LOST_SHARE = 0.1


@dataclass(frozen=True)
class Spread:
    """Median and 95th percentile of a time in seconds; NaN if nothing was measured."""

    median: float
    p95: float


@dataclass(frozen=True)
class FrameReport:
    """The state of a camera's images at one time.

    Rates are in images a second since the report before. ``dropped``, ``bad``, ``failed`` and ``lost`` count from the
    start; ``new_bad``, ``new_failed`` and ``new_lost`` since the report before. ``silence`` is the time in seconds
    since the last image. ``people`` were in the last image. ``loses_images`` tells whether the middleware loses so many
    images on their way that something is wrong. ``arrival_share`` is the share of images, 0 to 1, that arrives as far
    as their stamps tell, NaN if they do not.
    """

    image_rate: float
    pose_rate: float
    inference: Spread
    total: Spread
    age: Spread
    dropped: int
    bad: int
    failed: int
    new_bad: int
    new_failed: int
    silence: float
    people: int
    lost: int = 0
    new_lost: int = 0
    loses_images: bool = False
    arrival_share: float = math.nan


class FrameStatistics:
    """Collects from the receiving and the working thread, and reports.

    :param now: time in seconds of a clock that never jumps; all other times are of the same clock
    """

    def __init__(self, now: float) -> None:
        self._lock = threading.Lock()
        self._arrivals = ArrivalShare()
        self._last_image = now
        self._last_report = now
        self._received = self._processed = self._dropped = self._bad = self._failed = self._lost = self._people = 0
        self._reported = (0, 0, 0, 0, 0)
        self._inference: deque[float] = deque(maxlen=_WINDOW)
        self._total: deque[float] = deque(maxlen=_WINDOW)
        self._age: deque[float] = deque(maxlen=_WINDOW)

    def silence(self, now: float) -> float:
        """Return the seconds since the last image, or since the start."""
        with self._lock:
            return now - self._last_image

    def count_received(self, now: float, stamp: float | None = None) -> bool:
        """Count an image that arrived; return whether stamps tell that too many others got lost on their way.

        :param stamp: in seconds, of any clock; None if no image can get lost
        """
        with self._lock:
            self._received += 1
            self._last_image = now
            if stamp is not None:
                self._arrivals.add(stamp)
            return self._arrivals.share < LEAST_SHARE

    def count_dropped(self) -> None:
        """Count an image that was replaced by a newer one."""
        with self._lock:
            self._dropped += 1

    def count_bad(self) -> None:
        """Count an image that could not be read."""
        with self._lock:
            self._bad += 1

    def count_failed(self) -> None:
        """Count an image that gave no poses although it could be read."""
        with self._lock:
            self._failed += 1

    def count_lost(self, count: int) -> bool:
        """Note that the middleware lost images on their way; return whether these are too many by now."""
        with self._lock:
            self._lost += count
            return self._loses_images()

    def count_processed(self, inference: float, total: float, age: float | None, people: int) -> None:
        """Count published poses, with the seconds in the network, in total, and since the image's stamp, if known."""
        with self._lock:
            self._processed += 1
            self._people = people
            self._inference.append(inference)
            self._total.append(total)
            if age is not None:
                self._age.append(age)

    def forget_times(self) -> None:
        """Clear the times after a change of stride or input size, which changes them."""
        with self._lock:
            for times in (self._inference, self._total, self._age):
                times.clear()

    def times(self) -> Spread:
        """Return the total time that an image takes."""
        with self._lock:
            return _spread(self._total)

    def _loses_images(self) -> bool:
        return self._lost >= max(_MINIMUM_LOST, _LOST_SHARE * (self._lost + self._received))

    def report(self, now: float) -> FrameReport:
        """Return the state, and start a new period for rates and new counts."""
        with self._lock:
            seconds = max(now - self._last_report, 1e-9)
            received, processed, bad, failed, lost = self._reported
            report = FrameReport(
                image_rate=(self._received - received) / seconds,
                pose_rate=(self._processed - processed) / seconds,
                inference=_spread(self._inference),
                total=_spread(self._total),
                age=_spread(self._age),
                dropped=self._dropped,
                bad=self._bad,
                failed=self._failed,
                new_bad=self._bad - bad,
                new_failed=self._failed - failed,
                silence=now - self._last_image,
                people=self._people,
                lost=self._lost,
                new_lost=self._lost - lost,
                loses_images=self._loses_images(),
                arrival_share=self._arrivals.share,
            )
            self._reported = (self._received, self._processed, self._bad, self._failed, self._lost)
            self._last_report = now
        return report


def _spread(values: deque[float]) -> Spread:
    if not values:
        return Spread(float("nan"), float("nan"))
    median, p95 = np.percentile(values, (50, 95))
    return Spread(float(median), float(p95))
