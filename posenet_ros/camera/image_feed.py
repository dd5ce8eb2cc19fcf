# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A thread that reads a source of images at a steady rate, starts it again and reopens it when it fails."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Generic, Protocol, TypeVar

from posenet_ros.camera.image_source import BgrImage, FileSource
from posenet_ros.camera.live_source import LiveSource
from posenet_ros.errors import PictureError, SourceAwayError
from posenet_ros.streaming.blocked import THREAD_NAME

Stamp = TypeVar("Stamp")

_FIRST_DELAY_S = 0.5
_LONGEST_DELAY_S = 8.0
# A source that stays away is spoken of so often.
_REMINDER_S = 60.0
# How long images that are played once wait for a subscriber, who may have a model to load or to fetch.
_LONGEST_WAIT_S = 30.0
_HEARD_PERIOD_S = 0.05
_SETTLING_S = 0.5
# The middleware of a process that ends takes what it has not delivered with it.
_LAST_IMAGE_S = 0.5
# Recordings pause; nobody waits for longer than this for an image.
_LONGEST_INTERVAL_S = 10.0
# Time for the image in work; OpenCV can take longer, while it waits for a device.
_STOP_TIMEOUT_S = 2.0
_THREAD_NAME = f"{THREAD_NAME} image feed"


class Log(Protocol):
    """Where messages go: a logger of Python's or of ROS."""

    def info(self, message: str, /) -> object:
        """Say what happens."""

    def warning(self, message: str, /) -> object:
        """Say what may be wrong."""

    def error(self, message: str, /) -> object:
        """Say what is wrong."""


class Pace:
    """The times at which images are due: one period after another, without drift.

    Times that were missed by a period or more are not made up for.
    """

    def __init__(self, rate: float) -> None:
        """Take a rate in images a second; at 0 an image is due at any time."""
        self._period = 1.0 / rate if rate else 0.0
        self._due = -math.inf

    def time_left(self, now: float) -> float:
        """Return the seconds until the next image is due, 0 if it is."""
        return max(self._due - now, 0.0)

    def takes(self, now: float) -> bool:
        """Return whether an image that comes now is nearer to the time it is due than to the one before."""
        return now >= self._due - self._period / 2.0

    def step(self, now: float, period: float | None = None) -> None:
        """Go on to the next time, after an image now; it may have a period of its own, in seconds."""
        period = self._period if period is None else period
        following = self._due + period
        self._due = following if following > now else now + period


def retry_delays() -> Iterator[float]:
    """Give the seconds to wait before one attempt after another."""
    delay = _FIRST_DELAY_S
    while True:
        yield delay
        delay = min(2.0 * delay, _LONGEST_DELAY_S)


def _interval(before: float | None, after: float | None) -> float | None:
    """Return the seconds between two images of a recording; None if they are not known, or cannot be right."""
    if before is None or after is None or not 0.0 < after - before <= _LONGEST_INTERVAL_S:
        return None
    return after - before


