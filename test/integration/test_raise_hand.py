# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The example of a user's node, docs/raise_hand.py, says who raises a hand."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from std_msgs.msg import Header

from posenet_ros.msg import PoseArray
from posenet_ros.people import People
from posenet_ros.ros.messages.poses import to_pose_array
from posenet_ros.ros.qos import OUTPUT
from posenet_ros.skeleton import KeypointId

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "raise_hand.py"


@pytest.fixture
def example(listener, tmp_path):
    log = tmp_path / "raise_hand.log"
    with log.open("w") as output:
        process = subprocess.Popen([sys.executable, str(EXAMPLE)], stdout=output, stderr=subprocess.STDOUT)
    yield log

    process.terminate()
    publisher = listener.create_publisher(PoseArray, "pose", OUTPUT)

    def ended():
        # A signal that comes while rclpy prepares to wait does not wake it, but a message does.
        publisher.publish(PoseArray())
        listener.spin_for(0.1)
        return process.poll() is not None

    listener.wait_until(ended, "the end of the example")
    assert process.returncode == 0, log.read_text()


def test_who_raises_a_hand_is_printed(listener, example, person_keypoints):
    up = person_keypoints.copy()
    up[KeypointId.LEFT_WRIST] = up[KeypointId.LEFT_SHOULDER] - (0.0, 60.0)
    down = person_keypoints.copy()
    down[KeypointId.LEFT_WRIST] = down[KeypointId.LEFT_HIP]
    positions = np.full((3, 17, 3), np.nan)
    positions[0] = 0.5, -0.25, 2.0
    positions[0, KeypointId.LEFT_WRIST, 1] = -0.6
    people = People(np.stack((up, up, down)), np.ones((3, 17)), np.ones(3), np.array([4, 5, 6]), positions)
    publisher = listener.create_publisher(PoseArray, "pose", OUTPUT)

    def said():
        publisher.publish(to_pose_array(people, Header(frame_id="eye"), (480, 640)))
        listener.spin_for(0.1)
        return "person 5" in example.read_text()

    listener.wait_until(said, "a line for each person")
    lines = set(example.read_text().splitlines())
    assert "person 4 raises a hand: x 0.50, y -0.25, z 2.00 m" in lines
    assert any(line.startswith("person 5 raises a hand: column 3") for line in lines)
    assert not any("person 6" in line for line in lines)
