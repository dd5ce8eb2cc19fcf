# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Stages in threads: order, bounds, errors, and that no thread is left."""

from __future__ import annotations

import sys
import threading
from contextlib import closing

import pytest

from posenet_ros.offline.stage_thread import THREAD_NAME, in_thread, short_turns

TIMEOUT = 20.0


@pytest.fixture(autouse=True)
def no_thread_is_left():
    yield
    assert not [thread for thread in threading.enumerate() if thread.name == THREAD_NAME]


class Source:
    """Yields numbers, and notes what becomes of it."""

    def __init__(self, count: int = 1000, error: BaseException | None = None, error_at_close: bool = False) -> None:
        self.count, self.error, self.error_at_close = count, error, error_at_close
        self.taken = 0
        self.closed = False
        self.threads: set[int] = set()

    def items(self):
        try:
            for number in range(self.count):
                self.taken += 1
                self.threads.add(threading.get_ident())
                yield number
            if self.error is not None:
                raise self.error
        finally:
            self.closed = True
            if self.error_at_close:
                raise OSError("cannot close")


def test_items_come_in_order_from_another_thread():
    source = Source()
    assert list(in_thread(source.items(), 1)) == list(range(1000))
    assert source.closed
    assert source.threads.isdisjoint({threading.get_ident()})


def doubled(numbers):
    with closing(numbers):
        for number in numbers:
            yield 2 * number


def test_stages_follow_each_other():
    source = Source()
    stages = in_thread(doubled(in_thread(doubled(in_thread(source.items(), 1)), 2)), 1, lambda number: number % 7 == 0)
    assert list(stages) == list(range(0, 4000, 4))


@pytest.mark.parametrize("error", [ValueError("broken"), KeyboardInterrupt(), SystemExit(3), GeneratorExit()])
@pytest.mark.parametrize("is_large", [lambda number: True, lambda number: False])
def test_errors_come_after_the_items_before_them(error, is_large):
    source = Source(5, error)
    seen = []
    with pytest.raises(type(error)) as caught:
        seen.extend(in_thread(doubled(in_thread(source.items(), 1, is_large)), 1, is_large))
    assert caught.value is error
    assert seen == [0, 2, 4, 6, 8]
    assert source.closed


def test_an_error_of_closing_is_not_lost():
    source = Source(3, error_at_close=True)
    with pytest.raises(OSError, match="cannot close"):
        list(in_thread(source.items(), 1))


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
@pytest.mark.parametrize("after", [0, 1, 7])
def test_a_caller_that_ends_early_leaves_nothing_behind(error, after):
    source = Source(10**9)

    def consume():
        with closing(in_thread(doubled(in_thread(source.items(), 2)), 2)) as items:
            for number in items:
                if number == 2 * after:
                    raise error

    with pytest.raises(error):
        consume()
    assert source.closed


@pytest.mark.parametrize("waiting", [1, 3])
def test_few_items_are_ahead_of_the_caller(waiting):
    source = Source()
    with closing(in_thread(source.items(), waiting)) as items:
        for number in items:
            # One is with the caller, some wait, and the thread has one.
            assert source.taken <= number + 1 + waiting + 1
            if number == 100:
                break


def test_the_thread_works_while_the_caller_does():
    begun = [threading.Event() for _ in range(3)]

    def items():
        for number, event in enumerate(begun):
            event.set()
            yield number

    with closing(in_thread(items(), 1)) as ahead:
        assert next(ahead) == 0
        assert all(event.wait(TIMEOUT) for event in begun)


def test_small_items_do_not_hold_up_large_ones():
    """Between two large items there may be many small ones, of which all are ahead of the caller."""
    third_is_taken = threading.Event()

    def items():
        for number in range(100):
            if number == 60:
                third_is_taken.set()
            yield number

    with closing(in_thread(items(), 1, lambda number: number % 30 == 0)) as ahead:
        assert next(ahead) == 0
        assert third_is_taken.wait(TIMEOUT)
        assert list(ahead) == list(range(1, 100))


def test_small_items_are_bounded():
    source = Source(10**9)
    with closing(in_thread(source.items(), 1, lambda number: False)) as ahead:
        for _ in range(500):
            number = next(ahead)
        assert source.taken < number + 200


def test_an_iterator_that_is_not_begun_starts_no_thread():
    source = Source()
    in_thread(source.items(), 1).close()
    assert source.taken == 0


def test_threads_take_short_turns_for_a_while():
    usual = sys.getswitchinterval()
    with short_turns():
        assert sys.getswitchinterval() < usual
    assert sys.getswitchinterval() == usual
