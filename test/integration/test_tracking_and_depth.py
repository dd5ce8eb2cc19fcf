# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Ids, smoothing and positions in the messages of the real pose node."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
import pytest
from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticArray
from lifecycle_msgs.msg import Transition
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import Header

from posenet_ros.camera.calibration import Calibration
from posenet_ros.camera.camera_info import to_camera
from posenet_ros.camera.image_source import read_depth_picture
from posenet_ros.msg import PoseArray
from posenet_ros.ros.messages.camera_infos import to_camera_info
from posenet_ros.ros.messages.images import to_depth_message, to_image_message
from posenet_ros.ros.qos import OUTPUT
from ros_helpers import change_state, feed, set_parameter


@pytest.fixture
def depth_mm(person_path) -> np.ndarray:
    """Return what a depth camera sees of the drawn person: 2.2 to 2.55 m, before a wall at 4.5 m."""
    return read_depth_picture(str(person_path.with_name("person_depth.png")))


@dataclass
class RgbdCamera:
    """Publishes image, depth and camera_info, stamped a tenth of a second apart."""

    listener: object
    image: Image
    depth: Image
    info: CameraInfo
    prefix: str = ""
    depth_delay_ns: int = 0
    stamp_ns: int = 10**9
    publishers: dict = field(default_factory=dict)

    def __post_init__(self) -> None:
        topics = {"depth_image": self.depth, "camera_info": self.info, "image": self.image}
        for topic, message in topics.items():
            if message is not None:
                publisher = self.listener.create_publisher(type(message), self.prefix + topic, OUTPUT)
                self.publishers[publisher] = message

    def shoot(self) -> None:
        self.stamp_ns += 10**8
        for publisher, message in self.publishers.items():
            stamp = self.stamp_ns + (self.depth_delay_ns if message is self.depth else 0)
            message.header.stamp = Time(sec=stamp // 10**9, nanosec=stamp % 10**9)
            publisher.publish(message)

    def shoot_until(self, condition, what: str):
        def done():
            self.shoot()
            self.listener.spin_for(0.1)
            return condition()

        self.listener.wait_until(done, what)


@pytest.fixture
def camera(listener, person, depth_mm):
    """Return a function that makes the camera that sees the drawn person, with messages changed or left out."""

    def make(**changes) -> RgbdCamera:
        header = {"header": Header(frame_id="eye")}
        info = to_camera_info(Calibration.from_field_of_view(640, 480, 60.0), CameraInfo(width=640, height=480))
        info.header = Header(frame_id="eye")
        messages = {
            "image": to_image_message(person, **header),
            "depth": to_depth_message(depth_mm, header=Header(frame_id="eye")),
            "info": info,
        }
        return RgbdCamera(listener, **(messages | changes))

    return make


def positions(message: PoseArray) -> np.ndarray:
    return np.array([[(k.position.x, k.position.y, k.position.z) for k in pose.keypoints] for pose in message.poses])


def pixels(message: PoseArray) -> np.ndarray:
    return np.array([[(k.x, k.y) for k in pose.keypoints] for pose in message.poses])


def float_depth(depth_mm: np.ndarray) -> Image:
    metres = np.where(depth_mm, depth_mm / 1000.0, np.nan).astype("<f4")
    message = Image(height=480, width=640, step=4 * 640, encoding="32FC1", header=Header(frame_id="eye"))
    message.data = metres.tobytes()
    return message


def half_depth(depth_mm: np.ndarray) -> Image:
    return to_depth_message(np.ascontiguousarray(depth_mm[::2, ::2]), Header(frame_id="eye"))


@pytest.mark.parametrize("make_depth", [None, float_depth, half_depth])
@pytest.mark.parametrize("prefix", ["", "front/"])
def test_key_points_are_located_on_the_person(start, listener, float_model, camera, depth_mm, make_depth, prefix):
    start("pose_node", model=float_model, depth=True, cameras="[front]" if prefix else '[""]')
    arrays = listener.listen(PoseArray, f"{prefix}pose")
    rgbd = camera(prefix=prefix, **({"depth": make_depth(depth_mm)} if make_depth else {}))
    rgbd.shoot_until(lambda: arrays and np.isfinite(positions(arrays[-1])).all(), "positions")
    places, points = positions(arrays[-1])[0], pixels(arrays[-1])[0]
    # The left hand is raised towards the camera; nothing is on the wall.
    assert places[9, 2] == pytest.approx(2.2, abs=0.05)
    assert places[[5, 6, 11, 12], 2] == pytest.approx(2.5, abs=0.05)
    assert places[:, 2].max() < 2.7
    ray = to_camera(rgbd.info, (480, 640), rectified=False)
    np.testing.assert_allclose(ray.project(places), points, atol=0.01)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"depth": None}, "no depth image on /depth_image"),
        ({"info": None}, "no camera_info on /camera_info"),
        ({"info": CameraInfo(width=640, height=480)}, "not calibrated"),
        ({"info": CameraInfo(width=320, height=240, k=[300.0] * 9)}, "320x240 pixels"),
        ({"depth_delay_ns": 7 * 10**9}, "depth_tolerance is 0.05 s"),
        ({"depth": Image(height=2, width=2, step=6, encoding="bgr8", data=bytes(12))}, "'bgr8', expected 16UC1"),
        ({"depth": Image(height=2, width=2, step=4, encoding="16UC1", data=bytes(7))}, "7 bytes in all"),
    ],
)
def test_without_usable_depth_positions_are_unknown_and_diagnostics_say_why(
    start, listener, any_model, camera, changes, reason
):
    start("pose_node", model=any_model, depth=True)
    arrays = listener.listen(PoseArray, "pose")
    reports = listener.listen(DiagnosticArray, "/diagnostics")

    def told():
        messages = [status.message for report in reports for status in report.status]
        return [message for message in messages if message.startswith("depth: ") and reason in message]

    camera(**changes).shoot_until(lambda: arrays and told(), f"diagnostics with '{reason}'")
    assert len(arrays[-1].poses) == 1
    assert np.isnan(positions(arrays[-1])).all()


