# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What is known of each camera at a time, and who wants to hear of it; everything here runs in the server's thread."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any, Protocol

from posenet_ros.web.frames import Frame, FramePairer
from posenet_ros.web.presence import Presence, RateMeter
from posenet_ros.web.scene import View, describe
from posenet_ros.web.status import Status, StatusBoard, TunableParameter, inference_ms

_AGES = 60


class Watcher(Protocol):
    """Somebody who is told when there is something new."""

    camera: str | None

    def wake(self) -> None:
        """Look at the hub again."""


class Camera:
    """The newest frame of a camera, and how its frames come.

    :param topic: of its images, as diagnostics name it
    """

    def __init__(self, name: str, topic: str) -> None:
        self.name = name
        self.topic = topic
        self.view = View()
        self.frame: Frame | None = None
        self.pairer = FramePairer()
        self.images = RateMeter()
        self.poses = RateMeter()
        self.seconds_seen: dict[int, float] = {}
        self._presence = Presence()
        self._ages: list[float] = []

    def take_people(self, frame: Frame, now: float) -> None:
        """Count the people of a frame, watched or not."""
        self.poses.count(now)
        if frame.people is not None:
            self.seconds_seen = self._presence.update(frame.people, frame.stamp)
        if frame.age is not None:
            self._ages = [*self._ages[1 - _AGES :], frame.age]

    def describe(self, frame: Frame) -> dict[str, Any]:
        """Return the header of a frame."""
        return {"camera": self.name, **describe(frame, self.view, self.seconds_seen)}

    def figures(self, now: float, statuses: Sequence[Status]) -> dict[str, float | None]:
        """Return what the plots show: rates in Hz, times in milliseconds, null where nothing is known."""
        poses = self.poses.rate(now)
        if not poses:
            self._ages = []
        return {
            "image_rate": self.images.rate(now),
            "pose_rate": poses,
            "age": round(1e3 * median(self._ages), 1) if self._ages else None,
            "inference": inference_ms(statuses, self.topic) if poses else None,
        }


class Hub:
    """All cameras, diagnostics and parameters, and the pages that watch them.

    :param on_watched: called with the names of the cameras that somebody watches, whenever they change
    """

    def __init__(self, on_watched: Callable[[frozenset[str]], None]) -> None:
        self._on_watched = on_watched
        self._watched: frozenset[str] = frozenset()
        self.watchers: list[Watcher] = []
        self.cameras: dict[str, Camera] = {}
        self._board = StatusBoard()
        self.parameters: list[TunableParameter] = []
        self.parameters_version = 0
        self.state_version = 0

    def set_cameras(self, topics: dict[str, str]) -> None:
        """Serve these cameras, each with the topic of its images."""
        if topics != {name: camera.topic for name, camera in self.cameras.items()}:
            kept = {name: camera for name, camera in self.cameras.items() if topics.get(name) == camera.topic}
            self.cameras = {name: kept.get(name) or Camera(name, topic) for name, topic in topics.items()}
            self.tick()
            self.update_watched()

    def set_parameters(self, parameters: list[TunableParameter]) -> None:
        """Show these values."""
        if parameters != self.parameters:
            self.parameters = parameters
            self.parameters_version += 1
            self._wake_all()

    def set_view(self, camera: str, view: View) -> None:
        """Take over what is known of a camera."""
        if camera in self.cameras:
            self.cameras[camera].view = view

    def update_statuses(self, statuses: list[Status]) -> None:
        """Take over diagnostics that came."""
        self._board.update(statuses, time.monotonic())

    def add_image(self, camera: str, frame: Frame) -> None:
        """Take an image of a camera."""
        found, now = self.cameras.get(camera), time.monotonic()
        if found is not None:
            found.images.count(now)
            self._show(found, found.pairer.add_image(frame, now))

    def add_people(self, camera: str, frame: Frame) -> None:
        """Take the people in an image of a camera."""
        found, now = self.cameras.get(camera), time.monotonic()
        if found is not None:
            found.take_people(frame, now)
            if camera in self._watched:
                self._show(found, found.pairer.add_people(frame, now))

    def tick(self) -> None:
        """Let everybody hear of rates and diagnostics."""
        self.state_version += 1
        self._wake_all()

    def state(self, camera: str | None) -> dict[str, Any]:
        """Return rates of a camera, and the diagnostics."""
        found = self.cameras.get(camera) if camera is not None else None
        now = time.monotonic()
        statuses = self._board.current(now)
        return {
            "type": "state",
            "cameras": list(self.cameras),
            "topic": found.topic if found else "",
            "figures": found.figures(now, statuses) if found else {},
            "diagnostics": [status.as_json() for status in statuses],
            "watchers": len(self.watchers),
        }

    def parameter_list(self) -> dict[str, Any]:
        """Return the parameters."""
        return {"type": "parameters", "parameters": [parameter.as_json() for parameter in self.parameters]}

    def update_watched(self) -> None:
        """Tell who wants to know which cameras are watched now."""
        watched = frozenset(w.camera for w in self.watchers if w.camera is not None) & self.cameras.keys()
        if watched != self._watched:
            for name in watched ^ self._watched:
                # What waited since the last time somebody looked is old.
                if name in self.cameras:
                    self.cameras[name].pairer.clear()
                    self.cameras[name].frame = None
            self._watched = frozenset(watched)
            self._on_watched(self._watched)

    def _show(self, camera: Camera, frame: Frame | None) -> None:
        if frame is None or camera.name not in self._watched:
            return
        camera.frame = frame
        for watcher in self.watchers:
            if watcher.camera == camera.name:
                watcher.wake()

    def _wake_all(self) -> None:
        for watcher in self.watchers:
            watcher.wake()
