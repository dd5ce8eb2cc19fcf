# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The stages of a job: order, whose people are whose, errors of every stage, and that no thread is left."""

from __future__ import annotations

import random
import sys
import threading
import time
from contextlib import closing

import numpy as np
import pytest

pytest.importorskip("rosbags", reason="rosbags is an optional library")

from bag_runs import SIZE, place_in

from mini_posenet import keypoints_of, paint
from posenet_ros.errors import BagError, ImageError, ModelError
from posenet_ros.estimator import PoseEstimator
from posenet_ros.offline.found_people import find_people
from posenet_ros.offline.frames import Frame
from posenet_ros.offline.segments import known_people
from posenet_ros.offline.stage_thread import THREAD_NAME
from posenet_ros.offline.topics import Camera
from posenet_ros.settings.pose import PoseSettings

TIMEOUT = 20.0
SETTINGS = PoseSettings(decoder="multi")
CAMERA = Camera("/image", compressed=False, prefix="")
STAGES = ("prepare", "infer", "decode")


@pytest.fixture
def estimator(mini_model) -> PoseEstimator:
    return PoseEstimator(mini_model, num_threads=1)


@pytest.fixture(autouse=True)
def nothing_is_left():
    interval = sys.getswitchinterval()
    yield
    assert not [thread for thread in threading.enumerate() if thread.name == THREAD_NAME]
    assert sys.getswitchinterval() == interval


def messages(count: int, others: int = 0):
    """Yield images whose people stand at place_in(number), and other messages before each."""
    for number in range(count):
        for _ in range(others):
            yield Frame("/note", number, b"note")
        yield Frame("/image", number, b"", CAMERA, None, paint(SIZE, [place_in(number)]))


def check_people(number: int, people) -> None:
    np.testing.assert_allclose(people.keypoints, keypoints_of([place_in(number)]), atol=1e-3)


@pytest.mark.parametrize("overlap", [False, True])
def test_each_image_has_its_people_in_order(estimator, monkeypatch, overlap):
    """However long each stage takes for each image."""
    chance = random.Random(0)

    def slowly(function):
        def run(*arguments):
            time.sleep(chance.choice((0.0, 0.0, 0.001, 0.006)))
            return function(*arguments)

        return run

    for stage in STAGES:
        monkeypatch.setattr(estimator, stage, slowly(getattr(estimator, stage)))
    with closing(find_people(messages(60, 2), estimator, SETTINGS, overlap=overlap)) as found:
        entries = list(found)
    assert [frame.time for frame, _ in entries] == [number for number in range(60) for _ in range(3)]
    for frame, people in entries:
        if frame.camera is None:
            assert people is None
        else:
            check_people(frame.time, people)


def test_all_three_stages_work_at_once(estimator, monkeypatch):
    """Each stage waits until the others have begun: one after the other, they would wait for ever."""
    meeting = threading.Barrier(3)
    calls = dict.fromkeys(STAGES, 0)
    threads = {stage: set() for stage in STAGES}

    def meet(stage, first):
        function = getattr(estimator, stage)

        def run(*arguments):
            threads[stage].add(threading.get_ident())
            calls[stage] += 1
            if calls[stage] == first:
                meeting.wait(TIMEOUT)
            return function(*arguments)

        return run

    for stage, first in (("prepare", 3), ("infer", 2), ("decode", 1)):
        monkeypatch.setattr(estimator, stage, meet(stage, first))
    with closing(find_people(messages(6), estimator, SETTINGS, overlap=True)) as found:
        assert len(list(found)) == 6
    assert len(set.union(*threads.values())) == 3
    assert threads["decode"] == {threading.get_ident()}


