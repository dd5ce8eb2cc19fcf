# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A visualizer of several cameras, and one that has to guess what its camera sees."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import Header
from visualization_msgs.msg import MarkerArray

from posenet_ros.msg import PoseArray
from posenet_ros.people import People
from posenet_ros.ros.messages.images import to_image_message
from posenet_ros.ros.messages.poses import to_pose_array
from posenet_ros.ros.qos import OUTPUT


@pytest.fixture
def someone(person_keypoints) -> PoseArray:
    people = People(person_keypoints[None], np.full((1, 17), 0.9), np.array([0.9]), np.array([7]))
    return to_pose_array(people, Header(frame_id="eye"), (480, 640))


def test_each_camera_has_markers_of_its_own(start, listener, someone):
    start("visualizer_node", cameras="[front, left/rear]")
    arrays = {name: listener.listen(MarkerArray, f"{name}/pose/markers") for name in ("front", "left/rear")}
    publisher = listener.create_publisher(PoseArray, "left/rear/pose", OUTPUT)

    def shown():
        publisher.publish(someone)
        listener.spin_for(0.1)
        return any(array.markers for array in arrays["left/rear"])

    listener.wait_until(shown, "markers")
    assert not arrays["front"]


def test_a_name_that_cannot_be_a_topic_is_told_and_the_node_lives_on(start, listener):
    node = start("visualizer_node", cameras="[9front]")
    listener.wait_until(lambda: listener.count_publishers("pose/markers"), "the visualizer")
    assert "'9front' cannot be part of a topic" in node.output
    assert node.process.poll() is None


@pytest.mark.parametrize("calibrated", [False, True])
def test_a_guessed_field_of_view_is_warned_of_once(start, listener, someone, calibrated):
    node = start("visualizer_node", field_of_view=50.0)
    arrays = listener.listen(MarkerArray, "pose/markers")
    poses = listener.create_publisher(PoseArray, "pose", OUTPUT)
    infos = listener.create_publisher(CameraInfo, "camera_info", OUTPUT)
    listener.wait_until(lambda: infos.get_subscription_count() and poses.get_subscription_count(), "the visualizer")
    for _ in range(50):
        if calibrated:
            info = CameraInfo(width=640, height=480, distortion_model="plumb_bob")
            info.k = [500.0, 0.0, 320.0, 0.0, 500.0, 240.0, 0.0, 0.0, 1.0]
            infos.publish(info)
        poses.publish(someone)
        listener.spin_for(0.1)
    assert arrays
    assert node.output.count("no camera_info on /camera_info: markers assume a field of view of 50") == (not calibrated)


def test_images_of_several_sizes_each_have_their_camera_info(start, listener, tmp_path, person):
    """The newest camera_info may be that of an image whose poses are still to come."""
    for number, scale in enumerate((1.0, 0.5, 0.75)):
        cv2.imwrite(str(tmp_path / f"{number}.png"), cv2.resize(person, None, fx=scale, fy=scale))
    node = start("visualizer_node")
    arrays = listener.listen(MarkerArray, "pose/markers")
    start("camera_node", source=tmp_path, frame_rate=20.0)
    start("pose_node", model="bundled")
    listener.wait_until(lambda: sum(bool(array.markers) for array in arrays) > 10, "markers")
    assert "camera_info is of images" not in node.output


@pytest.mark.parametrize(("frame", "odd"), [("", True), ("/camera", True), ("camera", False)])
def test_a_frame_id_that_tf_does_not_know_is_told_once(start, listener, person, frame, odd):
    node = start("pose_node", model="bundled")
    poses = listener.listen(PoseArray, "pose")
    publisher = listener.create_publisher(Image, "image", OUTPUT)

    def enough():
        publisher.publish(to_image_message(person, Header(frame_id=frame)))
        listener.spin_for(0.1)
        return len(poses) > 3

    listener.wait_until(enough, "poses")
    assert node.output.count(f"have the frame_id '{frame}', which tf does not know") == odd
