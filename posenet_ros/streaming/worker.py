# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A thread that always processes the newest item and drops older ones."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from posenet_ros.streaming.blocked import THREAD_NAME

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class NewestFirstWorker(Generic[K, T]):
    """Calls a function with the newest item of each queue in turn, in a thread of its own.

    If an item still waits when the next one of its queue arrives, it is dropped. No item waits for longer than
    one round of calls. An exception ends a call, not the thread.

    :param process: called with the queue and the item
    :param on_error: called with the queue and the exception that ``process`` raised
    """

    def __init__(self, process: Callable[[K, T], None], on_error: Callable[[K, Exception], None]) -> None:
        self._process = process
        self._on_error = on_error
        self._changed = threading.Condition()
        # In the order of the next turns: a queue that was served goes to the end.
        self._waiting: dict[K, T] = {}
        self._busy_since: float | None = None
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=f"{THREAD_NAME} worker", daemon=True)
        self._thread.start()

    def submit(self, queue: K, item: T) -> bool:
        """Give the worker an item, without waiting; return whether an older item was dropped for it."""
        with self._changed:
            dropped = queue in self._waiting
            self._waiting[queue] = item
            self._changed.notify()
        return dropped

    def busy_seconds(self) -> float:
        """Return for how many seconds the worker has been processing its item; 0 if it waits for one."""
        with self._changed:
            return 0.0 if self._busy_since is None else time.monotonic() - self._busy_since

    def stop(self, timeout: float) -> bool:
        """Drop the waiting items and end the thread after its present item; return whether it has ended.

        :param timeout: seconds to wait for the present item; a thread that takes longer ends later
        """
        with self._changed:
            self._stopping = True
            self._waiting.clear()
            self._changed.notify()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    @property
    def alive(self) -> bool:
        """Whether the thread still runs."""
        return self._thread.is_alive()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._stopping or self._waiting)
                if self._stopping:
                    return
                queue = next(iter(self._waiting))
                item = self._waiting.pop(queue)
                self._busy_since = time.monotonic()
            try:
                self._process(queue, item)
            except Exception as error:  # noqa: BLE001 - a thread has nobody else to tell
                # What the function needs may be destroyed by now.
                if not self._stopping:
                    self._on_error(queue, error)
            # A waiting worker must not keep the memory of its last image.
            del item
            with self._changed:
                self._busy_since = None
