# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The way of a bag's images into its output."""

from __future__ import annotations

import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from itertools import count
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from posenet_ros.errors import BagError
from posenet_ros.estimator import PoseEstimator
from posenet_ros.offline.bag_writer import BagWriter
from posenet_ros.offline.found_people import WAITING_IMAGES, Step, find_people
from posenet_ros.offline.frames import Frame, frames
from posenet_ros.offline.locations import Location
from posenet_ros.offline.marker_messages import MARKER_ARRAY, CameraMarkers
from posenet_ros.offline.message_types import POSE_ARRAY
from posenet_ros.offline.pairing import DepthStream
from posenet_ros.offline.pose_messages import overlay, pose_array
from posenet_ros.offline.recording import Recording
from posenet_ros.offline.request import BagReport, Request
from posenet_ros.offline.segments import known_people
from posenet_ros.offline.stage_thread import Items, in_thread
from posenet_ros.offline.topics import COMPRESSED_IMAGE, Camera, find_cameras
from posenet_ros.people import People
from posenet_ros.pipeline import TrackAndLocateStage

_PROGRESS_PERIOD_S = 0.25

OnProgress = Callable[[int, float], None]
"""Called with the images so far and the share of the bag that is done."""


class BagConversion:
    """Turns a recording into an output.

    :param estimator: finds the people; not used with segments
    :param segments: files of people that were found in the images before
    :param folder: of the output; its name is the output's
    """

    def __init__(
        self,
        recording: Recording,
        request: Request,
        estimator: PoseEstimator | None,
        segments: Sequence[Location],
        folder: Path,
    ) -> None:
        settings = request.settings
        self.report = BagReport(recording.bag.name)
        self._recording = recording
        self._request = request
        self._folder = folder
        self._types = recording.types
        self._cameras = find_cameras(
            recording,
            request.topics,
            prefer_compressed=settings.image_transport == "compressed",
            depth=settings.depth,
        )
        self._estimator = estimator
        self._segments = segments
        ids = count(1)
        self._after_estimate = {camera.image: TrackAndLocateStage(ids) for camera in self._cameras}
        self._depths = {camera.image: DepthStream(recording, camera) for camera in self._cameras if settings.depth}
        self._markers = {
            camera.image: CameraMarkers(recording, camera, request.markers)
            for camera in self._cameras
            if request.markers is not None
        }
        self._tracks: set[int] = set()
        self._depth_problems: Counter[str] = Counter()

    def run(self, on_progress: OnProgress) -> None:
        """Write the bag."""
        others = self._others()
        try:
            with (
                BagWriter(self._folder, self._request.storage, self._types) as writer,
                closing(self._found(others)) as found,
            ):
                self._add_topics(writer, others)
                self._write(writer, found, on_progress)
                self._note()
                writer.set_provenance(self.report.provenance(self._request, self._recording.bag))
        except (OSError, sqlite3.Error) as error:
            reason = getattr(error, "strerror", None) or error
            raise BagError(f"cannot write the output: {reason}; free space, or choose another --output") from error

    def _found(self, others: list[str]) -> Items[Step[People]]:
        """Return the messages with the people that are found, or were before."""
        settings, overlap = self._request.settings, self._request.overlap
        # Where people were found before, pixels are needed to draw on, and to see how the camera moves.
        tracks = settings.tracking or settings.smoothing
        decode = self._estimator is not None or self._request.overlay or (tracks and settings.camera_motion)
        messages = frames(self._recording, self._cameras, others, decode=decode, max_rate=settings.max_rate)
        if self._estimator is not None:
            return find_people(messages, self._estimator, settings, overlap=overlap)
        if overlap:
            messages = in_thread(messages, WAITING_IMAGES, lambda frame: frame.is_large)
        return known_people(messages, self._segments, [camera.image for camera in self._cameras])

    def _write(self, writer: BagWriter, found: Items[Step[People]], on_progress: OnProgress) -> None:
        start = self._recording.start_time
        length = max(self._recording.end_time - start, 1)
        last = time.monotonic()
        for frame, people in found:
            if writer.has_topic(frame.topic):
                writer.write(frame.topic, frame.time, frame.data)
            if frame.problem is not None:
                self.report.count_damaged(frame.topic, frame.time, frame.problem)
            elif frame.camera is not None and frame.image is not None and people is not None:
                self._write_people(writer, frame.camera, frame, frame.image, people)
            if time.monotonic() - last > _PROGRESS_PERIOD_S:
                last = time.monotonic()
                on_progress(self.report.images, min((frame.time - start) / length, 1.0))

    def _write_people(
        self, writer: BagWriter, camera: Camera, frame: Frame, image: NDArray[np.uint8], people: People
    ) -> None:
        report, settings = self.report, self._request.settings
        size = image.shape[0], image.shape[1]
        depth = self._depths.get(camera.image)
        located = self._after_estimate[camera.image].update(
            people,
            image,
            frame.stamp_seconds,
            settings,
            None if depth is None else depth.source(frame.header, size, settings),
        )
        people = located.people
        if located.depth_problem:
            self._depth_problems[located.depth_problem] += 1
        writer.write_message(
            f"{camera.prefix}/pose",
            frame.time,
            pose_array(self._types, people, frame.header, size, settings.keypoint_threshold),
        )
        if camera.image in self._markers:
            markers = self._markers[camera.image].message(people, frame.header, size)
            writer.write_message(f"{camera.prefix}/pose/markers", frame.time, markers)
        if self._request.overlay:
            drawn = overlay(self._types, image, people, frame.header, settings)
            writer.write_message(f"{camera.prefix}/pose/overlay/compressed", frame.time, drawn)
        report.images += 1
        report.people += len(people)
        if people.ids is not None:
            self._tracks.update(people.ids.tolist())

    def _others(self) -> list[str]:
        if not self._request.with_input:
            return []
        images = {camera.image for camera in self._cameras}
        return [name for name in self._recording.topics if name not in images]

    def _add_topics(self, writer: BagWriter, others: list[str]) -> None:
        results = []
        for camera in self._cameras:
            results.append((f"{camera.prefix}/pose", POSE_ARRAY))
            if self._request.markers is not None:
                results.append((f"{camera.prefix}/pose/markers", MARKER_ARRAY))
            if self._request.overlay:
                results.append((f"{camera.prefix}/pose/overlay/compressed", COMPRESSED_IMAGE))
        for name, kind in results:
            writer.add_topic(name, kind)
        if self._request.with_input:
            for name in [*(camera.image for camera in self._cameras), *others]:
                topic = self._recording.topics[name]
                if writer.has_topic(name):
                    self.report.notes.append(f"{name} of the input is not copied: the poses have its name")
                elif not writer.copy_topic(topic):
                    self.report.notes.append(f"{name} is not copied: the bag has no definition of {topic.kind}")

    def _note(self) -> None:
        report = self.report
        report.tracks = len(self._tracks)
        report.notes[:0] = self._recording.notes
        for problem, images in self._depth_problems.most_common(3):
            report.notes.append(f"{images} images with people without positions: {problem}")
        if report.images == 0 and report.damaged:
            raise BagError(f"no image can be read: {report.notes[-1]}")
