# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How nodes start and end: one or several in a process, with one executor."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable
from types import FrameType

import rclpy
from rclpy.clock import Clock, ClockType
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.utilities import remove_ros_args

from posenet_ros.errors import PoseNetError
from posenet_ros.ros.message_generator import keep_generator_out
from posenet_ros.ros.middleware import remove_abandoned_segments
from posenet_ros.streaming.blocked import blocked_threads

_HEARTBEAT_S = 0.5
# What has not ended so long after a signal waits for something, as for a server that does not go on with a download.
_PATIENCE_S = 6.0
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)
_ROS_ARGUMENTS = """\
what ROS takes, behind --ros-args:
  -p NAME:=VALUE             set a parameter
  --params-file FILE         set parameters, as in config/pose.yaml
  -r image:=/camera/image    use another topic
  -r __ns:=/robot            run in a namespace
"""


class NodeArguments(argparse.ArgumentParser):
    """The parser of what stands before ``--ros-args``: ``-h``, and nothing else unless it is added.

    :param program: name of the executable
    :param description: what it does
    """

    def __init__(self, program: str, description: str) -> None:
        super().__init__(
            prog=program,
            usage=f"ros2 run posenet_ros {program} [-h] [--ros-args ...]",
            description=description,
            epilog=_ROS_ARGUMENTS,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )

    def parse(self) -> argparse.Namespace:
        """Return this program's own arguments."""
        try:
            arguments = remove_ros_args()[1:]
        except Exception:  # noqa: BLE001 - of several kinds; rclpy.init meets the same one and is heard there
            arguments = []
        return self.parse_args(arguments)


def run_node(program: str, description: str, make_node: Callable[[], Node]) -> int:
    """Run a program with one node, as :func:`run_nodes` does; ``-h`` prints a help and ends."""
    NodeArguments(program, description).parse()
    return run_nodes(make_node)


def run_nodes(*make_nodes: Callable[[], Node]) -> int:
    """Make nodes and spin them until they are told to end; returns the exit status of the process.

    Ctrl-C and SIGTERM end them with 0, within a few seconds. A PoseNetError from a constructor or a callback ends all
    nodes with 1 and its message. A thread that is blocked in native code cannot be ended: the process ends without it,
    at once.
    """
    status = _run(make_nodes)
    blocked = blocked_threads()
    if blocked:
        # ROS is shut down by now. An ordinary exit would abort if the native code returns during it (SIGABRT, seen
        # with OpenCV and Python 3.11).
        print(f"[WARN] ending without {', '.join(blocked)}, which does not answer", file=sys.stderr)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    return status


def _run(make_nodes: tuple[Callable[[], Node], ...]) -> int:
    started = False

    def end(signal_number: int, frame: FrameType | None) -> None:
        if not started or signal_number == signal.SIGALRM:
            os._exit(0)
        signal.setitimer(signal.ITIMER_REAL, _PATIENCE_S)

    # Python's own handler raises KeyboardInterrupt wherever the program is: code that Python or C++ calls loses it,
    # turns it into another error or crashes. This one never raises. Once ROS runs, rclpy's handler shuts it down.
    for number in _SIGNALS:
        signal.signal(number, end)
    remove_abandoned_segments()
    keep_generator_out()
    try:
        rclpy.init()
    except Exception as error:  # noqa: BLE001 - rclpy has a kind of error for each cause, and more in each version
        cure = "set HOME or ROS_LOG_DIR to a folder that can be written" if "log" in str(error) else "see the message"
        print(f"[FATAL] ROS cannot start: {error}; {cure}", file=sys.stderr)
        return 1
    started = True
    nodes: list[Node] = []
    try:
        _spin(make_nodes, nodes)
    except PoseNetError as error:
        if nodes:
            nodes[-1].get_logger().fatal(str(error))
        else:
            print(f"[FATAL] {error}", file=sys.stderr)
        return 1
    except Exception:
        # A signal shuts ROS down at once, under whatever is running, which then fails.
        if rclpy.ok():
            raise
    finally:
        for node in reversed(nodes):
            node.destroy_node()
        rclpy.try_shutdown()
        # Python takes its handlers back while it ends.
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN)
    return 0


def _spin(make_nodes: tuple[Callable[[], Node], ...], nodes: list[Node]) -> None:
    """Make the nodes, which are added to the list, and spin them for good."""
    executor = SingleThreadedExecutor()
    for make_node in make_nodes:
        nodes.append(make_node())
        executor.add_node(nodes[-1])
    # A SIGTERM that arrives while rclpy prepares to wait does not wake it (seen with rclpy 7.1.6, one time in ten). A
    # timer wakes it. Simulated time may stand still, so the timer uses a steady clock.
    nodes[0].create_timer(_HEARTBEAT_S, lambda: None, clock=Clock(clock_type=ClockType.STEADY_TIME))
    executor.spin()
