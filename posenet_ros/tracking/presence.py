# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Who is around, though not seen in every image."""

from __future__ import annotations

from collections.abc import Iterable


class Presence:
    """Keeps people for a while after they were seen last."""

    def __init__(self) -> None:
        self._seen: dict[int, float] = {}
        self._now = float("-inf")

    def update(self, ids: Iterable[int], seconds: float, patience: float) -> tuple[list[int], list[int]]:
        """Return who is around now, in order of the ids, and who has just gone.

        :param ids: who is seen
        :param seconds: time of the image; when it goes back, as where a recording starts again, all others are gone
        :param patience: seconds for which somebody who is not seen stays
        """
        before = set(self._seen)
        if seconds < self._now:
            self._seen = {}
        self._now = seconds
        seen = set(ids)
        kept = {number: time for number, time in self._seen.items() if number in seen or seconds - time <= patience}
        self._seen = kept | dict.fromkeys(seen, seconds)
        return sorted(self._seen), sorted(before - set(self._seen))
