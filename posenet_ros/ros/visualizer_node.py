# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The node that shows poses in RViz."""

from __future__ import annotations

from typing import Any

from posenet_ros.errors import SettingError
from posenet_ros.ros.camera_names import check_camera_names
from posenet_ros.ros.marker_stream import MarkerStream
from posenet_ros.ros.run import run_node
from posenet_ros.ros.settings_node import SettingsNode
from posenet_ros.settings.visualizer import VisualizerSettings


class VisualizerNode(SettingsNode):
    """Turns the pose arrays of each camera into marker arrays in the same frame.

    :param node_arguments: those of :class:`rclpy.node.Node`: context, namespace, parameter_overrides, ...
    """

    def __init__(self, **node_arguments: Any) -> None:
        super().__init__("pose_visualizer", **node_arguments)
        self._node_parameters = self.declare_settings(VisualizerSettings)
        for problem in self._node_parameters.problems.values():
            self.get_logger().error(f"{problem}; the default is used")
        cameras = self._node_parameters.current.cameras
        try:
            check_camera_names(cameras)
        except SettingError as error:
            self.get_logger().error(f"{error}; one camera without a name is assumed")
            cameras = ("",)
        self._streams = [MarkerStream(self, name, lambda: self._node_parameters.current) for name in cameras]


def main() -> int:
    """Run the node; returns the exit status."""
    return run_node("visualizer_node", __doc__ or "", VisualizerNode)