class ImageFeed(Generic[Stamp]):
    """Reads a source in a thread of its own and hands every image on, with the time it was taken.

    Files are read ahead and shown at their rate. A live source is followed; one that is not there, or fails, is opened
    again and again, for as long as it takes.
    """

    def __init__(
        self,
        open_source: Callable[[], FileSource | LiveSource],
        *,
        frame_rate: float,
        loop: bool,
        stamp: Callable[[], Stamp],
        publish: Callable[[BgrImage, Stamp], None],
        end: Callable[[Exception | None], None],
        log: Log,
        heard: Callable[[], bool] = lambda: True,
    ) -> None:
        """Take what to do; nothing happens before ``start``.

        :param frame_rate: images a second, the most of a live source; 0 is the source's own, of a video also where its
            images are not evenly spaced
        :param loop: start a file again at its end
        :param stamp: called when an image is there
        :param publish: called with the image and its stamp
        :param end: called last, unless stopped: with None at the end of a file, or the error that ended the feed
        :param heard: whether anybody receives what is published; a file that is played once waits for that
        """
        self._open_source = open_source
        self._frame_rate = frame_rate
        self._loop = loop
        self._stamp = stamp
        self._publish = publish
        self._end = end
        self._log = log
        self._heard = heard
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=_THREAD_NAME, daemon=True)

    def start(self) -> None:
        """Open the source, in the thread."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread, or leave it if OpenCV blocks it; either way nothing is published any more."""
        self._stopping.set()
        self._thread.join(_STOP_TIMEOUT_S)

    def _run(self) -> None:
        try:
            try:
                source: FileSource | LiveSource | None = self._open_source()
            except SourceAwayError as error:
                self._log.warning(f"{error}; it is tried again until it is there")
                source = self._reopen(retry_delays())
            if source is None or isinstance(source, LiveSource):
                self._follow(source)
            else:
                self._play(source)
        except Exception as error:  # noqa: BLE001 - a thread has nobody else to tell
            outcome: Exception | None = error
        else:
            outcome = None
        if not self._stopping.is_set():
            self._end(outcome)

    def _play(self, source: FileSource) -> None:
        with closing(source):
            rate = self._frame_rate or source.frame_rate
            self._log.info(f"the {source.description} gives {rate:g} images a second")
            if not self._loop:
                self._wait_to_be_heard()
            pace = Pace(rate)
            shown: float | None = None
            before: float | None = None
            for image in self._read_all(source):
                if shown is not None:
                    pace.step(shown, None if self._frame_rate else _interval(before, source.position))
                    if self._stopping.wait(pace.time_left(time.monotonic())):
                        return
                shown, before = time.monotonic(), source.position
                self._publish(image, self._stamp())
            # The last image has its period as well, in which slow subscribers can take it.
            if shown is not None:
                pace.step(shown)
                self._stopping.wait(max(pace.time_left(time.monotonic()), _LAST_IMAGE_S))

    def _wait_to_be_heard(self) -> None:
        deadline = time.monotonic() + _LONGEST_WAIT_S
        if self._heard():
            return
        self._log.info(f"waiting up to {_LONGEST_WAIT_S:g} s for a subscriber, since the images are played once")
        while not self._heard():
            if time.monotonic() > deadline:
                self._log.warning(f"nobody subscribed within {_LONGEST_WAIT_S:g} s: the images are played anyway")
                return
            if self._stopping.wait(_HEARD_PERIOD_S):
                return
        # The subscriber may not yet know that it is connected.
        self._stopping.wait(_SETTLING_S)

    def _read_all(self, source: FileSource) -> Iterator[BgrImage]:
        while not self._stopping.is_set():
            try:
                image = source.read()
            except PictureError as error:
                self._log.error(f"{error}; it is left out")
                continue
            if image is not None:
                yield image
            elif self._loop:
                source.rewind()
            else:
                return

    def _follow(self, source: LiveSource | None) -> None:
        if source is not None:
            self._log.info(f"the {source.description} gives images of {source.size[0]}x{source.size[1]} pixels")
        pace = Pace(self._frame_rate)
        delays = retry_delays()
        while source is not None:
            opened = time.monotonic()
            try:
                with closing(source):
                    self._pass_on(source, pace)
                return
            except SourceAwayError as error:
                # A source that comes and goes is not reported twice a second.
                if time.monotonic() - opened > _LONGEST_DELAY_S:
                    delays = retry_delays()
                self._log.warning(f"{error}; it is opened again as soon as it can be")
            source = self._reopen(delays)

    def _pass_on(self, source: LiveSource, pace: Pace) -> None:
        while True:
            source.wait()
            stamp, now = self._stamp(), time.monotonic()
            if self._stopping.is_set():
                return
            if pace.takes(now):
                pace.step(now)
                self._publish(source.decode(), stamp)

    def _reopen(self, delays: Iterator[float]) -> LiveSource | None:
        reported = time.monotonic()
        while not self._stopping.wait(next(delays)):
            try:
                source = self._open_source()
            except SourceAwayError as error:
                if time.monotonic() - reported >= _REMINDER_S:
                    reported = time.monotonic()
                    self._log.warning(f"still waiting: {error}")
                continue
            assert isinstance(source, LiveSource)
            self._log.info(f"the {source.description} is back")
            return source
        return None
