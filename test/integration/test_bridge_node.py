# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The bridge node, with whichever of the optional packages are installed."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest
from builtin_interfaces.msg import Time
from std_msgs.msg import Header

from posenet_ros.msg import PoseArray
from posenet_ros.people import People
from posenet_ros.ros.messages.poses import to_pose_array
from posenet_ros.ros.qos import OUTPUT

PACKAGES = {"detections": "vision_msgs", "humans": "hri_msgs", "tf": "tf2_msgs"}


def is_installed(package: str) -> bool:
    return find_spec(package) is not None


@pytest.fixture
def send(listener, person_keypoints):
    """Return a function that publishes a person until a condition holds."""
    positions = np.column_stack(((person_keypoints - (319.5, 239.5)) / 277.0, np.full(17, 2.0)))[None]
    people = People(person_keypoints[None], np.ones((1, 17)), np.ones(1), np.array([4]), positions)
    publisher = listener.create_publisher(PoseArray, "pose", OUTPUT)
    stamps = iter(range(1, 10_000))

    def send_until(condition, what):
        def sent():
            publisher.publish(to_pose_array(people, Header(frame_id="eye", stamp=Time(sec=next(stamps))), (480, 640)))
            listener.spin_for(0.1)
            return condition()

        listener.wait_until(sent, what)

    return send_until


def test_with_nothing_switched_on_it_says_what_there_is(start_program, listener):
    node = start_program("bridge_node")
    listener.wait_until(lambda: "detections, humans, tf" in node.output, "a warning that names the choices")
    assert node.end() == 0


@pytest.mark.parametrize("target", PACKAGES)
def test_a_missing_package_is_one_error_and_the_node_lives_on(start, listener, send, target):
    if is_installed(PACKAGES[target]):
        pytest.skip(f"{PACKAGES[target]} is installed")
    node = start("bridge_node", **{target: True})
    listener.wait_until(lambda: f"set {target} to false" in node.output, "an error with the cure")
    send(lambda: listener.count_subscribers("pose"), "a subscription")
    assert node.process.poll() is None
    assert node.output.count("ERROR") == 1
    assert node.end() == 0


@pytest.mark.skipif(not is_installed("vision_msgs"), reason="vision_msgs is not installed")
def test_detections_come(start, listener, send):
    from vision_msgs.msg import Detection2DArray, Detection3DArray  # noqa: PLC0415 - not everywhere

    start("bridge_node", detections=True)
    flat = listener.listen(Detection2DArray, "pose/detections")
    in_space = listener.listen(Detection3DArray, "pose/detections_3d")
    send(lambda: flat and in_space, "detections")
    assert flat[-1].detections[0].id == in_space[-1].detections[0].id == "4"


@pytest.mark.skipif(
    not (is_installed("hri_msgs") and is_installed("tf2_msgs")), reason="hri_msgs or tf2_msgs is not installed"
)
def test_bodies_come(start, listener, send):
    from hri_msgs.msg import IdsList, Skeleton2D  # noqa: PLC0415 - not everywhere

    start("bridge_node", humans=True)
    tracked = listener.listen(IdsList, "/humans/bodies/tracked")
    send(lambda: tracked and tracked[-1].ids, "a body")
    skeletons = listener.listen(Skeleton2D, f"/humans/bodies/{tracked[-1].ids[0]}/skeleton2d")
    send(lambda: skeletons, "a skeleton")
    assert len(skeletons[-1].skeleton) == 18


@pytest.mark.skipif(not is_installed("tf2_msgs"), reason="tf2_msgs is not installed")
def test_frames_come(start, listener, send):
    from tf2_msgs.msg import TFMessage  # noqa: PLC0415 - not everywhere

    start("bridge_node", tf=True, tf_keypoints=True)
    frames = listener.listen(TFMessage, "/tf")
    send(lambda: frames, "frames")
    assert {"person_4", "person_4_nose"} <= {transform.child_frame_id for transform in frames[-1].transforms}
