# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Several nodes in one process, and images that are not copied between them."""

from __future__ import annotations

import numpy as np
import pytest
from rclpy.parameter import Parameter
from rclpy.serialization import serialize_message
from sensor_msgs.msg import Image
from std_msgs.msg import Header
from visualization_msgs.msg import MarkerArray

from posenet_ros.msg import PoseArray
from posenet_ros.ros.local_images import LocalImages, stamp_of
from posenet_ros.ros.messages.images import to_image_message
from posenet_ros.ros.pose_node import PoseNode


def test_all_nodes_in_one_process(start, listener, any_model, person_path):
    node = start("posenet_all", model=any_model, source=person_path, frame_rate=20.0)
    poses, markers = listener.listen(PoseArray, "pose"), listener.listen(MarkerArray, "pose/markers")
    listener.wait_until(lambda: len(poses) > 3 and markers, "poses and markers")
    assert len(poses[-1].poses) == 1
    assert poses[-1].header.frame_id == "camera_optical_frame"
    assert {"camera", "posenet", "pose_visualizer"} <= {name for name, _ in listener.get_node_names_and_namespaces()}
    assert node.end() == 0


def test_some_of_the_nodes(start, listener, any_model):
    node = start("posenet_all", "--", "--nodes", "posenet", model=any_model)
    listener.wait_until(lambda: listener.count_subscribers("image"), "the pose node")
    assert "camera" not in listener.get_node_names()
    assert node.end() == 0


def test_an_image_that_others_subscribe_to_is_processed_once(start, listener, any_model, person_path):
    """The pose node gets it from the camera node, and drops the copy that comes through the middleware."""
    images, poses = listener.listen(Image, "image"), listener.listen(PoseArray, "pose")
    start("posenet_all", model=any_model, source=person_path, frame_rate=10.0)
    listener.wait_until(lambda: len(images) > 10 and len(poses) > 10, "images and poses")
    stamps = [(array.header.stamp.sec, array.header.stamp.nanosec) for array in poses]
    assert len(set(stamps)) == len(stamps)


def test_images_of_other_processes_are_heard_as_well(start, listener, any_model, person_path, person):
    start("posenet_all", "--", "--nodes", "posenet", "pose_visualizer", model=any_model)
    poses = listener.listen(PoseArray, "pose")
    start("camera_node", source=person_path, frame_rate=10.0)
    listener.wait_until(lambda: len(poses) > 3, "poses")


def test_a_namespace_is_taken_as_an_argument(listener, any_model):
    nodes = [
        PoseNode(namespace=name, parameter_overrides=[Parameter("model", value=str(any_model))])
        for name in ("left", "right")
    ]
    try:
        assert [node.get_fully_qualified_name() for node in nodes] == ["/left/posenet", "/right/posenet"]
        assert listener.count_subscribers("/left/image") == 1
    finally:
        for node in nodes:
            node.destroy_node()


def test_local_images_are_shared_and_cannot_be_written(listener):
    local, received = LocalImages.of(listener), []
    pixels = np.zeros((4, 4, 3), np.uint8)
    assert local.publish("/image", pixels, Header()) == 0
    local.subscribe("/image", received.append)
    assert LocalImages.of(listener).publish("/image", pixels, Header(frame_id="lens")) == 1
    assert received[0].pixels is pixels
    assert received[0].header.frame_id == "lens"
    with pytest.raises(ValueError, match="read-only"):
        received[0].pixels[:] = 1
    local.unsubscribe("/image", received.append)
    assert local.publish("/image", pixels, Header()) == 0


def test_the_stamp_of_a_serialized_message():
    header = Header()
    header.stamp.sec, header.stamp.nanosec = -5, 123456789
    assert stamp_of(serialize_message(to_image_message(np.zeros((2, 2, 3), np.uint8), header))) == (-5, 123456789)
    assert stamp_of(b"\x00\x01") is None
