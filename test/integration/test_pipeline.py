# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Camera, pose and visualizer nodes over the real middleware."""

from __future__ import annotations

import json
import math
import signal
import time

import numpy as np
import pytest
from sensor_msgs.msg import CameraInfo, Image
from visualization_msgs.msg import Marker, MarkerArray

from posenet_ros.msg import Keypoint, PoseArray
from posenet_ros.skeleton import KEYPOINT_NAMES, KeypointId


def test_message_constants_are_the_skeleton():
    assert {name: getattr(Keypoint, name) for name in KeypointId.__members__} == dict(KeypointId.__members__)


def start_all(start, model, source):
    """Start all three nodes on an image."""
    return [
        start("camera_node", source=source, frame_rate=10.0, frame_id="eye"),
        start("pose_node", model=model),
        start("visualizer_node"),
    ]


@pytest.fixture
def pipeline(start, any_model, person_path):
    return start_all(start, any_model, person_path)


@pytest.fixture
def programs(start_program, any_model, person_path):
    """Start the executables, whose whole life is looked at."""
    return start_all(start_program, any_model, person_path)


def test_key_points_of_the_drawn_person_arrive(float_model, pipeline, listener, person_keypoints):
    poses = listener.listen(PoseArray, "pose")
    images = listener.listen(Image, "image")
    listener.wait_until(lambda: len(poses) > 3 and images, "poses")
    message = poses[-1]
    assert (message.image_width, message.image_height) == (640, 480)
    assert message.header.frame_id == "eye"
    assert len(message.poses) == 1
    pose = message.poses[0]
    assert pose.id == 1
    assert 0.8 < pose.score <= 1.0
    assert [keypoint.name for keypoint in pose.keypoints] == list(KEYPOINT_NAMES)
    assert [keypoint.id for keypoint in pose.keypoints] == list(range(17))
    found = np.array([(keypoint.x, keypoint.y) for keypoint in pose.keypoints])
    assert np.median(np.linalg.norm(found - person_keypoints, axis=1)) < 8.0
    assert all(0.0 <= keypoint.score <= 1.0 for keypoint in pose.keypoints)
    assert all(math.isnan(keypoint.position.z) for keypoint in pose.keypoints)


def test_overlay_has_the_image_and_a_skeleton(pipeline, listener, person):
    overlays = listener.listen(Image, "pose/overlay")
    listener.wait_until(lambda: overlays, "overlay")
    overlay = np.frombuffer(overlays[-1].data, np.uint8).reshape(person.shape)
    changed = (overlay != person).any(axis=-1).mean()
    assert 0.005 < changed < 0.2


def test_markers_show_joints_limbs_head_and_label(float_model, pipeline, listener):
    arrays = listener.listen(MarkerArray, "pose/markers")
    infos = listener.listen(CameraInfo, "camera_info")
    listener.wait_until(lambda: len(arrays) > 3 and infos, "markers")
    markers = {marker.ns: marker for marker in arrays[-1].markers}
    assert set(markers) == {"joints", "limbs", "heads", "labels"}
    assert markers["joints"].type == Marker.SPHERE_LIST
    assert len(markers["joints"].points) == len(markers["joints"].colors) == 17
    assert markers["limbs"].type == Marker.LINE_LIST
    # The body's twelve limbs and the neck; the face is a ball.
    assert len(markers["limbs"].points) == len(markers["limbs"].colors) == 26
    assert markers["heads"].type == Marker.SPHERE
    assert markers["labels"].type == Marker.TEXT_VIEW_FACING
    assert markers["labels"].text
    for marker in markers.values():
        assert marker.header.frame_id == "eye"
        assert marker.action == Marker.ADD
        assert marker.pose.orientation.w == 1.0
        assert marker.lifetime.nanosec == 500_000_000
    # On the plane 2 m in front of a camera with 60 degrees of view: the nose is near the middle.
    nose = markers["joints"].points[0]
    focal = infos[-1].k[0]
    assert nose.z == pytest.approx(2.0)
    assert nose.x == pytest.approx((320.0 - 319.5) / focal * 2.0, abs=0.02)
    assert nose.y == pytest.approx((100.6 - 239.5) / focal * 2.0, abs=0.02)


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
def test_all_nodes_end_cleanly(programs, listener, signal_number):
    poses = listener.listen(PoseArray, "pose")
    listener.wait_until(lambda: poses, "poses")
    assert [node.end(signal_number) for node in programs] == [0, 0, 0]
    assert not any("Traceback" in node.output for node in programs)


def test_second_interrupt_does_not_disturb_the_first(programs, listener):
    poses = listener.listen(PoseArray, "pose")
    listener.wait_until(lambda: poses, "poses")
    for _ in range(2):
        for node in programs:
            node.process.send_signal(signal.SIGINT)
        time.sleep(0.01)
    assert [node.wait() for node in programs] == [0, 0, 0]
    assert not any("Traceback" in node.output for node in programs)


@pytest.mark.parametrize("size", ["257_s16", "353x481_s16"])
def test_the_couple_agrees_with_tfjs_through_the_node(start, listener, test_data, float_model, size):
    expected = json.loads((test_data / "golden" / "tfjs" / f"test_couple_{size}.json").read_text())
    start("camera_node", source=test_data / "images" / "test_couple.jpg", frame_rate=5.0)
    start(
        "pose_node",
        model=float_model,
        input_height=expected["input_height"],
        input_width=expected["input_width"],
    )
    arrays = listener.listen(PoseArray, "pose")
    listener.wait_until(lambda: arrays, "poses")
    poses = [pose for pose in arrays[-1].poses if pose.score > 0.5]
    assert len(poses) == 2
    found = np.array([[(k.x, k.y) for k in pose.keypoints] for pose in poses])
    for pose in expected["multi_max5"]:
        sure = np.array([k["score"] > 0.5 for k in pose["keypoints"]])
        keypoints = np.array([(k["x"], k["y"]) for k in pose["keypoints"]])
        distances = np.linalg.norm(found - keypoints, axis=-1)[:, sure]
        assert np.median(distances, axis=1).min() <= 0.01 * arrays[-1].image_width
