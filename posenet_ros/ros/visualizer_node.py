# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The node that shows poses in RViz."""

from __future__ import annotations

from typing import Any

from rclpy.node import Node
from sensor_msgs.msg import CameraInfo
from visualization_msgs.msg import MarkerArray

from posenet_ros.camera.camera_info import to_camera
from posenet_ros.camera_model import PinholeCamera
from posenet_ros.errors import CalibrationError
from posenet_ros.marker_sequence import MarkerSequence
from posenet_ros.msg import PoseArray
from posenet_ros.ros.messages.markers import ROS_MARKERS
from posenet_ros.ros.messages.poses import from_pose_array
from posenet_ros.ros.messages.stamps import to_seconds
from posenet_ros.ros.parameters import NodeParameters
from posenet_ros.ros.qos import OUTPUT, SENSOR_INPUT
from posenet_ros.ros.run import run_node
from posenet_ros.settings.visualizer import VisualizerSettings

_LOG_PERIOD_S = 30.0


class VisualizerNode(Node):
    """Turns pose arrays into marker arrays in the same frame.

    :param node_arguments: those of :class:`rclpy.node.Node`: context, namespace, parameter_overrides, ...
    """

    def __init__(self, **node_arguments: Any) -> None:
        super().__init__("pose_visualizer", **node_arguments)
        self._node_parameters = NodeParameters(self, VisualizerSettings)
        for problem in self._node_parameters.problems.values():
            self.get_logger().error(f"{problem}; the default is used")
        self._camera_info: CameraInfo | None = None
        self._markers = MarkerSequence(ROS_MARKERS)
        self._publisher = self.create_publisher(MarkerArray, "pose/markers", OUTPUT)
        self.create_subscription(CameraInfo, "camera_info", self._on_camera_info, SENSOR_INPUT)
        self.create_subscription(PoseArray, "pose", self._on_poses, OUTPUT)

    def _on_camera_info(self, message: CameraInfo) -> None:
        self._camera_info = message

    def _on_poses(self, message: PoseArray) -> None:
        people = from_pose_array(message)
        settings = self._node_parameters.current
        markers = self._markers.update(
            people, self._camera(message, settings), message.header, to_seconds(message.header.stamp), settings
        )
        self._publisher.publish(MarkerArray(markers=markers))

    def _camera(self, message: PoseArray, settings: VisualizerSettings) -> PinholeCamera:
        size = message.image_height, message.image_width
        if self._camera_info is not None:
            try:
                return to_camera(self._camera_info, size, rectified=settings.rectified)
            except CalibrationError as error:
                self.get_logger().warning(f"{error}; field_of_view is used", throttle_duration_sec=_LOG_PERIOD_S)
        return PinholeCamera.from_field_of_view(max(size[1], 1), size[0], settings.field_of_view)


def main() -> int:
    """Run the node; returns the exit status."""
    return run_node("visualizer_node", __doc__ or "", VisualizerNode)
