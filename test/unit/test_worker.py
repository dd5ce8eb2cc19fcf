# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import threading

from posenet_ros.streaming.worker import NewestFirstWorker

TIMEOUT = 10.0


def ignore(queue, error):
    pass


def test_the_newest_item_wins_and_others_are_told():
    busy, go_on, done = threading.Event(), threading.Event(), threading.Event()
    seen = []

    def process(queue, item):
        seen.append((queue, item))
        busy.set()
        go_on.wait(TIMEOUT)
        if item == 4:
            done.set()

    worker = NewestFirstWorker(process, ignore)
    assert worker.submit("camera", 0) is False
    assert busy.wait(TIMEOUT)
    assert [worker.submit("camera", item) for item in (1, 2, 3, 4)] == [False, True, True, True]
    go_on.set()
    assert done.wait(TIMEOUT)
    assert worker.stop(TIMEOUT)
    assert seen == [("camera", 0), ("camera", 4)]


def test_queues_take_turns():
    """A camera that always has a new image gets every second turn, not all of them."""
    busy, go_on, done = threading.Event(), threading.Event(), threading.Event()
    seen = []

    def process(queue, item):
        busy.set()
        go_on.wait(TIMEOUT)
        seen.append(queue)
        for name in ("fast", "slow") if queue == "slow" else ("fast",):
            worker.submit(name, None)
        if len(seen) == 8:
            done.set()

    worker = NewestFirstWorker(process, ignore)
    worker.submit("fast", None)
    assert busy.wait(TIMEOUT)
    worker.submit("slow", None)
    go_on.set()
    assert done.wait(TIMEOUT)
    assert worker.stop(TIMEOUT)
    assert seen[:8] == ["fast", "slow"] * 4


def test_an_error_is_reported_and_does_not_end_the_worker():
    errors, done = [], threading.Event()

    def process(queue, item):
        if item == "bad":
            raise ValueError(item)
        done.set()

    reported = threading.Event()
    worker = NewestFirstWorker(process, lambda queue, error: (errors.append((queue, str(error))), reported.set()))
    worker.submit("camera", "bad")
    assert reported.wait(TIMEOUT)
    worker.submit("camera", "good")
    assert done.wait(TIMEOUT)
    assert worker.stop(TIMEOUT)
    assert errors == [("camera", "bad")]


def test_stop_waits_for_the_item_in_work():
    started, finished = threading.Event(), []

    def process(queue, item):
        started.set()
        threading.Event().wait(0.05)
        finished.append(True)

    worker = NewestFirstWorker(process, ignore)
    worker.submit("camera", 1)
    assert started.wait(TIMEOUT)
    assert worker.stop(TIMEOUT)
    assert finished == [True]
