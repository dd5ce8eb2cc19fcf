# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What is said where no images come, or where they get lost."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
import rclpy
from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticArray
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import Header

from posenet_ros.ros.messages.images import to_image_message
from posenet_ros.ros.qos import OUTPUT
from posenet_ros.ros.topic_advice import PROFILE, Wanted, missing_images

NOTHING = "No topic with images is published: start a camera"


@pytest.fixture
def others(listener):
    """Return a function that publishes topics of a type in the name of another node."""
    node = rclpy.create_node("driver")

    def publish(kind: type, *topics: str) -> None:
        for topic in topics:
            node.create_publisher(kind, topic, OUTPUT)
            listener.wait_until(lambda topic=topic: listener.count_publishers(topic), topic)

    publish.node = node
    yield publish
    node.destroy_node()


def advice(listener, transport: str = "raw", camera: str = "") -> str:
    topic = f"/{camera}/image" if camera else "/image"
    if transport == "compressed":
        topic += "/compressed"
    return missing_images(listener, Wanted(topic, transport, camera), 5.0)


@pytest.mark.parametrize("transport", ["raw", "compressed"])
@pytest.mark.parametrize("camera", ["", "front"])
def test_nobody_publishes_images(listener, transport, camera):
    assert NOTHING in advice(listener, transport, camera)


def test_subscribers_are_no_publishers(listener):
    listener.listen(Image, "somewhere")
    assert NOTHING in advice(listener)


def test_overlays_of_this_package_are_no_cameras(listener, others):
    others(Image, "/pose/overlay", "/robot/front/pose/overlay")
    assert NOTHING in advice(listener)
    others(Image, "/camera/image_raw")
    text = advice(listener)
    assert "image:=/camera/image_raw" in text
    assert "overlay" not in text


def test_several_are_named_and_depth_comes_last(listener, others):
    others(Image, "/camera/aligned_depth_to_color/image_raw", "/camera/color/image_raw", "/camera/infra")
    text = advice(listener)
    names = "/camera/color/image_raw, /camera/infra, /camera/aligned_depth_to_color/image_raw"
    assert f"Images are published on {names}" in text
    assert "'image:=/camera/color/image_raw'" in text


def test_the_suffix_of_a_transport_is_left_to_the_node(listener, others):
    others(CompressedImage, "/camera/image_raw/compressed")
    text = advice(listener, "compressed")
    assert "Images are published on /camera/image_raw/compressed" in text
    assert "'image:=/camera/image_raw'" in text
    assert "compressed/compressed" not in text


def test_a_compressed_topic_without_the_suffix_is_remapped_as_a_whole(listener, others):
    others(CompressedImage, "/camera/jpeg")
    assert "'-r /image/compressed:=/camera/jpeg'" in advice(listener, "compressed")


@pytest.mark.parametrize(
    ("transport", "kind", "topic", "switch"),
    [
        ("raw", CompressedImage, "/camera/image_raw/compressed", "image_transport:=compressed"),
        ("compressed", Image, "/camera/image_raw", "image_transport:=raw"),
    ],
)
def test_the_other_transport_is_named_where_only_that_is_there(listener, others, transport, kind, topic, switch):
    others(kind, topic)
    text = advice(listener, transport)
    assert "'image:=/camera/image_raw'" in text
    assert f"with {switch}" in text


def test_named_cameras_are_remapped_by_their_names(listener, others):
    others(Image, "/cam_front/image_raw")
    text = advice(listener, camera="front")
    assert "'-r front/image:=/cam_front/image_raw'" in text
    assert "'cameras:=front=/cam_front/image_raw ...'" in text


@pytest.mark.parametrize(
    ("transport", "kind", "cure"),
    [("raw", CompressedImage, "set image_transport to 'compressed'"), ("compressed", Image, "'raw'")],
)
def test_the_wrong_type(listener, others, transport, kind, cure):
    topic = "/image" if transport == "raw" else "/image/compressed"
    others(kind, topic)
    text = advice(listener, transport)
    assert "/driver" in text
    assert f"not sensor_msgs/msg/{kind.__name__}" in text
    assert cure in text


def test_a_silent_publisher(listener, others):
    others(Image, "/image")
    text = advice(listener)
    assert "/driver (sensor_msgs/msg/Image, reliable, volatile)" in text
    assert PROFILE in text


def test_remapping_as_it_is_advised_gives_images(start, listener, any_model, others):
    """A rule for the resolved name still counts after the suffix."""
    others(CompressedImage, "/camera/jpeg")
    start("pose_node", "-r", "/image/compressed:=/camera/jpeg", model=any_model, image_transport="compressed")
    listener.wait_until(lambda: listener.count_subscribers("/camera/jpeg"), "the subscription")


DRIVER = """
import sys, time
import numpy as np, rclpy
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import Image
from std_msgs.msg import Header
from posenet_ros.ros.messages.images import to_image_message
rclpy.init()
publisher = rclpy.create_node("driver").create_publisher(Image, "image", qos_profile_sensor_data)
image = to_image_message(np.zeros((480, 640, 3), np.uint8), Header())
while True:
    publisher.publish(image)
    time.sleep(1 / 30)
"""


@pytest.mark.parametrize("lossy", [True, False])
def test_images_that_get_lost_are_warned_of_once(start, listener, any_model, lossy):
    """Fast DDS' default shared memory is smaller than one image; with the profile all of them arrive."""
    environment = {name: value for name, value in os.environ.items() if not (lossy and "PROFILES_FILE" in name)}
    node = start("pose_node", model=any_model, max_rate=1.0)
    listener.wait_until(lambda: "waiting for images" in node.output, "the pose node")
    driver = subprocess.Popen([sys.executable, "-c", DRIVER], env=environment)
    try:
        warning = "images on /image get lost on their way"
        if lossy:
            listener.wait_until(lambda: warning in node.output, "the warning")
            assert PROFILE in node.output
        listener.spin_for(5.0)
        assert node.output.count(warning) == lossy
    finally:
        driver.terminate()
        driver.wait()


@pytest.mark.parametrize("arriving", [{0, 1}, {0, 5}, set(range(0, 10, 2)), set(range(10))], ids=len)
def test_stamps_with_gaps_tell_of_loss_once(start, listener, any_model, arriving):
    """Where the middleware counts no lost image. The node drops most of those that arrive, which is no loss."""
    node = start("pose_node", model=any_model, max_rate=1.0)
    reports = listener.listen(DiagnosticArray, "/diagnostics")
    publisher = listener.create_publisher(Image, "image", OUTPUT)
    listener.wait_until(lambda: listener.count_subscribers("image"), "the pose node")
    for number in range(1200 // len(arriving)):
        if number % 10 in arriving:
            stamp = 10**10 + number * 33_333_333
            header = Header(stamp=Time(sec=stamp // 10**9, nanosec=stamp % 10**9), frame_id="eye")
            publisher.publish(to_image_message(np.zeros((48, 64, 3), np.uint8), header))
            listener.spin_for(0.01)
    listener.spin_for(1.5)
    lossy = arriving == {0, 1}
    assert node.output.count("images on /image get lost on their way") == node.output.count(PROFILE) == lossy
    values = [value for report in reports for status in report.status for value in status.values]
    shares = [float(value.value) for value in values if value.key == "arriving images (%)"]
    assert (np.nanmin(shares) < 50.0) == lossy
    assert any("of the images on /image arrive" in str(report) for report in reports) == lossy
