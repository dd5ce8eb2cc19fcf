# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import itertools
import logging
import threading
import time

import numpy as np
import pytest

from posenet_ros.camera import image_feed
from posenet_ros.camera.image_feed import ImageFeed, Pace, retry_delays
from posenet_ros.camera.live_source import LiveSource
from posenet_ros.errors import PictureError, SourceAwayError, SourceError
from posenet_ros.streaming.blocked import blocked_threads


def image(value: int) -> np.ndarray:
    return np.full((2, 2, 3), value, np.uint8)


class FakeFile:
    """Images by value; None is a damaged one."""

    description = "fake"

    def __init__(
        self, *values: int | None, positions: tuple[float | None, ...] = (), frame_rate: float = 500.0
    ) -> None:
        self.values = values
        self.frame_rate = frame_rate
        self.positions = positions
        self.position: float | None = None
        self.closed = False
        self.rewind()

    def read(self) -> np.ndarray | None:
        for value in self.left:
            if value is None:
                raise PictureError("one is damaged")
            self.position = next(self.left_positions, None)
            return image(value)
        return None

    def rewind(self) -> None:
        self.left = iter(self.values)
        self.left_positions = iter(self.positions)

    def close(self) -> None:
        self.closed = True


class FakeCamera(LiveSource):
    """Gives some images a millisecond apart, then fails."""

    def __init__(self, images: float) -> None:
        self.description = "fake camera"
        self.size = (4, 2)
        self.left = images
        self.closed = False

    def wait(self) -> None:
        time.sleep(0.001)
        if self.left <= 0:
            raise SourceAwayError("the fake camera gives no images any more")
        self.left -= 1

    def decode(self) -> np.ndarray:
        return image(0)

    def close(self) -> None:
        self.closed = True


@pytest.fixture(autouse=True)
def short_waits(monkeypatch):
    """Spare all tests but those about them the waits for the middleware."""
    monkeypatch.setattr(image_feed, "_SETTLING_S", 0.0)
    monkeypatch.setattr(image_feed, "_LAST_IMAGE_S", 0.0)


class Run:
    """A feed whose output is kept."""

    def __init__(self, open_source, *, frame_rate: float = 0.0, loop: bool = False, heard=lambda: True) -> None:
        self.images: list[np.ndarray] = []
        self.times: list[float] = []
        self.outcomes: list[Exception | None] = []
        self.ended = threading.Event()
        self.feed = ImageFeed(
            open_source,
            frame_rate=frame_rate,
            loop=loop,
            stamp=time.monotonic,
            publish=self._keep,
            end=self._end,
            log=logging.getLogger("feed"),
            heard=heard,
        )
        self.feed.start()

    def _keep(self, image: np.ndarray, stamp: float) -> None:
        self.images.append(image)
        self.times.append(stamp)

    def _end(self, error: Exception | None) -> None:
        self.outcomes.append(error)
        self.ended.set()

    def wait_for(self, count: int) -> None:
        deadline = time.monotonic() + 10.0
        while len(self.images) < count:
            assert time.monotonic() < deadline, f"{len(self.images)} images"
            time.sleep(0.001)

    @property
    def values(self) -> list[int]:
        return [int(image[0, 0, 0]) for image in self.images]


def test_pace_keeps_the_grid_whatever_the_delays():
    pace = Pace(10.0)
    assert pace.time_left(5.0) == 0.0
    pace.step(5.0)
    now = 5.0
    for number in range(1, 100):
        now += 0.06  # work takes its time
        now += pace.time_left(now)
        assert now == pytest.approx(5.0 + 0.1 * number)
        now += 0.03  # the timer is late
        pace.step(now)


def test_pace_skips_what_was_missed_instead_of_a_burst():
    pace = Pace(10.0)
    pace.step(0.0)
    pace.step(5.03)
    assert pace.time_left(5.03) == pytest.approx(0.1)


@pytest.mark.parametrize(("camera_rate", "rate", "expected"), [(30.0, 20.0, 20.0), (30.0, 29.0, 29.0), (30, 30, 30)])
def test_pace_thins_a_live_source_to_its_rate(camera_rate, rate, expected):
    pace = Pace(rate)
    jitter = np.random.default_rng(0).uniform(-0.004, 0.004, 3000)
    taken = []
    for now in np.arange(3000) / camera_rate + jitter:
        if pace.takes(now):
            pace.step(now)
            taken.append(now)
    assert (len(taken) - 1) / (taken[-1] - taken[0]) == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize(("now", "taken"), [(0.0, False), (0.12, False), (0.13, True), (0.25, True), (9.0, True)])
def test_pace_takes_an_image_from_halfway_to_its_time_on(now, taken):
    pace = Pace(4.0)
    pace.step(0.0)
    assert pace.takes(now) == taken


