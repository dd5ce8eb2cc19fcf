# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The node where nothing can be fetched."""

from __future__ import annotations

import cv2
import pytest
from diagnostic_msgs.msg import DiagnosticArray
from sensor_msgs.msg import Image
from std_msgs.msg import Header

from posenet_ros.msg import PoseArray
from posenet_ros.ros.messages.images import to_image_message
from ros_helpers import feed, state


@pytest.fixture
def no_network(monkeypatch, tmp_path):
    """Let nothing be fetched, and nothing be there."""
    monkeypatch.setenv("POSENET_ROS_CACHE", str(tmp_path / "cache"))
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
        monkeypatch.setenv(name.upper(), "http://127.0.0.1:9")


@pytest.fixture
def picture(person_path) -> Image:
    return to_image_message(cv2.imread(str(person_path.with_name("clip") / "024.jpg")), Header(frame_id="eye"))


def test_without_network_the_bundled_model_is_used_with_one_warning(start, listener, no_network, picture):
    node = start("pose_node")
    arrays = listener.listen(PoseArray, "pose")
    reports = listener.listen(DiagnosticArray, "/diagnostics")
    feed(listener, Image, "image", lambda: picture, arrays, count=3)
    assert state(listener) == 3
    assert node.output.count("[WARN]") == 1
    assert "models fetch posenet_mobilenet_v1_100_257x257" in node.output
    assert "model bundled: output stride 16, input 257x257" in node.output
    # Diagnostics tell what is in use, not what was asked for.
    reports.clear()
    listener.wait_until(lambda: reports, "diagnostics")
    assert {pair.key: pair.value for pair in reports[-1].status[0].values}["model"] == "bundled"


def test_bundled_model_can_be_asked_for(start, listener, no_network, picture):
    node = start("pose_node", model="bundled", input_height=353, input_width=481)
    arrays = listener.listen(PoseArray, "pose")
    feed(listener, Image, "image", lambda: picture, arrays, count=3)
    assert len(arrays[-1].poses) >= 1
    assert "[WARN]" not in node.output
    assert "[ERROR]" not in node.output
