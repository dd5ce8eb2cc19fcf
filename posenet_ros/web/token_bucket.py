# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How often something may happen."""

from __future__ import annotations


class TokenBucket:
    """A limit that lets bursts through.

    :param rate: events per second in the long run
    :param burst: events at once
    :param now: time in seconds of a clock that never jumps, as all other times here
    """

    def __init__(self, rate: float, burst: int, now: float) -> None:
        self._rate = rate
        self._burst = burst
        self._left = float(burst)
        self._last = now

    def allows(self, now: float) -> bool:
        """Count an event and return whether it is within the limit."""
        self._left = min(self._left + (now - self._last) * self._rate, self._burst)
        self._last = now
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True
