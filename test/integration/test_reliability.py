# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What a robot that runs for weeks does to the pose node."""

from __future__ import annotations

import array
import random
import signal
import time

import cv2
import numpy as np
import pytest
from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from lifecycle_msgs.msg import Transition
from rcl_interfaces.srv import GetParameters
from rclpy.parameter import Parameter as RosParameter
from rclpy.qos import DurabilityPolicy, QoSProfile, qos_profile_sensor_data
from rclpy.serialization import serialize_message
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import Header
from std_srvs.srv import SetBool
from visualization_msgs.msg import MarkerArray

from posenet_ros.msg import PoseArray
from posenet_ros.ros import camera_stream
from posenet_ros.ros.messages.images import to_image_message
from posenet_ros.ros.pose_node import PoseNode
from posenet_ros.ros.qos import OUTPUT
from ros_helpers import change_state, feed, get_parameter, set_parameter, state


@pytest.fixture
def good(person) -> Image:
    return to_image_message(person, Header(frame_id="camera"))


def diagnostics(listener, level: bytes, word: str) -> DiagnosticStatus:
    """Wait for a status of the pose node with this level and word, and return it."""
    arrays = listener.received.get("/diagnostics") or listener.listen(DiagnosticArray, "/diagnostics")

    def find():
        return [
            status for array in arrays for status in array.status if status.level == level and word in status.message
        ]

    arrays.clear()
    listener.wait_until(find, f"diagnostics with '{word}'")
    return find()[-1]


def test_parameters_are_answered_while_the_network_runs(start, listener, any_model, good):
    """At 1025x1025 and stride 8 an image takes most of a second: many answers come for each image."""
    start("pose_node", model=any_model, output_stride=8, input_height=1025, input_width=1025, num_threads=1)
    arrays = listener.listen(PoseArray, "pose")
    feed(listener, Image, "image", lambda: good, arrays)
    publisher = listener.create_publisher(Image, "image", OUTPUT)
    listener.wait_until(publisher.get_subscription_count, "the node's subscription")
    client = listener.create_client(GetParameters, "posenet/get_parameters")
    listener.wait_until(client.service_is_ready, "the service")
    arrays.clear()
    waits = []
    for _ in range(100):
        publisher.publish(good)
        asked = time.monotonic()
        answer = client.call_async(GetParameters.Request(names=["max_poses"]))
        listener.wait_until(answer.done, "an answer")
        waits.append(time.monotonic() - asked)
    assert len(arrays) <= 20
    assert np.median(waits) < 0.05
    listener.destroy_client(client)


def test_disabled_node_holds_no_subscription(start, listener, any_model, good):
    start("pose_node", model=any_model)
    arrays = listener.listen(PoseArray, "pose")
    feed(listener, Image, "image", lambda: good, arrays)
    assert listener.call(SetBool, "posenet/enable", SetBool.Request(data=False)).success
    listener.wait_until(lambda: listener.count_subscribers("image") == 0, "the subscription to go")
    assert diagnostics(listener, DiagnosticStatus.OK, "disabled")
    assert listener.call(SetBool, "posenet/enable", SetBool.Request(data=True)).success
    feed(listener, Image, "image", lambda: good, arrays, count=len(arrays) + 1)


def test_two_cameras_have_topics_of_their_own(start, listener, float_model, good, couple):
    start("pose_node", model=float_model, cameras="[front, rear]")
    two = to_image_message(cv2.resize(couple, None, fx=0.3, fy=0.3), Header(frame_id="rear_optical"))
    front, rear = listener.listen(PoseArray, "front/pose"), listener.listen(PoseArray, "rear/pose")
    publishers = [listener.create_publisher(Image, f"{name}/image", OUTPUT) for name in ("front", "rear")]

    def enough():
        for publisher, message in zip(publishers, (good, two), strict=True):
            publisher.publish(message)
        listener.spin_for(0.1)
        return len(front) > 3 and len(rear) > 3

    listener.wait_until(enough, "poses of both cameras")
    assert {len(array.poses) for array in front} == {1}
    assert {len(array.poses) for array in rear} == {2}
    assert {array.header.frame_id for array in rear} == {"rear_optical"}
    arrays = listener.listen(DiagnosticArray, "/diagnostics")
    listener.wait_until(lambda: arrays, "diagnostics")
    assert [status.name for status in arrays[-1].status] == ["/posenet: front", "/posenet: rear"]


