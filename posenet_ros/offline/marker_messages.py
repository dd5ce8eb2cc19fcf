# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Markers of rosbags' types for a camera's people, as the visualizer node makes them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from posenet_ros.camera.camera_info import to_camera
from posenet_ros.camera_model import PinholeCamera
from posenet_ros.errors import CalibrationError
from posenet_ros.figures.marker_sequence import MarkerSequence
from posenet_ros.figures.markers import MarkerMessages
from posenet_ros.offline.message_types import MessageTypes
from posenet_ros.offline.pairing import InfoStream, nanoseconds, to_seconds
from posenet_ros.offline.recording import Recording
from posenet_ros.offline.topics import Camera
from posenet_ros.people import People
from posenet_ros.settings.visualizer import VisualizerSettings

MARKER_ARRAY = "visualization_msgs/msg/MarkerArray"


class CameraMarkers:
    """Makes the markers of one camera's people."""

    def __init__(self, recording: Recording, camera: Camera, settings: VisualizerSettings) -> None:
        self._types = recording.types
        self._settings = settings
        self._infos = InfoStream(recording, camera)
        self._maker = MarkerSequence(marker_messages(recording.types))

    def message(self, people: People, header: Any, image_size: tuple[int, int]) -> Any:
        """Return the visualization_msgs/MarkerArray of an image of (height, width) pixels."""
        camera = self._camera(nanoseconds(header.stamp), image_size)
        markers = self._maker.update(_as_received(people), camera, header, to_seconds(header.stamp), self._settings)
        return self._types.new(MARKER_ARRAY, markers=markers)

    def _camera(self, time: int, image_size: tuple[int, int]) -> PinholeCamera:
        info = self._infos.at(time)
        if info is not None:
            try:
                return to_camera(info, image_size, rectified=self._settings.rectified)
            except CalibrationError:
                pass  # The field of view is used, as in the node.
        return PinholeCamera.from_field_of_view(max(image_size[1], 1), image_size[0], self._settings.field_of_view)


def _as_received(people: People) -> People:
    """Return the people with the precision of a PoseArray, which the visualizer node gets."""
    rounded = {
        name: getattr(people, name).astype(np.float32).astype(np.float64)
        for name in ("keypoints", "keypoint_scores", "scores")
    }
    return replace(people, **rounded)


def marker_messages(types: MessageTypes) -> MarkerMessages:
    """Return what makes markers of these types."""
    return MarkerMessages(
        # A marker is filled after it is made.
        lambda **fields: types.fresh("visualization_msgs/msg/Marker", **fields),
        lambda **fields: types.new("geometry_msgs/msg/Point", **fields),
        lambda **fields: types.new("std_msgs/msg/ColorRGBA", **fields),
    )
