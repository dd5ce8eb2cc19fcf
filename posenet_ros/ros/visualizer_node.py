# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The node that shows poses in RViz."""

from __future__ import annotations

from rclpy.node import Node
from sensor_msgs.msg import CameraInfo
from visualization_msgs.msg import MarkerArray

from posenet_ros.camera_model import PinholeCamera
from posenet_ros.msg import PoseArray
from posenet_ros.ros.markers import MarkerStyle, deletions, person_markers
from posenet_ros.ros.parameters import VISUALIZER_PARAMETERS, NodeParameters
from posenet_ros.ros.pose_messages import from_pose_array
from posenet_ros.ros.qos import OUTPUT, SENSOR_INPUT
from posenet_ros.ros.spin import run_node


class VisualizerNode(Node):
    """Turns pose arrays into marker arrays in the same frame."""

    def __init__(self) -> None:
        super().__init__("pose_visualizer")
        self._settings = NodeParameters(self, "pose_visualizer", VISUALIZER_PARAMETERS)
        for problem in self._settings.problems.values():
            self.get_logger().error(f"{problem}; the default is used")
        self._camera_info: CameraInfo | None = None
        self._shown: set[int] = set()
        self._publisher = self.create_publisher(MarkerArray, "pose/markers", OUTPUT)
        self.create_subscription(CameraInfo, "camera_info", self._on_camera_info, SENSOR_INPUT)
        self.create_subscription(PoseArray, "pose", self._on_poses, OUTPUT)

    def _on_camera_info(self, message: CameraInfo) -> None:
        self._camera_info = message

    def _on_poses(self, message: PoseArray) -> None:
        people = from_pose_array(message)
        positions = self._camera(message).on_plane(people.keypoints, self._settings["plane_distance"])
        style = MarkerStyle(
            keypoint_threshold=self._settings["keypoint_threshold"],
            joint_diameter=self._settings["joint_diameter"],
            lifetime=self._settings["marker_lifetime"],
        )
        markers = MarkerArray()
        for person, pose in enumerate(message.poses):
            marker_id = pose.id if pose.id >= 0 else person
            markers.markers += person_markers(people, person, marker_id, positions[person], message.header, style)
        # A person may have lost a part, as all limbs: whatever was shown and is not any more is removed.
        present = {(marker.ns, marker.id) for marker in markers.markers}
        markers.markers += [
            gone for gone in deletions(sorted(self._shown), message.header) if (gone.ns, gone.id) not in present
        ]
        self._shown = {marker_id for _, marker_id in present}
        self._publisher.publish(markers)

    def _camera(self, message: PoseArray) -> PinholeCamera:
        info = self._camera_info
        if (
            info is not None
            and info.k[0] > 0.0
            and (info.width, info.height)
            == (
                message.image_width,
                message.image_height,
            )
        ):
            return PinholeCamera(fx=info.k[0], fy=info.k[4], cx=info.k[2], cy=info.k[5])
        return PinholeCamera.from_field_of_view(
            message.image_width, message.image_height, self._settings["field_of_view"]
        )


def main() -> int:
    """Run the node; returns the exit status."""
    return run_node(VisualizerNode)