@pytest.mark.parametrize(
    ("make_depth", "word"),
    [
        (lambda depth_mm: to_depth_message(depth_mm * 0, Header(frame_id="eye")), "holds no depths, only 0 or NaN"),
        (lambda depth_mm: float_depth(1000.0 * depth_mm), "the values are likely millimetres"),
        (lambda depth_mm: to_depth_message(depth_mm // 1000, Header(frame_id="eye")), "the values are likely metres"),
    ],
)
def test_depth_of_a_wrong_unit_is_one_warning(start, listener, any_model, camera, depth_mm, make_depth, word):
    node = start("pose_node", model=any_model, depth=True)
    arrays = listener.listen(PoseArray, "pose")
    rgbd = camera(depth=make_depth(depth_mm))
    rgbd.shoot_until(lambda: word in node.output, "the warning")
    count = len(arrays) + 10
    rgbd.shoot_until(lambda: len(arrays) >= count, "more poses")
    lines = [line for line in node.output.splitlines() if word in line]
    assert len(lines) == 1
    assert "[WARN]" in lines[0]
    assert "the people on /image have no positions: " in lines[0]


def test_a_single_lost_depth_image_is_no_warning(start, listener, any_model, camera):
    node = start("pose_node", model=any_model, depth=True)
    arrays = listener.listen(PoseArray, "pose")
    rgbd = camera()
    rgbd.shoot_until(lambda: arrays and np.isfinite(positions(arrays[-1])).all(), "positions")
    for number in range(12):
        rgbd.depth_delay_ns = 7 * 10**9 if number % 4 == 0 else 0
        rgbd.shoot()
        listener.spin_for(0.2)
    assert any(np.isnan(positions(array)).all() for array in arrays)
    assert "have no positions" not in node.output


def test_depth_in_another_frame_is_doubted_and_used(start, listener, any_model, camera, depth_mm):
    start("pose_node", model=any_model, depth=True)
    arrays = listener.listen(PoseArray, "pose")
    reports = listener.listen(DiagnosticArray, "/diagnostics")
    rgbd = camera(depth=to_depth_message(depth_mm, Header(frame_id="depth_eye")))
    rgbd.shoot_until(lambda: "in the frame 'depth_eye'" in str(reports), "the doubt")
    assert np.isfinite(positions(arrays[-1])).all()


def test_nearest_depth_image_in_time_is_used(start, listener, any_model, camera, depth_mm):
    """The depth images of another time show a wall at 1 m."""
    start("pose_node", model=any_model, depth=True, depth_tolerance=0.5)
    arrays = listener.listen(PoseArray, "pose")
    rgbd = camera()
    rgbd.shoot_until(lambda: arrays and np.isfinite(positions(arrays[-1])).all(), "positions")
    wall = to_depth_message(np.full_like(depth_mm, 1000), Header(frame_id="eye"))
    publisher = next(iter(rgbd.publishers))
    for _ in range(10):
        soon = rgbd.stamp_ns + 250_000_000
        wall.header.stamp = Time(sec=soon // 10**9, nanosec=soon % 10**9)
        publisher.publish(wall)
        rgbd.shoot()
        listener.spin_for(0.1)
        rgbd.stamp_ns += 10**8
    assert np.nanmedian(positions(arrays[-1])[..., 2]) == pytest.approx(2.5, abs=0.05)


def test_ids_are_kept_and_never_given_twice(start, listener, any_model, camera, person):
    start("pose_node", model=any_model, track_patience=0.3)
    arrays = listener.listen(PoseArray, "pose")
    rgbd = camera(depth=None, info=None)
    rgbd.shoot_until(lambda: len(arrays) >= 10, "poses")
    assert {pose.id for array in arrays for pose in array.poses} == {1}
    # Gone for longer than the patience: the same picture shows somebody else.
    rgbd.stamp_ns += 10**9
    arrays.clear()
    rgbd.shoot_until(lambda: any(array.poses and array.poses[0].id == 2 for array in arrays), "a new id")
    # Configured again, the node still knows which ids were given.
    for transition in (
        Transition.TRANSITION_DEACTIVATE,
        Transition.TRANSITION_CLEANUP,
        Transition.TRANSITION_CONFIGURE,
        Transition.TRANSITION_ACTIVATE,
    ):
        assert change_state(listener, transition)
    arrays.clear()
    rgbd.shoot_until(lambda: any(array.poses for array in arrays), "poses")
    assert {pose.id for array in arrays for pose in array.poses} == {3}


def test_tracking_can_be_switched_while_images_flow(start, listener, any_model, camera):
    start("pose_node", model=any_model)
    arrays = listener.listen(PoseArray, "pose")
    rgbd = camera(depth=None, info=None)
    rgbd.shoot_until(lambda: any(array.poses and array.poses[0].id == 1 for array in arrays), "an id")
    assert set_parameter(listener, "tracking", False).successful
    arrays.clear()
    rgbd.shoot_until(lambda: any(array.poses and array.poses[0].id == -1 for array in arrays), "no ids")
    assert set_parameter(listener, "tracking", True).successful
    arrays.clear()
    rgbd.shoot_until(lambda: any(array.poses and array.poses[0].id >= 1 for array in arrays), "ids again")


def test_smoothing_can_be_switched_while_images_flow(start, listener, any_model, camera, person):
    """The person jumps by a few pixels from image to image: smoothed, the keypoints jump by less."""
    start("pose_node", model=any_model)
    arrays = listener.listen(PoseArray, "pose")
    rgbd = camera(depth=None, info=None)
    publisher = next(iter(rgbd.publishers))
    rng = np.random.default_rng(0)

    def jitter():
        arrays.clear()
        for _ in range(25):
            shift = np.array(((1.0, 0.0, rng.normal(0.0, 3.0)), (0.0, 1.0, rng.normal(0.0, 3.0))))
            moved = cv2.warpAffine(person, shift, (640, 480), borderMode=cv2.BORDER_REPLICATE)
            stamp = rgbd.stamp_ns = rgbd.stamp_ns + 33_000_000
            header = Header(frame_id="eye", stamp=Time(sec=stamp // 10**9, nanosec=stamp % 10**9))
            publisher.publish(to_image_message(moved, header))
            listener.spin_for(0.05)
        points = np.array([pixels(array)[0] for array in arrays[5:] if array.poses])
        assert len(points) >= 10
        return np.median(points.std(axis=0))

    rgbd.shoot_until(lambda: arrays, "poses")
    raw = jitter()
    assert set_parameter(listener, "smoothing", True).successful
    smoothed = jitter()
    assert set_parameter(listener, "smoothing", False).successful
    assert smoothed < 0.7 * raw
    assert jitter() > 0.7 * raw


def test_camera_node_publishes_its_depth_picture(start, listener, person_path, depth_mm):
    start("camera_node", source=person_path, depth_picture=person_path.with_name("person_depth.png"), frame_id="eye")
    depths, images = listener.listen(Image, "depth_image"), listener.listen(Image, "image")
    listener.wait_until(lambda: len(depths) > 2 and len(images) > 2, "depth and images")
    np.testing.assert_array_equal(np.frombuffer(depths[-1].data, "<u2").reshape(480, 640), depth_mm)
    assert depths[-1].encoding == "16UC1"
    assert {d.header.stamp.nanosec for d in depths} & {i.header.stamp.nanosec for i in images}


@pytest.mark.parametrize(
    ("name", "word"), [("person.png", "expected one of uint16"), ("none.png", "cannot be read: No such file")]
)
def test_what_is_no_depth_picture_is_one_error(start, person_path, name, word):
    node = start("camera_node", source=person_path, depth_picture=person_path.with_name(name))
    assert node.wait() == 1
    assert node.output.count(word) == 1
    assert "Traceback" not in node.output


def test_poses_of_unstamped_images_keep_their_ids(start, listener, any_model, person):
    start("pose_node", model=any_model)
    arrays = listener.listen(PoseArray, "pose")
    message = to_image_message(person, Header(frame_id="eye"))
    feed(listener, Image, "image", lambda: message, arrays, count=5)
    assert {pose.id for array in arrays for pose in array.poses} == {1}
