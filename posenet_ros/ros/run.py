# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How every node starts and ends."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from types import FrameType

import rclpy
from rclpy.clock import Clock, ClockType
from rclpy.executors import ExternalShutdownException
from rclpy.node import Node

from posenet_ros.errors import PoseNetError
from posenet_ros.ros.middleware import remove_abandoned_segments

_HEARTBEAT_S = 0.5


def run_node(make_node: Callable[[], Node]) -> int:
    """Make a node and spin it until it is told to end; returns the exit status of the process.

    Ctrl-C and SIGTERM end it with 0. A PoseNetError, from making the node or from a callback, ends it with
    1 and its message.
    """
    signal.signal(signal.SIGINT, _interrupt_once)
    remove_abandoned_segments()
    rclpy.init()
    node: Node | None = None
    try:
        node = make_node()
        # A SIGTERM that comes while rclpy prepares to wait does not wake it (seen with rclpy 7.1.6, one time
        # in ten): a heartbeat makes it look again. Simulated time may stand still, so that it is not used.
        node.create_timer(_HEARTBEAT_S, lambda: None, clock=Clock(clock_type=ClockType.STEADY_TIME))
        rclpy.spin(node)
    except (KeyboardInterrupt, ExternalShutdownException):
        return 0
    except RuntimeError:
        # The signal ends the middleware at once, under whatever callback is running.
        if rclpy.ok():
            raise
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


def _interrupt_once(signal_number: int, frame: FrameType | None) -> None:
    # A launch file's nodes can get Ctrl-C twice, from the terminal and from launch; the second one
    # would interrupt the clean end that the first one started.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise KeyboardInterrupt
