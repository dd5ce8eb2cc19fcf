# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""One camera's depth images and calibration, and the people located with them."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass

from rclpy.node import Node
from rclpy.qos import qos_profile_sensor_data
from rclpy.time import Time
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import Header

from posenet_ros.depth import locate
from posenet_ros.errors import PoseNetError
from posenet_ros.people import People
from posenet_ros.ros.messages.camera_infos import to_camera
from posenet_ros.ros.messages.depth_images import to_depth_image
from posenet_ros.ros.qos import SENSOR_INPUT

# Colour images wait for the network, so that depth images of some frames later may be here already.
_KEPT_IMAGES = 10


@dataclass(frozen=True)
class DepthOptions:
    """How depth images are used; may change from image to image.

    :param depth_tolerance: seconds by which depth image and image may be apart
    :param max_depth: metres from which on nothing is measured
    :param rectified: whether the images are rectified, so that P of camera_info counts instead of K
    """

    depth_tolerance: float
    max_depth: float
    rectified: bool


class DepthInput:
    """Subscribes to ``depth_image`` and ``camera_info`` and keeps the last of them.

    :param prefix: of the topics: the camera's name and a slash, or nothing
    """

    def __init__(self, node: Node, prefix: str) -> None:
        self._lock = threading.Lock()
        self._images: deque[Image] = deque(maxlen=_KEPT_IMAGES)
        self._info: CameraInfo | None = None
        self._node = node
        self._depth_topic: str = node.resolve_topic_name(f"{prefix}depth_image")
        self._info_topic: str = node.resolve_topic_name(f"{prefix}camera_info")
        self._subscriptions: list[object] = []
        self.problem = ""
        """What is wrong with the positions of the last people; empty if nothing is."""

    def listen(self) -> None:
        """Subscribe."""
        if not self._subscriptions:
            self._subscriptions = [
                self._node.create_subscription(Image, self._depth_topic, self._on_image, qos_profile_sensor_data),
                self._node.create_subscription(CameraInfo, self._info_topic, self._on_info, SENSOR_INPUT),
            ]

    def ignore(self) -> None:
        """Drop the subscriptions and what was received."""
        for subscription in self._subscriptions:
            self._node.destroy_subscription(subscription)
        self._subscriptions = []
        with self._lock:
            self._images.clear()

    def locate(self, people: People, header: Header, image_size: tuple[int, int], options: DepthOptions) -> People:
        """Return the people of an image with positions, as far as they are known; ``problem`` tells why not."""
        try:
            image, info = self._nearest(header, options)
            self.problem = _doubt(image.header.frame_id, header.frame_id)
            depth = to_depth_image(image, options.max_depth)
            return locate(people, depth, image_size, to_camera(info, image_size, rectified=options.rectified))
        except PoseNetError as error:
            self.problem = str(error)
            return people

    def _on_image(self, message: Image) -> None:
        with self._lock:
            self._images.append(message)

    def _on_info(self, message: CameraInfo) -> None:
        self._info = message

    def _nearest(self, header: Header, options: DepthOptions) -> tuple[Image, CameraInfo]:
        with self._lock:
            images = list(self._images)
        if not images:
            raise PoseNetError(
                f"no depth image came on {self._depth_topic}: remap depth_image to one that is registered"
            )
        if self._info is None:
            raise PoseNetError(f"no camera_info came on {self._info_topic}: remap it to that of the images")
        stamp = Time.from_msg(header.stamp).nanoseconds
        apart = [abs(Time.from_msg(image.header.stamp).nanoseconds - stamp) / 1e9 for image in images]
        if min(apart) > options.depth_tolerance:
            raise PoseNetError(
                f"the nearest depth image is {min(apart):.3g} s from the image, depth_tolerance is"
                f" {options.depth_tolerance:g} s: raise it, or let the cameras share a clock"
            )
        return images[apart.index(min(apart))], self._info


def _doubt(depth_frame: str, image_frame: str) -> str:
    if depth_frame == image_frame:
        return ""
    return (
        f"the depth images are in the frame '{depth_frame}', the images in '{image_frame}': positions are right only if"
        " the depth is registered to the images"
    )
