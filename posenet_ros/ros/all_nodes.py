# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Several nodes in one process: less memory, and images that are not copied between them."""

from __future__ import annotations

from collections.abc import Callable

from rclpy.node import Node

from posenet_ros.camera.live_source import quieten_opencv
from posenet_ros.ros.bridge_node import BridgeNode
from posenet_ros.ros.camera_node import CameraNode
from posenet_ros.ros.pose_node import PoseNode
from posenet_ros.ros.run import NodeArguments, run_nodes
from posenet_ros.ros.visualizer_node import VisualizerNode

# Receivers before senders: the first image of a picture that is not repeated must not be lost.
_NODES: dict[str, Callable[[], Node]] = {
    "pose_visualizer": VisualizerNode,
    "pose_bridge": BridgeNode,
    "posenet": PoseNode,
    "camera": CameraNode,
}
_BY_DEFAULT = ["pose_visualizer", "posenet", "camera"]


def main() -> int:
    """Run the nodes; returns the exit status."""
    parser = NodeArguments("posenet_all", __doc__ or "")
    parser.add_argument("--nodes", nargs="+", choices=_NODES, default=_BY_DEFAULT, help="which nodes")
    chosen = parser.parse().nodes
    quieten_opencv()
    return run_nodes(*(make_node for name, make_node in _NODES.items() if name in chosen))
