# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Lessons that come again and again while a thread makes new ones."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType

import numpy as np

from training.lessons import Lesson


class Shelf:
    """Makes lessons from the start of its ``with`` block to the end, and keeps the newest.

    :param make: makes the lesson of a number, from 0, in a thread of its own
    :param kept: how many lessons are kept
    """

    def __init__(self, make: Callable[[int], Lesson], kept: int) -> None:
        self._make, self._lessons = make, deque[Lesson](maxlen=kept)
        self._thread = ThreadPoolExecutor(1)
        self._chance = np.random.default_rng(0)
        self.made = 0

    def __enter__(self) -> Shelf:
        self._coming: Future[Lesson] = self._thread.submit(self._make, 0)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._thread.shutdown(cancel_futures=True)

    def take(self) -> Lesson:
        """Return the lesson that has just become ready, or else any that is kept; wait for the first."""
        if self._lessons and not self._coming.done():
            return self._lessons[int(self._chance.integers(len(self._lessons)))]
        self._lessons.append(self._coming.result())
        self.made += 1
        self._coming = self._thread.submit(self._make, self.made)
        return self._lessons[-1]
