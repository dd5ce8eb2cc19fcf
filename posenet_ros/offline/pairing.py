# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Depth images and calibrations that belong to an image: the nearest in time, before or after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

from posenet_ros.camera.camera_info import to_camera
from posenet_ros.depth import RegisteredDepth, frame_doubt
from posenet_ros.depth_decoding import decode_depth_image
from posenet_ros.errors import BagError, PoseNetError
from posenet_ros.offline.recording import Recording
from posenet_ros.offline.topics import CAMERA_INFO, IMAGE, Camera
from posenet_ros.settings.pose import DepthSettings

T = TypeVar("T")


class NearestInTime(Generic[T]):
    """The item of an ordered stream that is nearest to a time; times must not fall back by much.

    Holds two items, whatever the length of the stream.

    :param items: (time in nanoseconds, item), in the order of time
    """

    def __init__(self, items: Iterator[tuple[int, T]]) -> None:
        self._items = items
        self._before: tuple[int, T] | None = None
        self._after: tuple[int, T] | None = next(items, None)

    def at(self, time: int) -> tuple[int, T] | None:
        """Return the nearest item and its time; the earlier of two that are as near, None of an empty stream."""
        while self._after is not None and self._after[0] < time:
            self._before, self._after = self._after, next(self._items, None)
        known = [item for item in (self._before, self._after) if item is not None]
        return min(known, key=lambda item: abs(item[0] - time), default=None)


class DepthStream:
    """The depth images and calibrations of a camera."""

    def __init__(self, recording: Recording, camera: Camera) -> None:
        self._camera = camera
        self._depths = NearestInTime(_messages(recording, camera.depth_image, IMAGE))
        self._infos = NearestInTime(_messages(recording, camera.camera_info, CAMERA_INFO))

    def source(
        self, header: Any, image_size: tuple[int, int], settings: DepthSettings
    ) -> Callable[[], RegisteredDepth]:
        """Return what gives the depth of an image; it raises PoseNetError where there is none.

        :param header: of the image, whose size is (height, width) pixels
        """
        time = nanoseconds(header.stamp)

        def read() -> RegisteredDepth:
            depth, info = self._depths.at(time), self._infos.at(time)
            if depth is None:
                raise PoseNetError(f"there is no depth image on {self._camera.depth_image}")
            if info is None:
                raise PoseNetError(
                    f"there is no camera_info beside {self._camera.image}: name its topic with --camera-info-topic"
                )
            apart = abs(depth[0] - time) / 1e9
            if apart > settings.depth_tolerance:
                raise PoseNetError(
                    f"the nearest depth image is {apart:.3g} s from the image, depth_tolerance is"
                    f" {settings.depth_tolerance:g} s: raise it"
                )
            return RegisteredDepth(
                decode_depth_image(depth[1], settings.max_depth),
                to_camera(info[1], image_size, rectified=settings.rectified),
                frame_doubt(depth[1].header.frame_id, header.frame_id),
            )

        return read


class InfoStream:
    """The calibrations of a camera, for markers."""

    def __init__(self, recording: Recording, camera: Camera) -> None:
        self._infos = NearestInTime(_messages(recording, camera.camera_info, CAMERA_INFO))

    def at(self, time: int) -> Any | None:
        """Return the nearest sensor_msgs/CameraInfo, None if there is none."""
        nearest = self._infos.at(time)
        return None if nearest is None else nearest[1]


def nanoseconds(stamp: Any) -> int:
    """Return a stamp in nanoseconds."""
    return int(stamp.sec) * 10**9 + int(stamp.nanosec)


def to_seconds(stamp: Any) -> float:
    """Return a stamp in seconds, rounded as in the node."""
    return float(stamp.sec + 1e-9 * stamp.nanosec)


def _messages(recording: Recording, topic: str, kind: str) -> Iterator[tuple[int, Any]]:
    if not topic:
        return
    for _, _, data in recording.messages([topic]):
        try:
            message = recording.types.read(data, kind)
        except BagError:
            continue
        yield nanoseconds(message.header.stamp), message