@pytest.mark.parametrize(("now", "left"), [(0.375, 0.125), (0.5, 0.25), (0.75, 0.25)])
def test_a_period_that_was_missed_is_not_made_up_for(now, left):
    pace = Pace(4.0)
    pace.step(0.0)  # the next two are due at 0.25 and 0.5
    pace.step(now)
    assert pace.time_left(now) == left


def test_pace_without_a_rate_takes_everything():
    pace = Pace(0.0)
    for now in (0.0, 0.0, 0.001):
        assert pace.takes(now)
        pace.step(now)


def test_retries_back_off_to_8_seconds():
    assert list(itertools.islice(retry_delays(), 7)) == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0]


def test_file_ends_after_its_last_image(caplog):
    caplog.set_level(logging.INFO)
    source = FakeFile(1, 2, 3)
    run = Run(lambda: source, frame_rate=50.0)
    assert run.ended.wait(10.0)
    assert run.values == [1, 2, 3]
    assert run.outcomes == [None]
    assert source.closed
    assert "the fake gives 50 images a second" in caplog.text
    # Every image has its period, the last as well.
    assert time.monotonic() - run.times[0] >= 0.055
    run.feed.stop()


def test_slow_subscribers_have_time_for_the_last_image(monkeypatch):
    monkeypatch.setattr(image_feed, "_LAST_IMAGE_S", 0.2)
    run = Run(lambda: FakeFile(1))
    assert run.ended.wait(10.0)
    assert time.monotonic() - run.times[0] >= 0.2


def test_file_is_looped_until_stopped():
    run = Run(lambda: FakeFile(1, 2), loop=True)
    run.wait_for(5)
    run.feed.stop()
    assert run.values[:5] == [1, 2, 1, 2, 1]
    assert run.outcomes == []
    assert not blocked_threads()


def test_damaged_image_is_left_out(caplog):
    run = Run(lambda: FakeFile(1, None, 3))
    assert run.ended.wait(10.0)
    assert run.values == [1, 3]
    assert run.outcomes == [None]
    assert [record.levelname for record in caplog.records if "one is damaged" in record.message] == ["ERROR"]


def test_source_that_cannot_be_opened_ends_the_feed():
    def fail():
        raise SourceError("no such webcam")

    run = Run(fail)
    assert run.ended.wait(10.0)
    assert str(run.outcomes[0]) == "no such webcam"


def test_live_source_is_opened_again_and_says_so_once(caplog, monkeypatch):
    monkeypatch.setattr(image_feed, "_FIRST_DELAY_S", 0.01)
    caplog.set_level(logging.INFO)
    cameras = [FakeCamera(5), None, None, FakeCamera(np.inf)]
    opened = iter(cameras)

    def open_next() -> LiveSource:
        camera = next(opened)
        if camera is None:
            raise SourceAwayError("still away")
        return camera

    run = Run(open_next)
    run.wait_for(10)
    run.feed.stop()
    assert set(run.values) == {0}
    assert run.outcomes == []
    assert cameras[0].closed
    assert cameras[3].closed
    # 10, 20 and 40 ms of waiting lie between the two.
    assert max(np.diff(run.times)) >= 0.07
    messages = [(record.levelname, record.message) for record in caplog.records]
    assert [level for level, _ in messages] == ["INFO", "WARNING", "INFO"]
    assert messages[0][1] == "the fake camera gives images of 4x2 pixels"
    assert messages[1][1].startswith("the fake camera gives no images any more")
    assert messages[2][1] == "the fake camera is back"


def test_waiting_begins_anew_after_a_source_that_was_open_for_long(monkeypatch):
    """Else a camera that was away for long once is opened after 8 s for ever."""
    monkeypatch.setattr(image_feed, "_FIRST_DELAY_S", 0.01)
    monkeypatch.setattr(image_feed, "_LONGEST_DELAY_S", 0.3)
    # Away for long, then there for longer than the longest delay, then away for one attempt.
    away = [None] * 6
    cameras = iter([FakeCamera(1), *away, FakeCamera(400), None, FakeCamera(np.inf)])
    attempts = []

    def open_next() -> LiveSource:
        attempts.append(time.monotonic())
        camera = next(cameras)
        if camera is None:
            raise SourceAwayError("still away")
        return camera

    run = Run(open_next)
    run.wait_for(405)
    run.feed.stop()
    waits = np.diff(attempts)
    assert waits[len(away)] >= 0.3
    assert waits[-1] < 0.3


def test_a_source_that_comes_and_goes_is_opened_less_and_less_often(monkeypatch):
    monkeypatch.setattr(image_feed, "_FIRST_DELAY_S", 0.02)
    run = Run(lambda: FakeCamera(1))
    run.wait_for(5)
    run.feed.stop()
    assert run.times[4] - run.times[0] >= 0.02 + 0.04 + 0.08 + 0.16


def test_live_source_is_thinned_to_the_rate_asked_for():
    run = Run(lambda: FakeCamera(np.inf), frame_rate=50.0)
    run.wait_for(11)
    run.feed.stop()
    assert run.times[10] - run.times[0] >= 0.18


