# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How every node starts and ends."""

from __future__ import annotations

import sys
from collections.abc import Callable

import rclpy
from rclpy.executors import ExternalShutdownException
from rclpy.node import Node

from posenet_ros.errors import PoseNetError


def run_node(make_node: Callable[[], Node]) -> int:
    """Make a node and spin it until it is told to end; returns the exit status of the process.

    Ctrl-C and SIGTERM end it with 0. A PoseNetError, from making the node or from a callback, ends it with
    1 and its message.
    """
    rclpy.init()
    node: Node | None = None
    try:
        node = make_node()
        rclpy.spin(node)
    except (KeyboardInterrupt, ExternalShutdownException):
        return 0
    except PoseNetError as error:
        if node is not None:
            node.get_logger().fatal(str(error))
        else:
            print(f"[FATAL] {error}", file=sys.stderr)
        return 1
    finally:
        if node is not None:
            node.destroy_node()
        rclpy.try_shutdown()
    return 0
