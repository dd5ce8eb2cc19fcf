# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The node that shows poses in RViz."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from rclpy.node import Node
from sensor_msgs.msg import CameraInfo
from visualization_msgs.msg import MarkerArray

from posenet_ros.camera.camera_info import to_camera
from posenet_ros.camera_model import PinholeCamera
from posenet_ros.errors import CalibrationError
from posenet_ros.msg import PoseArray
from posenet_ros.people import People
from posenet_ros.person_location import trunk_positions
from posenet_ros.ros.messages.markers import MarkerStyle, deletions, people_markers
from posenet_ros.ros.messages.poses import from_pose_array
from posenet_ros.ros.messages.stamps import to_seconds
from posenet_ros.ros.parameters import NodeParameters
from posenet_ros.ros.qos import OUTPUT, SENSOR_INPUT
from posenet_ros.ros.run import run_nodes
from posenet_ros.settings.visualizer import VisualizerSettings
from posenet_ros.trails import Trails

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
        self._shown: set[tuple[str, int]] = set()
        self._trails = Trails()
        self._publisher = self.create_publisher(MarkerArray, "pose/markers", OUTPUT)
        self.create_subscription(CameraInfo, "camera_info", self._on_camera_info, SENSOR_INPUT)
        self.create_subscription(PoseArray, "pose", self._on_poses, OUTPUT)

    def _on_camera_info(self, message: CameraInfo) -> None:
        self._camera_info = message

    def _on_poses(self, message: PoseArray) -> None:
        people = from_pose_array(message)
        settings = self._node_parameters.current
        on_plane = self._camera(message, settings).on_plane(people.keypoints, settings.plane_distance)
        assert people.positions is not None
        known = np.isfinite(people.positions).all(axis=-1, keepdims=True)
        positions = np.where(known, people.positions, on_plane)
        style = MarkerStyle(
            settings.keypoint_threshold, settings.joint_diameter, settings.marker_lifetime, settings.show_boxes
        )
        trails = self._update_trails(people, positions, message, settings)
        markers = people_markers(people, positions, message.header, style, trails)
        # People leave, and somebody who is still there may have lost all limbs: what is not shown any more is removed.
        present = {(marker.ns, marker.id) for marker in markers}
        gone = deletions(self._shown - present, message.header)
        self._shown = present
        self._publisher.publish(MarkerArray(markers=markers + gone))

    def _update_trails(
        self, people: People, positions: NDArray[np.float64], message: PoseArray, settings: VisualizerSettings
    ) -> dict[int, NDArray[np.float64]]:
        places = trunk_positions(people.located_at(positions), settings.keypoint_threshold)
        # Without ids nobody can be followed.
        ids = [] if people.ids is None else people.ids.tolist()
        here = dict(zip(ids, places, strict=False))
        return self._trails.update(here, to_seconds(message.header.stamp), settings.trail_duration)

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
    return run_nodes(VisualizerNode)
