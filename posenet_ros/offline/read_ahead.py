# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Reading and decoding images while the network works on the ones before."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from typing import TypeVar

T = TypeVar("T")
_CHECK_S = 0.2


def read_ahead(items: Iterator[T], length: int) -> Iterator[T]:
    """Yield the items, which a thread takes from their source while the caller works.

    :param length: maximum number of items that wait; with 0 there is no thread
    """
    if not length:
        yield from items
        return
    waiting: queue.Queue[tuple[T | None, BaseException | None]] = queue.Queue(length)
    ended = threading.Event()

    def put(entry: tuple[T | None, BaseException | None]) -> bool:
        while not ended.is_set():
            try:
                waiting.put(entry, timeout=_CHECK_S)
            except queue.Full:
                continue
            return True
        return False

    def take() -> None:
        try:
            for item in items:
                if not put((item, None)):
                    return
            put((None, StopIteration()))
        # Raised again in the caller's thread.
        except BaseException as error:  # noqa: BLE001
            put((None, error))
        finally:
            close = getattr(items, "close", None)
            if close is not None:
                close()

    thread = threading.Thread(target=take, name="read_ahead", daemon=True)
    thread.start()
    try:
        while True:
            item, error = waiting.get()
            if isinstance(error, StopIteration):
                return
            if error is not None:
                raise error
            assert item is not None
            yield item
    finally:
        ended.set()
        thread.join()
