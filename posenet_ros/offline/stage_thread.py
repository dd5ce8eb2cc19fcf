# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A stage of a pipeline in a thread of its own, so that it works on an item while the next stage has the one before."""

from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from typing import TypeAlias, TypeVar

T = TypeVar("T")
Items: TypeAlias = Generator[T, None, None]

THREAD_NAME = "posenet-bag stage"
_MAXIMUM_BUNDLE = 50
# Python's own 5 ms are half the time of a network: so long it would wait for the interpreter after its run.
_SWITCH_INTERVAL_S = 0.0005


def in_thread(items: Items[T], waiting: int, is_large: Callable[[T], bool] = lambda item: True) -> Items[T]:
    """Yield the items, in order, which a thread takes from their source while the caller works.

    An error of the source is raised where its next item would be. If the caller ends early or is interrupted, the
    source is closed and the thread has ended before the caller goes on.

    :param waiting: how many large items may wait for the caller
    :param is_large: whether an item is; small ones go on together with the next large one
    """
    # Unlike queue.Queue these run no Python code, for which threads would have to wait for each other.
    bundles: queue.SimpleQueue[tuple[list[T], BaseException | None]] = queue.SimpleQueue()
    turns: queue.SimpleQueue[None] = queue.SimpleQueue()
    ended = threading.Event()
    for _ in range(waiting):
        turns.put(None)

    def work() -> None:
        bundle: list[T] = []
        end: BaseException = StopIteration()
        try:
            with closing(items):
                for item in items:
                    bundle.append(item)
                    if is_large(item) or len(bundle) == _MAXIMUM_BUNDLE:
                        turns.get()
                        if ended.is_set():
                            break
                        bundles.put((bundle, None))
                        bundle = []
        # Raised again in the caller's thread.
        except BaseException as error:  # noqa: BLE001
            end = error
        bundles.put((bundle, end))

    thread = threading.Thread(target=work, name=THREAD_NAME, daemon=True)
    thread.start()
    try:
        end = None
        while end is None:
            bundle, end = bundles.get()
            turns.put(None)
            yield from bundle
        if not isinstance(end, StopIteration):
            raise end
    finally:
        ended.set()
        turns.put(None)
        thread.join()


@contextmanager
def short_turns() -> Iterator[None]:
    """Have threads hand the interpreter to each other soon, for as long as this lasts."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(min(_SWITCH_INTERVAL_S, usual))
    try:
        yield
    finally:
        sys.setswitchinterval(usual)