def test_two_cameras_at_30_hz_get_their_turns(start, listener, any_model, person_path):
    start("pose_node", model=any_model, cameras="[front, rear]")
    for name in ("front", "rear"):
        start("camera_node", "-r", f"__ns:=/{name}", source=person_path, frame_rate=30.0, frame_id=name)
    front, rear = listener.listen(PoseArray, "front/pose"), listener.listen(PoseArray, "rear/pose")
    listener.wait_until(lambda: front and rear, "poses of both cameras")
    front.clear()
    rear.clear()
    listener.wait_until(lambda: len(front) + len(rear) >= 100, "a hundred poses")
    assert min(len(front), len(rear)) >= 25


def test_cameras_that_share_a_name_are_refused(start, listener, any_model):
    node = start("pose_node", model=any_model, cameras="[front, front]")
    listener.wait_until(lambda: "expected different names" in node.output, "the error")
    assert diagnostics(listener, DiagnosticStatus.ERROR, "expected different names")


def test_a_name_that_cannot_be_a_topic_leaves_nothing_behind(start, listener, any_model):
    """Publishers of the first camera were left behind at every try."""
    node = start("pose_node", model=any_model, cameras="[front, 're ar']")
    listener.wait_until(lambda: "cannot configure" in node.output, "the error")
    for _ in range(2):
        assert not change_state(listener, Transition.TRANSITION_CONFIGURE)
    assert "cameras is ['front', 're ar'], and 're ar' cannot be part of a topic" in node.output
    listener.spin_for(0.5)
    assert listener.count_publishers("front/pose") == 0


def test_what_was_made_before_a_failure_is_destroyed(listener, any_model, monkeypatch):
    """The second camera's subscription to depth fails: the first one's publishers go."""
    made = []

    def fail(node, prefix):
        made.append(prefix)
        if prefix == "rear/":
            raise RuntimeError("no more memory")

    monkeypatch.setattr(camera_stream, "DepthInput", fail)
    overrides = {"model": str(any_model), "cameras": ["front", "rear"], "depth": True}
    node = PoseNode(parameter_overrides=[RosParameter(name, value=value) for name, value in overrides.items()])
    try:
        assert made == ["front/", "rear/"]
        topics = [topic for topic, _ in node.get_publisher_names_and_types_by_node("posenet", "/")]
        assert not [topic for topic in topics if "/pose" in topic.removeprefix("/posenet")]
    finally:
        node.destroy_node()


def test_diagnostics_tell_what_goes_on(start, listener, any_model, good):
    start("pose_node", model=any_model)
    arrays = listener.listen(PoseArray, "pose")
    reports = listener.listen(DiagnosticArray, "/diagnostics")

    def busy():
        feed(listener, Image, "image", lambda: good, arrays, count=len(arrays) + 1)
        statuses = [status for report in reports for status in report.status]
        return [status for status in statuses if "poses a second" in status.message and status.message[0] != "0"]

    listener.wait_until(busy, "diagnostics of a busy node")
    status = busy()[-1]
    values = {value.key: value.value for value in status.values}
    assert status.level == DiagnosticStatus.OK
    assert status.hardware_id == values["topic"] == "/image"
    assert float(values["pose rate (Hz)"]) > 0.0
    assert float(values["image rate (Hz)"]) > 0.0
    inference, total = (float(values[f"{name} median (ms)"]) for name in ("inference", "total"))
    assert 0.0 < inference < total
    # The test's images are not stamped.
    assert values["image age median (ms)"] == "nan"
    assert values["people"] == "1"
    assert values["output stride"] == "16"
    assert (values["input height"], values["input width"]) == ("257", "257")
    assert values["model"] == str(any_model)


def test_diagnostics_come_as_often_as_the_parameter_says(start, listener, any_model):
    start("pose_node", model=any_model, diagnostics_period=0.1)
    reports = listener.listen(DiagnosticArray, "/diagnostics")
    listener.wait_until(lambda: len(reports) > 2, "diagnostics")

    def count(seconds):
        reports.clear()
        listener.spin_for(seconds)
        return len(reports)

    assert 10 <= count(2.0) <= 21
    assert set_parameter(listener, "diagnostics_period", 60.0).successful
    # A change takes effect with the next look at the parameters.
    listener.spin_for(1.0)
    assert count(2.0) == 0
    # The period that had begun is not waited for.
    assert set_parameter(listener, "diagnostics_period", 0.5).successful
    assert 1 <= count(2.0) <= 4
    assert set_parameter(listener, "diagnostics_period", 0.0).successful
    listener.spin_for(1.0)
    assert count(1.5) == 0


