# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Time that only goes forward, from the stamps of images, which may not."""

from __future__ import annotations

# Of images without usable stamps.
_USUAL_INTERVAL_S = 1.0 / 30.0


class FrameClock:
    """Turns the stamps of images into a time that grows with every image.

    Stamps may be missing (all alike) or jump back (a recording that starts again): then the image counts as the
    next one of a camera at 30 Hz. Where stamps jump back once and then go on as before, so does the time.
    """

    def __init__(self) -> None:
        self.jumped = False
        """Whether the last stamp was no later than the one before."""
        self._stamp: float | None = None
        self._now = 0.0
        # Stamp and time before the last jump back.
        self._before: tuple[float, float] | None = None

    def advance(self, stamp: float) -> float:
        """Return the time in seconds of the image with this stamp in seconds."""
        elapsed = _USUAL_INTERVAL_S if self._stamp is None else stamp - self._stamp
        self.jumped = elapsed < 0.0
        if self.jumped and self._stamp is not None:
            self._before = self._stamp, self._now
        elif self._before is not None:
            resumed = (stamp - self._before[0]) - (self._now - self._before[1])
            if 0.0 < resumed < elapsed:
                elapsed = resumed
        if elapsed <= 0.0:
            elapsed = _USUAL_INTERVAL_S
        self._stamp = stamp
        self._now += elapsed
        return self._now
