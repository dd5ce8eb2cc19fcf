# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Which depth image belongs to an image."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from builtin_interfaces.msg import Time
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import Header

from posenet_ros.camera.calibration import Calibration
from posenet_ros.errors import PoseNetError
from posenet_ros.ros.depth_input import DepthInput
from posenet_ros.ros.messages.camera_infos import to_camera_info
from posenet_ros.ros.messages.images import to_depth_message
from posenet_ros.ros.qos import OUTPUT
from posenet_ros.settings.pose import DepthSettings

SIZE = (4, 6)
SETTINGS = DepthSettings(depth_tolerance=0.05)


def header(milliseconds: int, frame_id: str = "lens") -> Header:
    nanoseconds = milliseconds * 1_000_000
    return Header(stamp=Time(sec=nanoseconds // 10**9, nanosec=nanoseconds % 10**9), frame_id=frame_id)


class DepthCamera:
    """Publishes depth images whose every value is their stamp in milliseconds."""

    def __init__(self, listener):
        self.input = DepthInput(listener, "")
        self.input.subscribe()
        self._listener = listener
        self._images = listener.create_publisher(Image, "depth_image", OUTPUT)
        self._infos = listener.create_publisher(CameraInfo, "camera_info", OUTPUT)
        for publisher in (self._images, self._infos):
            listener.wait_until(publisher.get_subscription_count, "the subscription")
        calibration = Calibration.from_field_of_view(60.0, SIZE[1], SIZE[0])
        self._infos.publish(to_camera_info(calibration, CameraInfo(height=SIZE[0], width=SIZE[1])))

    def shoot(self, milliseconds: int) -> None:
        self._images.publish(to_depth_message(np.full(SIZE, milliseconds % 30000, np.uint16), header(milliseconds)))

    def shoot_and_receive(self, *milliseconds: int) -> None:
        for number in milliseconds:
            self.shoot(number)
            self._listener.spin_for(0.1)
        self._listener.wait_until(lambda: not self.input.missing(), "depth and camera_info")


def depth_at(camera: DepthCamera, milliseconds: int, settings: DepthSettings = SETTINGS) -> int:
    return int(camera.input.find(header(milliseconds), SIZE, settings).image.values[0, 0])


@pytest.fixture
def camera(listener):
    return DepthCamera(listener)


def test_the_nearest_in_time_is_used_whatever_came_last(camera):
    camera.shoot_and_receive(1000, 1033, 1066)
    assert [depth_at(camera, moment) for moment in (1001, 1030, 1036, 1060)] == [1000, 1033, 1033, 1066]


def test_an_image_waits_for_the_depth_that_belongs_to_it(camera, listener):
    """Depth takes longer to compute: at 30 Hz the depth image before would be used."""
    camera.shoot_and_receive(1000)
    found = []
    thread = threading.Thread(target=lambda: found.append(depth_at(camera, 1033)))
    thread.start()
    camera.shoot(1033)
    listener.wait_until(lambda: not thread.is_alive(), "the depth image")
    assert found == [1033]


def test_a_depth_camera_that_stopped_is_not_waited_for_forever(camera):
    camera.shoot_and_receive(1000)
    assert depth_at(camera, 1040) == 1000
    with pytest.raises(
        PoseNetError, match=r"the nearest depth image is 0\.06 s from the image, depth_tolerance is 0\.05"
    ):
        depth_at(camera, 1060)
    assert depth_at(camera, 1060, DepthSettings(depth_tolerance=0.1)) == 1000


def test_stamps_before_1970_pair_as_well(camera):
    camera.shoot_and_receive(-500)
    assert depth_at(camera, -490) == 29500


def test_what_is_missing_is_named(listener):
    depth = DepthInput(listener, "front/")
    assert "no depth image on /front/depth_image" in depth.missing()
    with pytest.raises(PoseNetError, match="no depth image on /front/depth_image"):
        depth.find(header(0), SIZE, SETTINGS)


def test_what_was_received_is_dropped_with_the_subscription(camera):
    camera.shoot_and_receive(1000)
    camera.input.unsubscribe()
    with pytest.raises(PoseNetError, match="no depth image"):
        depth_at(camera, 1000)


def test_another_frame_is_doubted(camera):
    camera.shoot_and_receive(1000)
    assert camera.input.find(header(1000), SIZE, SETTINGS).doubt == ""
    assert (
        "in the frame 'lens', the images in 'other'" in camera.input.find(header(1000, "other"), SIZE, SETTINGS).doubt
    )
