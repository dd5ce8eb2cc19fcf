# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""One camera at the visualizer: from pose arrays to markers."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from rclpy.node import Node
from sensor_msgs.msg import CameraInfo
from visualization_msgs.msg import MarkerArray

from posenet_ros.camera.camera_info import to_camera
from posenet_ros.camera_model import PinholeCamera
from posenet_ros.errors import CalibrationError
from posenet_ros.figures.marker_sequence import MarkerSequence
from posenet_ros.msg import PoseArray
from posenet_ros.ros.messages.markers import ROS_MARKERS
from posenet_ros.ros.messages.poses import from_pose_array
from posenet_ros.ros.messages.stamps import to_seconds
from posenet_ros.ros.qos import OUTPUT, SENSOR_INPUT
from posenet_ros.ros.throttled_log import ThrottledLog
from posenet_ros.settings.visualizer import VisualizerSettings

_LOG_PERIOD_S = 30.0
_KEPT_INFOS = 10
# A camera_info that comes with the images is here by then.
_PATIENCE_S = 3.0


class MarkerStream:
    """Subscribes to the poses of a camera and publishes markers in the same frame.

    :param node: offers the topics
    :param name: of the camera, the prefix of its topics; empty for the only one
    :param settings: returns the settings in force; called once for a pose array
    """

    def __init__(self, node: Node, name: str, settings: Callable[[], VisualizerSettings]) -> None:
        self._node = node
        self._log = ThrottledLog(node, _LOG_PERIOD_S)
        self._settings = settings
        # A folder of pictures of several sizes has a camera_info for each, which may come before their poses.
        self._camera_infos: deque[CameraInfo] = deque(maxlen=_KEPT_INFOS)
        self._first_poses: float | None = None
        self._guess_reported = False
        self._markers = MarkerSequence(ROS_MARKERS)
        prefix = f"{name}/" if name else ""
        self._info_topic: str = node.resolve_topic_name(f"{prefix}camera_info")
        self._publisher = node.create_publisher(MarkerArray, f"{prefix}pose/markers", OUTPUT)
        node.create_subscription(CameraInfo, f"{prefix}camera_info", self._on_camera_info, SENSOR_INPUT)
        node.create_subscription(PoseArray, f"{prefix}pose", self._on_poses, OUTPUT)

    def _on_camera_info(self, message: CameraInfo) -> None:
        self._camera_infos.append(message)

    def _on_poses(self, message: PoseArray) -> None:
        people = from_pose_array(message)
        settings = self._settings()
        markers = self._markers.update(
            people, self._camera(message, settings), message.header, to_seconds(message.header.stamp), settings
        )
        self._publisher.publish(MarkerArray(markers=markers))

    def _camera(self, message: PoseArray, settings: VisualizerSettings) -> PinholeCamera:
        size = message.image_height, message.image_width
        problem: CalibrationError | None = None
        for info in reversed(self._camera_infos):
            try:
                return to_camera(info, size, rectified=settings.rectified)
            except CalibrationError as error:
                problem = problem or error
        if problem is not None:
            self._log.warning(f"{problem}; field_of_view is used")
        else:
            self._report_guess(settings.field_of_view)
        return PinholeCamera.from_field_of_view(max(size[1], 1), size[0], settings.field_of_view)

    def _report_guess(self, field_of_view: float) -> None:
        now = time.monotonic()
        if self._first_poses is None:
            self._first_poses = now
        if not self._guess_reported and now - self._first_poses >= _PATIENCE_S:
            self._guess_reported = True
            self._node.get_logger().warning(
                f"no camera_info on {self._info_topic}: markers assume a field of view of {field_of_view:g} degrees;"
                " remap camera_info to that of the images, or set field_of_view"
            )
