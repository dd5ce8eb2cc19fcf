# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""One camera's depth images and calibration, and the pair that belongs to an image."""

from __future__ import annotations

import threading
import time
from collections import deque

from rclpy.node import Node
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import Header

from posenet_ros.camera.camera_info import to_camera
from posenet_ros.depth import RegisteredDepth, frame_doubt
from posenet_ros.depth_decoding import decode_depth_image
from posenet_ros.errors import PoseNetError
from posenet_ros.ros.messages.images import unpack_image
from posenet_ros.ros.messages.serialized_image import SerializedImage
from posenet_ros.ros.messages.stamps import to_nanoseconds
from posenet_ros.ros.qos import SENSOR_INPUT
from posenet_ros.ros.throttled_log import ThrottledLog
from posenet_ros.settings.pose import DepthSettings

# While an image waits for the network, later depth images arrive.
_KEPT_IMAGES = 10
# Depth takes longer to compute than colour: drivers deliver it tens of milliseconds after its image.
_MAXIMUM_WAIT_S = 0.1
# A depth camera that has been silent for longer is not waited for.
_SILENCE_S = 1.0
_LOG_PERIOD_S = 10.0


class DepthInput:
    """Subscribes to ``depth_image`` and ``camera_info`` and keeps the latest messages.

    :param prefix: of the topics: the camera's name and a slash, or nothing
    """

    def __init__(self, node: Node, prefix: str) -> None:
        self._changed = threading.Condition()
        self._images: deque[SerializedImage | Image] = deque(maxlen=_KEPT_IMAGES)
        self._received = -_SILENCE_S
        self._info: CameraInfo | None = None
        self._node = node
        self._log = ThrottledLog(node, _LOG_PERIOD_S)
        self._depth_topic: str = node.resolve_topic_name(f"{prefix}depth_image")
        self._info_topic: str = node.resolve_topic_name(f"{prefix}camera_info")
        self._subscriptions: list[object] = []

    def subscribe(self) -> None:
        """Subscribe to both topics."""
        if not self._subscriptions:
            self._subscriptions = [
                # Deserialized when it is used: most depth images show nobody.
                self._node.create_subscription(
                    Image, self._depth_topic, self._on_image, qos_profile_sensor_data, raw=True
                ),
                self._node.create_subscription(CameraInfo, self._info_topic, self._on_info, SENSOR_INPUT),
            ]

    def unsubscribe(self) -> None:
        """Drop the subscriptions and what was received."""
        for subscription in self._subscriptions:
            self._node.destroy_subscription(subscription)
        self._subscriptions = []
        with self._changed:
            self._images.clear()
            self._changed.notify_all()

    def missing(self) -> str:
        """Return what has not been received yet; empty if nothing is missing."""
        if not self._images:
            return f"no depth image on {self._depth_topic}: remap depth_image to a topic with registered depth"
        if self._info is None:
            return f"no camera_info on {self._info_topic}: remap camera_info to that of the images"
        return ""

    def find(self, header: Header, image_size: tuple[int, int], settings: DepthSettings) -> RegisteredDepth:
        """Return the depth image that is nearest in time to an image, and the image's camera.

        Waits a short time if the depth image that belongs to the image may still arrive.

        :param header: of the image, whose size is (height, width) pixels
        :raises PoseNetError: if there is none
        """
        image = self._nearest(to_nanoseconds(header.stamp), settings.depth_tolerance)
        info = self._info
        assert info is not None
        depth = decode_depth_image(image, settings.max_depth)
        camera = to_camera(info, image_size, rectified=settings.rectified)
        return RegisteredDepth(depth, camera, frame_doubt(image.header.frame_id, header.frame_id))

    def _on_image(self, serialized: bytes) -> None:
        try:
            image = unpack_image(serialized)
        except PoseNetError as error:
            self._log.error(f"{self._depth_topic}: {error}")
            return
        with self._changed:
            self._images.append(image)
            self._received = time.monotonic()
            self._changed.notify_all()

    def _on_info(self, message: CameraInfo) -> None:
        self._info = message

    def _nearest(self, stamp: int, tolerance: float) -> SerializedImage | Image:
        def may_still_arrive() -> bool:
            # Drivers deliver in order: once a depth image of this time or later is here, no nearer one follows.
            arrived = any(to_nanoseconds(image.header.stamp) >= stamp for image in self._images)
            return bool(self._images) and not arrived and time.monotonic() - self._received < _SILENCE_S

        with self._changed:
            self._changed.wait_for(lambda: not may_still_arrive(), _MAXIMUM_WAIT_S)
            images = list(self._images)
        problem = self.missing()
        if not images or problem:
            raise PoseNetError(problem or "the depth images were dropped while the node was deactivated")
        apart = [abs(to_nanoseconds(image.header.stamp) - stamp) / 1e9 for image in images]
        if min(apart) > tolerance:
            raise PoseNetError(
                f"the nearest depth image is {min(apart):.3g} s from the image, depth_tolerance is"
                f" {tolerance:g} s: raise it, or let the cameras share a clock"
            )
        return images[apart.index(min(apart))]
