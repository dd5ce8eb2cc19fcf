# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""posenet-bag gives what the node publishes, in messages that ROS reads."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from ament_index_python.packages import get_package_prefix, get_package_share_directory
from bag_maker import DELAY_NS, image_message, info_message, record_images, stamp_ns
from bag_runs import find_people, place_in
from builtin_interfaces.msg import Time
from mcap.reader import make_reader
from rclpy.serialization import deserialize_message, serialize_message
from rosbags.rosbag2 import Reader
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import Header
from visualization_msgs.msg import MarkerArray

from mini_posenet import paint
from posenet_ros.camera.camera_info import to_camera
from posenet_ros.figures.marker_sequence import MarkerSequence
from posenet_ros.msg import PoseArray
from posenet_ros.offline.message_types import message_types
from posenet_ros.ros.messages.images import to_depth_message, to_image_message
from posenet_ros.ros.messages.markers import ROS_MARKERS
from posenet_ros.ros.messages.poses import from_pose_array
from posenet_ros.ros.messages.stamps import to_seconds
from posenet_ros.ros.qos import OUTPUT
from posenet_ros.settings.visualizer import VisualizerSettings

IMAGES = 8
FRAME = "camera_optical_frame"
FOCAL = 250.0


def images() -> list[np.ndarray]:
    """Return images of one or two people who walk and jitter."""
    return [
        paint((257, 545), [place_in(number), (300 + number * 5 % 7, 40)] if number != 4 else [place_in(number)])
        for number in range(IMAGES)
    ]


def depth_mm(number: int) -> np.ndarray:
    rows = np.arange(257)[:, None] * np.ones(545)
    return (1500 + rows + 20 * number).astype("<u2")


def camera_info() -> CameraInfo:
    message = info_message((257, 545), FOCAL, 0)
    info = CameraInfo(height=257, width=545, distortion_model="plumb_bob")
    info.k, info.d, info.r, info.p = (list(getattr(message, name)) for name in "kdrp")
    return info


