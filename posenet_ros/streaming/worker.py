# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A worker that always takes the newest item and lets older ones go."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class NewestFirstWorker(Generic[K, T]):
    """Hands the newest item of each queue to a function, in a thread of its own, the queues in turn.

    An item that still waits when the next one of its queue comes is dropped, so that what is processed is
    never older than one round of calls. An exception ends a call, not the thread.

    :param process: called with the queue and the item
    :param on_error: called with the queue and the exception that ``process`` raised
    """

    def __init__(self, process: Callable[[K, T], None], on_error: Callable[[K, Exception], None]) -> None:
        self._process = process
        self._on_error = on_error
        self._changed = threading.Condition()
        # In the order of the next turns: whoever was served goes to the end.
        self._waiting: dict[K, T] = {}
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="newest_first_worker", daemon=True)
        self._thread.start()

    def submit(self, queue: K, item: T) -> bool:
        """Give the worker an item; returns at once, whether an older one was dropped for it."""
        with self._changed:
            dropped = queue in self._waiting
            self._waiting[queue] = item
            self._changed.notify()
        return dropped

    def stop(self) -> None:
        """Let the current call finish, drop what waits and end the thread."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._stopping or self._waiting)
                if self._stopping:
                    return
                queue = next(iter(self._waiting))
                item = self._waiting.pop(queue)
            try:
                self._process(queue, item)
            except Exception as error:  # noqa: BLE001 - a thread has nobody else to tell
                self._on_error(queue, error)
            # Nothing may keep an image alive while there is none to work on.
            del item