def test_age_is_told_and_old_images_are_warned_of(start, listener, any_model, good):
    start("pose_node", model=any_model)
    arrays = listener.listen(PoseArray, "pose")

    def stamped(age: float):
        def make():
            nanoseconds = listener.get_clock().now().nanoseconds - int(age * 1e9)
            good.header.stamp = Time(sec=nanoseconds // 10**9, nanosec=nanoseconds % 10**9)
            return good

        return make

    feed(listener, Image, "image", stamped(0.0), arrays, count=5)
    status = diagnostics(listener, DiagnosticStatus.OK, "poses a second")
    age = next(value.value for value in status.values if value.key.startswith("image age"))
    assert 0.0 < float(age.split(" / ")[0]) < 1000.0
    feed(listener, Image, "image", stamped(5.0), arrays, count=len(arrays) + 12)
    assert diagnostics(listener, DiagnosticStatus.WARN, "after their image")


@pytest.mark.parametrize("share", ["all", "half"])
def test_bad_images_show_in_diagnostics(start, listener, any_model, good, share):
    start("pose_node", model=any_model)
    bad = Image(height=480, width=640, encoding="bgr8", step=1920, data=bytes(1000))
    publisher = listener.create_publisher(Image, "image", OUTPUT)
    listener.wait_until(publisher.get_subscription_count, "the node's subscription")
    level = DiagnosticStatus.ERROR if share == "all" else DiagnosticStatus.WARN
    arrays = listener.listen(DiagnosticArray, "/diagnostics")
    for _ in range(30):
        publisher.publish(bad)
        listener.spin_for(0.1)
        if share == "half":
            publisher.publish(good)
            listener.spin_for(0.1)
    statuses = [status for array in arrays for status in array.status]
    found = [status for status in statuses if status.level == level]
    assert found
    assert int(next(value.value for value in found[-1].values if value.key == "bad images")) > 0


def test_silence_is_explained_once_and_its_end_told(start, listener, any_model, good):
    node = start("pose_node", model=any_model)
    wrong = listener.create_publisher(CompressedImage, "image", OUTPUT)
    elsewhere = listener.create_publisher(Image, "camera/color", OUTPUT)
    listener.wait_until(lambda: "no image on /image" in node.output, "the warning", timeout=20)
    warning = next(line for line in node.output.splitlines() if "no image on /image" in line)
    assert "/listener (sensor_msgs/msg/CompressedImage, reliable, volatile)" in warning
    assert "set image_transport to 'compressed'" in warning
    listener.spin_for(2.0)
    assert node.output.count("no image on /image") == 1
    assert diagnostics(listener, DiagnosticStatus.WARN, "no image on /image")
    # One participant cannot hold two types on a topic.
    listener.destroy_publisher(wrong)
    feed(listener, Image, "image", lambda: good, listener.listen(PoseArray, "pose"))
    listener.wait_until(lambda: "images arrive again on /image" in node.output, "the end of silence")
    assert elsewhere


def test_silence_without_a_publisher_names_other_topics(start, listener, any_model):
    elsewhere = listener.create_publisher(Image, "camera/color", OUTPUT)
    node = start("pose_node", model=any_model)
    listener.wait_until(lambda: "no image on /image" in node.output, "the warning", timeout=20)
    assert "Nobody publishes it. Images are published on /camera/color" in node.output
    assert elsewhere


def test_subscriber_that_asks_for_too_much_is_told_of(start, listener, any_model):
    node = start("pose_node", model=any_model)
    demanding = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
    subscription = listener.create_subscription(PoseArray, "pose", lambda message: None, demanding)
    listener.wait_until(lambda: "a stricter DURABILITY policy" in node.output, "the warning")
    assert "a subscription on /pose requests" in node.output
    assert subscription


def test_unknown_parameter_is_named(start, listener, any_model):
    node = start("pose_node", model=any_model, stride=8)
    listener.wait_until(lambda: "there is no parameter 'stride'" in node.output, "the warning")
    assert "output_stride" in node.output


def test_max_rate_limits_the_poses(start, listener, any_model, good):
    start("pose_node", model=any_model, max_rate=5.0)
    arrays = listener.listen(PoseArray, "pose")
    publisher = listener.create_publisher(Image, "image", OUTPUT)
    listener.wait_until(publisher.get_subscription_count, "the node's subscription")
    begin = time.monotonic()
    while time.monotonic() - begin < 4.0:
        publisher.publish(good)
        listener.spin_for(0.02)
    assert 8 <= len(arrays) <= 22


@pytest.mark.parametrize("stamp", [Time(), Time(sec=2**31 - 1, nanosec=999_999_999), Time(sec=-5, nanosec=0)])
def test_odd_stamps_are_passed_on(start, listener, any_model, good, stamp):
    start("pose_node", model=any_model)
    arrays = listener.listen(PoseArray, "pose")
    good.header.stamp = stamp
    feed(listener, Image, "image", lambda: good, arrays, count=2)
    assert arrays[-1].header.stamp == stamp


def test_simulated_time_that_stands_still_or_jumps_back_is_harmless(start, listener, any_model, good):
    node = start("pose_node", model=any_model, use_sim_time=True)
    arrays = listener.listen(PoseArray, "pose")
    clock = listener.create_publisher(Clock, "/clock", OUTPUT)
    feed(listener, Image, "image", lambda: good, arrays, count=2)
    for seconds in (100, 50, 0, 2**31 - 1, 1):
        clock.publish(Clock(clock=Time(sec=seconds)))
        feed(listener, Image, "image", lambda: good, arrays, count=len(arrays) + 2)
    assert diagnostics(listener, DiagnosticStatus.OK, "poses a second")
    assert node.process.poll() is None


def random_image(rng: random.Random) -> Image:
    """Return an image message with nonsense in it."""
    encodings = ("bgr8", "rgb8", "mono8", "mono16", "bayer_rggb8", "nv12", "yuv422", "", "8UC9", "jpeg", "\0", "32FC1")
    size = rng.choice((0, 1, 2, 7, 100, 640, 65536, 2**32 - 1))
    return Image(
        header=Header(stamp=Time(sec=rng.randrange(-(2**31), 2**31), nanosec=rng.randrange(2**32))),
        height=rng.choice((size, 1, 480)),
        width=rng.choice((size, 1, 640)),
        step=rng.choice((0, 1, size, 1920, 2**32 - 1)),
        encoding=rng.choice(encodings),
        is_bigendian=rng.randrange(256),
        # rclpy takes an array as it is; of bytes it checks one by one.
        data=array.array("B", rng.randbytes(rng.choice((0, 1, 3, 1000, 100_000)))),
    )


def test_hostile_images_between_good_ones(start, listener, any_model, good):
    node = start("pose_node", model=any_model)
    arrays = listener.listen(PoseArray, "pose")
    publisher = listener.create_publisher(Image, "image", OUTPUT)
    listener.wait_until(publisher.get_subscription_count, "the node's subscription")
    rng = random.Random(1)
    begin = time.monotonic()
    for number in range(1000):
        publisher.publish(random_image(rng))
        if number % 50 == 49:
            good.header.stamp = Time(sec=number)
            got = [array for array in arrays if array.header.stamp.sec == number]
            while not got:
                publisher.publish(good)
                listener.spin_for(0.05)
                got = [array for array in arrays if array.header.stamp.sec == number and len(array.poses) == 1]
                assert time.monotonic() - begin < 90, f"no pose of the good image after {number} bad ones"
        else:
            listener.spin_for(0.004)
    assert node.process.poll() is None
    errors = node.output.count("[ERROR]")
    assert 1 <= errors <= (time.monotonic() - begin) / 5.0 + 2, "errors are throttled"


def test_bytes_that_are_no_image_message_count_as_a_bad_image(start, listener, any_model, good):
    node = start("pose_node", model=any_model)
    arrays = listener.listen(PoseArray, "pose")
    publisher = listener.create_publisher(Image, "image", OUTPUT)
    listener.wait_until(publisher.get_subscription_count, "the node's subscription")
    reports = listener.listen(DiagnosticArray, "/diagnostics")
    serialized = serialize_message(good)

    def bad_images():
        for broken in (serialized[:40], serialized[:-1000], b"\xff" * 100):
            publisher.publish(broken)
            listener.spin_for(0.05)
        counts = [{pair.key: pair.value for pair in status.values} for report in reports for status in report.status]
        return [count for count in counts if count.get("bad images", "0") != "0"]

    listener.wait_until(bad_images, "bad images in the diagnostics")
    assert bad_images()[-1]["failed images"] == "0"
    assert node.output.count("are no Image message") == 1
    feed(listener, Image, "image", lambda: good, arrays)


def test_two_hundred_parameter_changes_while_images_flow(start, listener, any_model, good):
    node = start("pose_node", model=any_model)
    arrays = listener.listen(PoseArray, "pose")
    feed(listener, Image, "image", lambda: good, arrays)
    publisher = listener.create_publisher(Image, "image", OUTPUT)
    rng = random.Random(2)
    valid = {
        "output_stride": (8, 16, 32),
        "input_height": (0, 129, 200, 257),
        "input_width": (0, 161, 257),
        "decoder": ("multi", "multi_refined", "single"),
        "max_poses": (1, 5, 20),
        "pose_threshold": (0.0, 0.1, 0.5),
        "keypoint_threshold": (0.1, 0.5),
        "nms_radius": (5.0, 20.0),
        "max_rate": (0.0, 100.0),
    }
    invalid = {
        "output_stride": (0, 7, 64, -16),
        "input_height": (-1, 100_000),
        "decoder": ("", "best"),
        "max_poses": (0, -1, 101),
        "pose_threshold": (-0.1, 1.1, float("nan"), float("inf")),
        "nms_radius": (-1.0, float("nan")),
        "model": ("other.tflite",),
    }
    in_force = {}
    for _ in range(200):
        good_value = rng.random() < 0.6
        name, values = rng.choice(list((valid if good_value else invalid).items()))
        value = rng.choice(values)
        result = set_parameter(listener, name, value)
        assert result.successful == good_value, f"{name} = {value}: {result.reason}"
        if good_value:
            in_force[name] = value
        else:
            assert result.reason
        publisher.publish(good)
    for name, value in in_force.items():
        found = get_parameter(listener, name)
        assert value in (found.integer_value, found.double_value, found.string_value)
    for name, value in (
        ("max_rate", 0.0),
        ("output_stride", 16),
        ("decoder", "multi"),
        ("pose_threshold", 0.1),
        ("input_height", 0),
        ("input_width", 0),
        ("keypoint_threshold", 0.5),
    ):
        assert set_parameter(listener, name, value).successful
    count = len(arrays)
    feed(listener, Image, "image", lambda: good, arrays, count=count + 3)
    assert len(arrays[-1].poses) == 1
    assert "[ERROR]" not in node.output


def test_publisher_restarts_with_another_size_encoding_and_reliability(start, listener, any_model, person):
    start("pose_node", model=any_model)
    arrays = listener.listen(PoseArray, "pose")
    for scale, grey, qos in ((1.0, False, OUTPUT), (0.5, True, qos_profile_sensor_data), (1.5, False, OUTPUT)):
        picture = cv2.resize(person, None, fx=scale, fy=scale)
        message = to_image_message(picture, Header())
        if grey:
            message = Image(height=picture.shape[0], width=picture.shape[1], encoding="mono8", step=picture.shape[1])
            message.data = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).tobytes()
        publisher = listener.create_publisher(Image, "image", qos)
        arrays.clear()

        def enough(publisher=publisher, message=message, width=picture.shape[1]):
            publisher.publish(message)
            listener.spin_for(0.1)
            return [array for array in arrays if array.image_width == width and len(array.poses) == 1]

        listener.wait_until(enough, f"poses at scale {scale}")
        listener.destroy_publisher(publisher)


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_each_node_restarts_while_the_others_run(start, listener, any_model, person_path, signal_number):
    """What a killed node leaves in shared memory is the matter of test_abandoned_segments.py."""
    commands = {
        "camera_node": {"source": person_path, "frame_rate": 10.0},
        "pose_node": {"model": any_model},
        "visualizer_node": {},
    }
    running = {name: start(name, **parameters) for name, parameters in commands.items()}
    arrays = listener.listen(PoseArray, "pose")
    markers = listener.listen(MarkerArray, "pose/markers")
    listener.wait_until(lambda: arrays and markers, "poses and markers")
    for name, parameters in commands.items():
        expected = -signal.SIGKILL if signal_number == signal.SIGKILL else 0
        assert running[name].end(signal_number) == expected
        others = [node for other, node in running.items() if other != name]
        assert all(node.process.poll() is None for node in others)
        # What the old node sent last proves nothing.
        listener.spin_for(0.2)
        running[name] = start(name, **parameters)
        arrays.clear()
        markers.clear()
        listener.wait_until(lambda: arrays and markers, f"poses and markers after a restart of {name}", timeout=3)
    assert state(listener) == 3
