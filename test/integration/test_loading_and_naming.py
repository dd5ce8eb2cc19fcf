# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A node that is told to end while it loads, and cameras and nodes that must not be mistaken for each other."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest
from diagnostic_msgs.msg import DiagnosticArray
from sensor_msgs.msg import Image

from posenet_ros.ros.qos import OUTPUT


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("seconds", [0.2, 0.6, 0.9, 1.2])
def test_a_node_that_ends_while_it_loads_blames_nothing(start_program, any_model, signal_number, seconds):
    node = start_program("pose_node", model=any_model)
    time.sleep(seconds)
    status = node.end(signal_number)
    assert "cannot configure" not in node.output
    assert "Traceback" not in node.output
    # Before Python runs the program's first line, the signal itself ends the process.
    assert status == 0 or (status == -signal_number and not node.output)


INTERRUPTED = """
import os, signal, sys, time, rclpy
from rclpy.node import Node
from posenet_ros.ros.run import run_nodes

def interrupt():
    os.kill(os.getpid(), signal.SIGINT)

def interrupt_and_work():
    interrupt()
    while rclpy.ok():
        time.sleep(0.01)
    print("worked on")

class Interrupted(Node):
    def destroy_node(self):
        interrupt()
        super().destroy_node()
        interrupt()

def make_node():
    {}
    return node

sys.exit(run_nodes(make_node))
"""


@pytest.mark.parametrize(
    ("making", "told"),
    [
        ("interrupt_and_work(); node = Node('interrupted')", "worked on\n"),
        ("node = Node('interrupted'); interrupt_and_work()", "worked on\n"),
        ("node = Node('interrupted'); node.create_timer(0.0, interrupt_and_work)", "worked on\n"),
        ("node = Interrupted('interrupted'); node.create_timer(0.0, rclpy.try_shutdown)", ""),
        ("node = Interrupted('interrupted'); node.create_timer(0.0, interrupt)", ""),
    ],
    ids=["before it is made", "while it is made", "in a callback", "while it ends", "again and again"],
)
def test_an_interrupt_ends_the_node_and_breaks_into_nothing(isolated_ros, making, told):
    """KeyboardInterrupt was lost, or became another error, where it was raised in a call from C++."""
    command = [sys.executable, "-c", INTERRUPTED.format(making)]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (result.returncode, result.stdout, result.stderr) == (0, told, "")


@pytest.mark.parametrize("signal_number", ["SIGINT", "SIGTERM"])
def test_a_node_that_waits_for_something_while_it_is_made_ends_all_the_same(isolated_ros, signal_number):
    """As for a server that does not go on with a download."""
    program = INTERRUPTED.replace("SIGINT", signal_number).format("interrupt(); time.sleep(100.0); node = None")
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_each_cameras_errors_are_told(start, listener, any_model):
    node = start("pose_node", model=any_model, cameras="[left, right]")
    publishers = [listener.create_publisher(Image, f"{name}/image", OUTPUT) for name in ("left", "right")]
    bad = Image(height=480, width=640, encoding="bgr8", step=1920, data=bytes(1000))

    def told():
        for publisher in publishers:
            publisher.publish(bad)
        listener.spin_for(0.1)
        return all(f"no poses from an image on /{name}/image" in node.output for name in ("left", "right"))

    # One of them is not silenced by the other for five seconds.
    listener.wait_until(told, "an error of each camera")


def test_statuses_of_nodes_in_namespaces_have_names_of_their_own(start, listener, any_model):
    arrays = listener.listen(DiagnosticArray, "/diagnostics")
    for name in ("r1", "r2"):
        start("pose_node", "-r", f"__ns:=/{name}", model=any_model, cameras="[front, rear]")
    expected = {f"/{name}/posenet: {camera}" for name in ("r1", "r2") for camera in ("front", "rear")}
    listener.wait_until(lambda: expected <= {s.name for array in arrays for s in array.status}, "all statuses")
