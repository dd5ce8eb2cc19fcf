# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How often frames come, and for how long people have been in view."""

from __future__ import annotations

from collections import deque

from posenet_ros.people import People

_WINDOW_S = 2.0
# An id that comes back within this time was never away.
_MEMORY_S = 10.0


class RateMeter:
    """Events per second over the last two seconds; all times are in seconds of a clock that never jumps."""

    def __init__(self) -> None:
        self._times: deque[float] = deque()

    def count(self, now: float) -> None:
        """Note an event."""
        self._times.append(now)
        self._forget(now)

    def rate(self, now: float) -> float:
        """Return the events per second."""
        self._forget(now)
        return len(self._times) / _WINDOW_S

    def _forget(self, now: float) -> None:
        while self._times and self._times[0] <= now - _WINDOW_S:
            self._times.popleft()


class Presence:
    """Remembers when each id was first and last seen; times are the images' stamps, in seconds."""

    def __init__(self) -> None:
        self._first: dict[int, float] = {}
        self._last: dict[int, float] = {}

    def update(self, people: People, stamp: float) -> dict[int, float]:
        """Note who is there, and return for how many seconds each id has been."""
        for number in [] if people.ids is None else people.ids.tolist():
            # Stamps that jump back are a recording's, played again.
            if number not in self._first or not 0.0 <= stamp - self._last[number] <= _MEMORY_S:
                self._first[number] = stamp
            self._last[number] = stamp
        for number in [number for number, last in self._last.items() if abs(stamp - last) > _MEMORY_S]:
            del self._first[number], self._last[number]
        return {number: stamp - first for number, first in self._first.items()}
