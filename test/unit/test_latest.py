# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import threading

from posenet_ros.latest import LatestWorker

TIMEOUT = 10.0


def test_the_newest_item_wins_and_others_are_counted():
    busy, go_on, done = threading.Event(), threading.Event(), threading.Event()
    seen = []

    def process(item):
        seen.append(item)
        busy.set()
        go_on.wait(TIMEOUT)
        if item == 4:
            done.set()

    worker = LatestWorker(process, lambda error: None)
    worker.submit(0)
    assert busy.wait(TIMEOUT)
    for item in (1, 2, 3, 4):
        worker.submit(item)
    go_on.set()
    assert done.wait(TIMEOUT)
    worker.stop()
    assert seen == [0, 4]
    assert worker.dropped == 3


def test_an_error_is_reported_and_does_not_end_the_worker():
    errors, done = [], threading.Event()

    def process(item):
        if item == "bad":
            raise ValueError(item)
        done.set()

    reported = threading.Event()
    worker = LatestWorker(process, lambda error: (errors.append(str(error)), reported.set()))
    worker.submit("bad")
    assert reported.wait(TIMEOUT)
    worker.submit("good")
    assert done.wait(TIMEOUT)
    worker.stop()
    assert errors == ["bad"]


def test_stop_waits_for_the_item_in_work():
    started, finished = threading.Event(), []

    def process(_):
        started.set()
        threading.Event().wait(0.05)
        finished.append(True)

    worker = LatestWorker(process, lambda error: None)
    worker.submit(1)
    assert started.wait(TIMEOUT)
    worker.stop()
    assert finished == [True]
