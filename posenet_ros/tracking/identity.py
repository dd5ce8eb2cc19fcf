# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Who somebody is, apart from where."""

from __future__ import annotations

from posenet_ros.tracking.looks import Memory

# Looks of so many times are remembered: clothes stay, the light on them does not.
_REMEMBERED = 10


class Identity:
    """An id, what the person looks like, and with whom the person may be confused.

    :param number: the id
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self.looks = Memory(_REMEMBERED)
        self.met: set[Identity] = {self}
        """People, this one too, who have met and of whom it is not certain since who is who."""

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
