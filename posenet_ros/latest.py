# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A worker that always takes the newest item and lets older ones go."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class LatestWorker(Generic[T]):
    """Hands the newest submitted item to a function in a thread of its own.

    An item that is still waiting when the next one comes is dropped and counted, so that what is
    processed is never older than one call of the function. Exceptions end the process function's call,
    not the thread: they go to ``on_error``.
    """

    def __init__(self, process: Callable[[T], None], on_error: Callable[[Exception], None]) -> None:
        self._process = process
        self._on_error = on_error
        self._changed = threading.Condition()
        self._waiting: T | None = None
        self._stopping = False
        self._dropped = 0
        self._thread = threading.Thread(target=self._run, name="latest_worker", daemon=True)
        self._thread.start()

    @property
    def dropped(self) -> int:
        """Number of items that gave way to a newer one."""
        return self._dropped

    def submit(self, item: T) -> None:
        """Give the worker an item; returns at once."""
        with self._changed:
            if self._waiting is not None:
                self._dropped += 1
            self._waiting = item
            self._changed.notify()

    def stop(self) -> None:
        """Let the current call finish, drop what waits and end the thread."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._stopping or self._waiting is not None)
                if self._stopping:
                    return
                item, self._waiting = self._waiting, None
            try:
                self._process(item)  # type: ignore[arg-type]
            except Exception as error:  # noqa: BLE001 - a thread has nobody else to tell
                self._on_error(error)