def test_without_overlap_there_is_one_thread(estimator, monkeypatch):
    threads = set()

    def noted(function):
        return lambda *arguments: threads.add(threading.get_ident()) or function(*arguments)

    for stage in STAGES:
        monkeypatch.setattr(estimator, stage, noted(getattr(estimator, stage)))
    with closing(find_people(messages(3), estimator, SETTINGS, overlap=False)) as found:
        assert len(list(found)) == 3
    assert threads == {threading.get_ident()}


def take(source, estimator, overlap: bool, seen: list[int]) -> None:
    """Note the numbers of the images whose people were found."""
    with closing(find_people(source, estimator, SETTINGS, overlap=overlap)) as found:
        for frame, people in found:
            check_people(frame.time, people)
            seen.append(frame.time)


def failing_at(estimator, monkeypatch, stage: str, call: int, error: BaseException) -> None:
    """Have a stage of the estimator fail once."""
    function, calls = getattr(estimator, stage), []

    def run(*arguments):
        calls.append(None)
        if len(calls) == call:
            raise error
        return function(*arguments)

    monkeypatch.setattr(estimator, stage, run)


@pytest.mark.parametrize("overlap", [False, True])
@pytest.mark.parametrize(
    ("stage", "error"), [("prepare", ImageError("odd")), ("infer", ModelError("odd")), ("decode", ModelError("odd"))]
)
def test_an_image_that_cannot_be_used_is_one_problem(estimator, monkeypatch, overlap, stage, error):
    failing_at(estimator, monkeypatch, stage, 3, error)
    with closing(find_people(messages(8), estimator, SETTINGS, overlap=overlap)) as found:
        entries = list(found)
    assert [frame.time for frame, _ in entries] == list(range(8))
    for number, (frame, people) in enumerate(entries):
        assert frame.problem is (error if number == 2 else None)
        if number == 2:
            assert people is None
        else:
            check_people(number, people)


@pytest.mark.parametrize("overlap", [False, True])
@pytest.mark.parametrize("error", [RuntimeError("bug"), MemoryError(), KeyboardInterrupt()])
@pytest.mark.parametrize("stage", STAGES)
def test_other_errors_of_a_stage_end_the_job_after_the_images_before(estimator, monkeypatch, overlap, stage, error):
    failing_at(estimator, monkeypatch, stage, 4, error)
    seen = []
    with pytest.raises(type(error)) as caught:
        take(messages(1000), estimator, overlap, seen)
    assert caught.value is error
    assert seen == [0, 1, 2]


@pytest.mark.parametrize("overlap", [False, True])
def test_a_bag_that_cannot_be_read_on_is_an_error_after_its_images(estimator, overlap):
    def broken():
        yield from messages(3)
        raise BagError("cut off")

    seen = []
    with pytest.raises(BagError, match="cut off"):
        take(broken(), estimator, overlap, seen)
    assert seen == [0, 1, 2]


@pytest.mark.parametrize("overlap", [False, True])
@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_messages_are_closed_when_the_writer_fails(estimator, overlap, error):
    closed = []

    def endless():
        try:
            while True:
                yield from messages(1)
        finally:
            closed.append(True)

    def write():
        with closing(find_people(endless(), estimator, SETTINGS, overlap=overlap)) as found:
            for number, _ in enumerate(found):
                if number == 5:
                    raise error

    with pytest.raises(error):
        write()
    assert closed == [True]


def test_images_in_memory_are_bounded(estimator):
    taken = []

    def noted():
        for frame in messages(50):
            taken.append(frame.time)
            yield frame

    with closing(find_people(noted(), estimator, SETTINGS, overlap=True)) as found:
        for frame, _ in found:
            # With the writer, waiting for it, in the network's hand, waiting for that, in the reader's hand.
            assert len(taken) - frame.time <= 6
            time.sleep(0.002)


def test_people_of_segments_of_a_bag_that_has_changed_are_problems():
    found = list(known_people(messages(2), [], [CAMERA.image]))
    assert [people for _, people in found] == [None, None]
    assert all("remove its .segments folder" in str(frame.problem) for frame, _ in found)