@pytest.mark.parametrize(
    "settings", [{}, {"smoothing": True, "track_patience": 0.25}, {"depth": True, "smoothing": True}]
)
def test_the_same_images_through_node_and_bag(start, listener, tmp_path, mini_model, settings):
    settings = {"model": str(mini_model), "input_width": 545, "output_stride": 8} | settings
    start("pose_node", **settings)
    arrays = listener.listen(PoseArray, "pose")
    publishers = {
        name: listener.create_publisher(kind, name, OUTPUT)
        for name, kind in (("depth_image", Image), ("camera_info", CameraInfo), ("image", Image))
    }
    listener.wait_until(publishers["image"].get_subscription_count, "subscription")
    listener.spin_for(1.0)
    recorder = record_images(images())
    for number, image in enumerate(images()):
        stamp = Time(sec=stamp_ns(number) // 10**9, nanosec=stamp_ns(number) % 10**9)
        header = Header(stamp=stamp, frame_id=FRAME)
        info = camera_info()
        info.header = header
        publishers["camera_info"].publish(info)
        publishers["depth_image"].publish(to_depth_message(depth_mm(number), header))
        listener.spin_for(0.2)
        publishers["image"].publish(to_image_message(image, header))
        listener.wait_until(lambda wanted=number + 1: len(arrays) >= wanted, f"poses of image {number}")
        depth = image_message(depth_mm(number), stamp_ns(number), encoding="16UC1")
        recorder.add("/camera/depth", depth, stamp_ns(number) + DELAY_NS)
        recorder.add("/camera/camera_info", info_message((257, 545), FOCAL, stamp_ns(number)), stamp_ns(number))
    bag = recorder.write(tmp_path / "walk")
    assert find_people([bag], tmp_path / "out", mini_model, settings) == 0
    found = ros_messages(tmp_path / "out" / "walk")
    assert len(found) == IMAGES
    for published, offline in zip(arrays, found, strict=True):
        assert len(published.poses) in (1, 2)
        assert repr(offline) == repr(published)
    known = [k.position.z for message in found for pose in message.poses for k in pose.keypoints]
    assert np.isfinite(known).any() == bool(settings.get("depth"))


# Texts of messages, in which NaN is like NaN, are compared: bytes differ in the padding.
def ros_messages(folder: Path, kind: type = PoseArray, topic: str = "/camera/pose") -> list:
    with Reader(folder) as reader:
        wanted = [connection for connection in reader.connections if connection.topic == topic]
        return [deserialize_message(bytes(data), kind) for _, _, data in reader.messages(wanted)]


def test_hashes_of_types_are_rosidls():
    share = Path(get_package_share_directory("posenet_ros")) / "msg"
    for name in ("Keypoint", "Pose", "PoseArray"):
        entries = json.loads((share / f"{name}.json").read_text())["type_hashes"]
        [expected] = [entry["hash_string"] for entry in entries if entry["type_name"] == f"posenet_ros/msg/{name}"]
        for distribution in ("humble", "jazzy", "kilted", None):
            assert message_types(distribution).store.hash_rihs01(f"posenet_ros/msg/{name}") == expected


def test_other_readers_read_the_outputs(tmp_path, mini_model):
    bag = record_images(images()).write(tmp_path / "walk")
    for storage in ("mcap", "sqlite3"):
        settings = {"input_width": 545}
        assert find_people([bag], tmp_path / storage, mini_model, settings, storage=storage, overlay=True) == 0
    with (tmp_path / "mcap" / "walk" / "walk.mcap").open("rb") as stream:
        reader = make_reader(stream, validate_crcs=True)
        assert reader.get_summary().statistics.message_count == 2 * IMAGES
        entries = list(reader.iter_messages(topics=["/camera/pose"]))
    assert {schema.name for schema, _, _ in entries} == {"posenet_ros/msg/PoseArray"}
    assert all("uint8 LEFT_ANKLE=15" in schema.data.decode() for schema, _, _ in entries)
    messages = [deserialize_message(message.data, PoseArray) for _, _, message in entries]
    assert [message.header.stamp.nanosec for message in messages] == [number * 10**8 for number in range(IMAGES)]
    others = ros_messages(tmp_path / "sqlite3" / "walk")
    assert list(map(repr, others)) == list(map(repr, messages))


@pytest.mark.parametrize("depth", [False, True])
def test_markers_are_the_visualizers(tmp_path, mini_model, depth):
    recorder = record_images(images())
    for number in range(IMAGES):
        message = image_message(depth_mm(number), stamp_ns(number), encoding="16UC1")
        recorder.add("/camera/depth", message, stamp_ns(number) + DELAY_NS)
    recorder.add("/camera/camera_info", info_message((257, 545), FOCAL, stamp_ns(0)), stamp_ns(0))
    bag = recorder.write(tmp_path / "walk")
    settings = {"input_width": 545, "depth": depth}
    markers = VisualizerSettings(plane_distance=3.0)
    assert find_people([bag], tmp_path / "out", mini_model, settings, markers=markers) == 0
    poses = ros_messages(tmp_path / "out" / "walk")
    found = ros_messages(tmp_path / "out" / "walk", MarkerArray, "/camera/pose/markers")
    maker = MarkerSequence(ROS_MARKERS)
    for message, offline in zip(poses, found, strict=True):
        camera = to_camera(camera_info(), (257, 545), rectified=False)
        expected = maker.update(
            from_pose_array(message), camera, message.header, to_seconds(message.header.stamp), markers
        )
        # What is received has the precision of the fields.
        received = deserialize_message(serialize_message(MarkerArray(markers=expected)), MarkerArray)
        assert repr(offline) == repr(received)
    # Somebody leaves in between.
    assert any(marker.action == marker.DELETE for message in found for marker in message.markers)


def test_ros2_run_posenet_ros_bag(tmp_path, mini_model):
    bags = [record_images(images()[:3]).write(tmp_path / "in" / f"walk_{number}") for number in range(3)]
    path = Path(get_package_prefix("posenet_ros")) / "lib" / "posenet_ros" / "bag"
    command = [str(path), str(tmp_path / "in"), "--output", str(tmp_path / "out"), "-p", f"model={mini_model}"]
    # Worker processes import the launcher, too.
    result = subprocess.run(
        [*command, "--jobs", "2"], capture_output=True, text=True, check=False, env=os.environ, timeout=100
    )
    assert result.returncode == 0, result.stderr
    assert "3 bags (0 were there already), 9 images" in result.stdout
    assert sorted(folder.name for folder in (tmp_path / "out").iterdir()) == [bag.name for bag in bags]