def test_stopping_cuts_the_wait_short_and_joins(monkeypatch):
    opened = iter([FakeCamera(1)])
    run = Run(lambda: next(opened))
    run.wait_for(1)
    time.sleep(0.05)
    start = time.monotonic()
    run.feed.stop()
    assert time.monotonic() - start < 0.4  # the delay is 0.5 s
    assert not blocked_threads()
    assert run.outcomes == []


def test_blocked_feed_is_left_and_publishes_no_more(monkeypatch):
    monkeypatch.setattr(image_feed, "_STOP_TIMEOUT_S", 0.05)
    released = threading.Event()

    class Blocked(FakeCamera):
        def wait(self) -> None:
            released.wait()

    run = Run(lambda: Blocked(1))
    run.feed.stop()
    assert blocked_threads()
    # The process can end without it.
    assert all(thread.daemon for thread in threading.enumerate() if thread.name in blocked_threads())
    released.set()
    run.feed.stop()
    assert not blocked_threads()
    assert run.images == []


def test_live_source_that_is_not_there_at_start_is_waited_for(caplog, monkeypatch):
    monkeypatch.setattr(image_feed, "_FIRST_DELAY_S", 0.01)
    monkeypatch.setattr(image_feed, "_LONGEST_DELAY_S", 0.02)
    monkeypatch.setattr(image_feed, "_REMINDER_S", 0.1)
    caplog.set_level(logging.INFO)
    attempts = iter(range(1000))
    begin = time.monotonic()

    def open_next() -> LiveSource:
        if next(attempts) < 20:
            raise SourceAwayError("the fake camera is away")
        return FakeCamera(np.inf)

    run = Run(open_next)
    run.wait_for(3)
    run.feed.stop()
    assert run.outcomes == []
    warnings = [record.message for record in caplog.records if record.levelname == "WARNING"]
    assert warnings[0] == "the fake camera is away; it is tried again until it is there"
    assert set(warnings[1:]) == {"still waiting: the fake camera is away"}
    # One line for each reminder's period, not for each attempt.
    assert 1 <= len(warnings[1:]) <= (time.monotonic() - begin) / 0.1
    assert any("is back" in record.message for record in caplog.records)


def test_waiting_for_a_source_can_be_stopped():
    def fail():
        raise SourceAwayError("away")

    run = Run(fail)
    time.sleep(0.05)
    run.feed.stop()
    assert not blocked_threads()
    assert run.outcomes == []


def test_images_that_are_played_once_wait_for_a_subscriber(caplog):
    caplog.set_level(logging.INFO)
    heard = threading.Event()
    run = Run(lambda: FakeFile(1, 2, 3), heard=heard.is_set)
    time.sleep(0.3)
    assert run.values == []
    heard.set()
    assert run.ended.wait(10.0)
    assert run.values == [1, 2, 3]
    assert sum("for a subscriber" in record.message for record in caplog.records) == 1


def test_images_are_played_at_last_where_nobody_subscribes(caplog, monkeypatch):
    monkeypatch.setattr(image_feed, "_LONGEST_WAIT_S", 0.1)
    run = Run(lambda: FakeFile(1, 2), heard=lambda: False)
    assert run.ended.wait(10.0)
    assert run.values == [1, 2]
    assert "nobody subscribed within 0.1 s" in caplog.text


def test_images_that_are_played_again_and_again_wait_for_nobody():
    run = Run(lambda: FakeFile(1, 2), loop=True, heard=lambda: False)
    run.wait_for(3)
    run.feed.stop()


def assert_played_at(intervals: list[float], tolerance: float, source: FakeFile, **options: float) -> None:
    """A busy machine wakes the feed late; then it plays again. Times that are wrong stay wrong."""
    for _ in range(10):
        source.rewind()
        run = Run(lambda: source, **options)
        assert run.ended.wait(10.0)
        found = np.diff(run.times)
        if found == pytest.approx(intervals, abs=tolerance):
            return
    pytest.fail(f"{found} s between the images, expected {intervals}")


def test_a_recording_that_is_not_evenly_spaced_keeps_its_times():
    assert_played_at([0.05, 0.2, 0.05], 0.03, FakeFile(1, 2, 3, 4, positions=(0.0, 0.05, 0.25, 0.3)))


@pytest.mark.parametrize("positions", [(5.0, 1.0, 0.0), (0.0, 0.0, 0.0), (None, 1.0, None), (0.0, 4000.0, 9000.0)])
def test_times_that_cannot_be_right_are_ignored(positions):
    assert_played_at([0.05, 0.05], 0.03, FakeFile(1, 2, 3, positions=positions, frame_rate=20.0))


def test_a_rate_that_is_asked_for_counts_more_than_the_recording():
    assert_played_at([0.02, 0.02], 0.02, FakeFile(1, 2, 3, positions=(0.0, 0.5, 1.0)), frame_rate=50.0)
