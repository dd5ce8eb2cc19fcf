# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The node that hands people on to packages with messages of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from posenet_ros.errors import MissingPackageError
from posenet_ros.msg import PoseArray
from posenet_ros.people import People
from posenet_ros.ros.bridges.detections import DetectionsBridge
from posenet_ros.ros.bridges.frames import FramesBridge
from posenet_ros.ros.bridges.humans import HumansBridge
from posenet_ros.ros.messages.poses import from_pose_array
from posenet_ros.ros.qos import OUTPUT
from posenet_ros.ros.run import run_node
from posenet_ros.ros.settings_node import SettingsNode
from posenet_ros.settings.bridge import BridgeSettings

TARGETS = ("detections", "humans", "tf")


class Bridge(Protocol):
    """Publishes people in another form."""

    def publish(self, message: PoseArray, people: People, keypoint_threshold: float) -> None:
        """Publish the people of a message."""


class BridgeNode(SettingsNode):
    """Turns pose arrays into the messages of the targets that are switched on.

    :param node_arguments: those of :class:`rclpy.node.Node`: context, namespace, parameter_overrides, ...
    """

    def __init__(self, **node_arguments: Any) -> None:
        super().__init__("pose_bridge", **node_arguments)
        self._node_parameters = self.declare_settings(BridgeSettings)
        for problem in self._node_parameters.problems.values():
            self.get_logger().error(f"{problem}; the default is used")
        self._bridges = self._make_bridges(self._node_parameters.current)
        self.create_subscription(PoseArray, "pose", self._on_poses, OUTPUT)

    def _make_bridges(self, settings: BridgeSettings) -> list[Bridge]:
        """Return the bridges that are switched on and have their messages; tell what is missing for the others."""
        makers: dict[str, Callable[[], Bridge]] = {
            "detections": lambda: DetectionsBridge(self),
            "humans": lambda: HumansBridge(self, settings.patience),
            "tf": lambda: FramesBridge(self, settings.tf_keypoints),
        }
        wanted = [target for target in TARGETS if getattr(settings, target)]
        if not wanted:
            self.get_logger().warning(f"nothing is switched on: set one of {', '.join(TARGETS)} to true")
        bridges = []
        for target in wanted:
            try:
                bridges.append(makers[target]())
            except MissingPackageError as error:
                self.get_logger().error(str(error))
        return bridges

    def _on_poses(self, message: PoseArray) -> None:
        people = from_pose_array(message)
        threshold = self._node_parameters.current.keypoint_threshold
        for bridge in self._bridges:
            bridge.publish(message, people, threshold)


def main() -> int:
    """Run the node; returns the exit status."""
    return run_node("bridge_node", __doc__ or "", BridgeNode)
