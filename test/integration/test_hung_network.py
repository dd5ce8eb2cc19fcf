# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A network that never comes back: it is seen, and the node can still be left."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time

import pytest
import rclpy
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from lifecycle_msgs.msg import State, Transition
from rclpy.executors import SingleThreadedExecutor
from rclpy.parameter import Parameter
from sensor_msgs.msg import Image
from std_msgs.msg import Header

from posenet_ros.msg import PoseArray
from posenet_ros.network.model import PoseNetModel
from posenet_ros.pipeline import PosePipeline
from posenet_ros.ros import diagnostics
from posenet_ros.ros.messages.images import to_image_message
from posenet_ros.ros.pose_node import PoseNode
from ros_helpers import change_state, feed, state

# A pose node whose network hangs once it has been loaded: with the first image.
PROGRAM = """
import sys, threading
from posenet_ros.network.model import PoseNetModel
from posenet_ros.pipeline import PosePipeline
from posenet_ros.ros.pose_node import main

def hang(self, image):
    print("the network hangs", flush=True)
    threading.Event().wait()

PoseNetModel.run = hang
sys.exit(main())
"""
# The join takes 2 s, the rest is a busy machine's.
LEAVING_S = 8.0


class Hang:
    """Makes every network hang from now on, until it is released."""

    def __init__(self, monkeypatch):
        self.hanging = threading.Event()
        self.released = threading.Event()
        run = PoseNetModel.run

        def hang(model, image):
            self.hanging.set()
            self.released.wait()
            return run(model, image)

        self._monkeypatch = monkeypatch
        monkeypatch.setattr(PoseNetModel, "run", hang)

    def mend(self):
        self._monkeypatch.undo()


@pytest.fixture
def hang(monkeypatch):
    hang = Hang(monkeypatch)
    yield hang
    hang.released.set()


@pytest.fixture
def node(listener, any_model):
    """A pose node in this process, spun by a thread."""
    overrides = [Parameter("model", value=str(any_model)), Parameter("diagnostics_period", value=0.1)]
    node = PoseNode(parameter_overrides=overrides)
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    thread = threading.Thread(target=executor.spin)
    thread.start()
    yield node
    executor.shutdown()
    thread.join()
    node.destroy_node()


def hang_up(listener, hang, image):
    publisher = listener.create_publisher(Image, "image", 1)

    def hangs():
        publisher.publish(image)
        return hang.hanging.is_set()

    listener.wait_until(hangs, "the network to hang")
    listener.destroy_publisher(publisher)


def test_diagnostics_warn_and_then_report_an_error(listener, node, hang, person, monkeypatch):
    monkeypatch.setattr(diagnostics, "_MINIMUM_BUSY_S", 0.3)
    reports = listener.listen(DiagnosticArray, "/diagnostics")
    hang_up(listener, hang, to_image_message(person, Header()))

    def levels():
        return [status.level for report in reports for status in report.status if "busy with one" in status.message]

    listener.wait_until(lambda: DiagnosticStatus.ERROR in levels(), "an error")
    assert DiagnosticStatus.WARN in levels()
    assert levels() == sorted(levels())


def test_deactivate_returns_and_a_new_model_serves_again(listener, node, hang, person):
    image = to_image_message(person, Header())
    hang_up(listener, hang, image)
    start = time.monotonic()
    assert change_state(listener, Transition.TRANSITION_DEACTIVATE)
    assert time.monotonic() - start < LEAVING_S
    # The model is still in use by the thread that hangs.
    assert not change_state(listener, Transition.TRANSITION_ACTIVATE)
    assert state(listener) == State.PRIMARY_STATE_INACTIVE
    hang.mend()
    for transition in (Transition.TRANSITION_CLEANUP, Transition.TRANSITION_CONFIGURE, Transition.TRANSITION_ACTIVATE):
        assert change_state(listener, transition)
    arrays = listener.listen(PoseArray, "pose")
    feed(listener, Image, "image", lambda: image, arrays)
    assert len(arrays[-1].poses) == 1


def test_an_exception_of_no_known_kind_is_logged_once_with_its_traceback(listener, node, person, monkeypatch, capfd):
    """A fault of the package, not of an image: the place where it happened is worth a page of the log, once."""

    def fail(pipeline, *arguments):
        raise ZeroDivisionError("a fault of the package")

    monkeypatch.setattr(PosePipeline, "process", fail)
    reports = listener.listen(DiagnosticArray, "/diagnostics")
    publisher = listener.create_publisher(Image, "image", 1)
    image = to_image_message(person, Header())

    def failures():
        publisher.publish(image)
        values = [value for report in reports for status in report.status for value in status.values]
        return [int(value.value) for value in values if value.key == "failed images"][-1:]

    listener.wait_until(lambda: failures() >= [3], "three images that fail")
    log = capfd.readouterr().err
    assert log.count("Traceback") == 1
    assert "ZeroDivisionError: a fault of the package" in log
    assert "in fail" in log


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
def test_signals_end_the_node(listener, any_model, person, tmp_path, signal_number):
    log = tmp_path / "log"
    with log.open("w") as output:
        command = [sys.executable, "-c", PROGRAM, "--ros-args", "-p", f"model:={any_model}"]
        process = subprocess.Popen(
            ["env", "--default-signal=INT", *command], stdout=output, stderr=subprocess.STDOUT, cwd=tmp_path
        )
    try:
        publisher = listener.create_publisher(Image, "image", 1)
        message = to_image_message(person, Header())

        def hangs():
            publisher.publish(message)
            return "the network hangs" in log.read_text()

        listener.wait_until(hangs, "the network to hang")
        start = time.monotonic()
        process.send_signal(signal_number)
        assert process.wait(LEAVING_S) == 0
        assert time.monotonic() - start < LEAVING_S
        assert "ending without" in log.read_text()
    finally:
        process.kill()
        print(log.read_text())
        assert rclpy.ok()
