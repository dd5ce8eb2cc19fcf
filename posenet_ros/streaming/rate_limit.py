# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A maximum rate, without drift, that may change at any time."""

from __future__ import annotations

import math


class RateLimit:
    """Decides which events may pass, so that their rate stays below a maximum.

    Times are in seconds, of a clock that never jumps.
    """

    def __init__(self) -> None:
        self._counted = -math.inf

    def passes(self, now: float, rate: float) -> bool:
        """Return whether an event now may pass; with a rate of 0 every event does.

        :param rate: maximum in Hz; a change takes effect at once
        """
        if rate <= 0.0:
            self._counted = now
            return True
        period = 1.0 / rate
        due = self._counted + period
        if now < due:
            return False
        # Counted from the time at which the event was due, so that events of another rate still pass at the
        # maximum rate. A time that was missed by a period or more is not made up for.
        self._counted = due if due > now - period else now
        return True
