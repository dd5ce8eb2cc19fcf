# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Who somebody is, apart from where."""

from __future__ import annotations

import numpy as np

from posenet_ros.tracking.looks import Look

# So much of a new look is learned: clothes stay, the light on them does not.
_LEAST_LEARNED = 0.1


class Identity:
    """An id, what the person looks like, and with whom the person may be confused.

    :param number: the id
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self.look: Look | None = None
        """None until the person was seen alone."""
        self.met: set[Identity] = {self}
        """People, this one too, who have met and of whom it is not certain since who is who."""
        self._learned = 0

    def learn(self, look: Look) -> None:
        """Remember what the person looks like."""
        self._learned += 1
        if self.look is None:
            self.look = look
            return
        share = max(1.0 / self._learned, _LEAST_LEARNED)
        known = np.where(np.isfinite(self.look), self.look + share * (look - self.look), look)
        self.look = np.where(np.isfinite(look), known, self.look)

    def meet(self, other: Identity) -> None:
        """From now on the two, and whomever they have met, may be confused."""
        if other in self.met:
            return
        met = self.met | other.met
        for person in met:
            person.met = met

    def part(self) -> None:
        """From now on it is certain who this is."""
        self.met.discard(self)
        self.met = {self}
