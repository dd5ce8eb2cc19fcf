# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""One camera's topics at the web node."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from posenet_ros.camera.camera_info import to_camera
from posenet_ros.camera_model import PinholeCamera
from posenet_ros.errors import CalibrationError, ImageError
from posenet_ros.image_decoding import decode_compressed_image
from posenet_ros.msg import PoseArray
from posenet_ros.ros.messages.images import to_bgr, unpack_compressed_image, unpack_image
from posenet_ros.ros.messages.poses import from_pose_array
from posenet_ros.ros.messages.stamps import image_age, to_seconds
from posenet_ros.ros.qos import OUTPUT, SENSOR_INPUT
from posenet_ros.ros.throttled_log import ThrottledLog
from posenet_ros.settings.web import WebSettings
from posenet_ros.web.frames import Frame, LazyImage
from posenet_ros.web.scene import View

_JPEG, _PNG = b"\xff\xd8\xff", b"\x89PNG"
_LOG_PERIOD_S = 30.0


class WatchedCamera:
    """Hears a camera's poses always, and its images while somebody watches.

    :param name: of the camera, the prefix of its topics; empty for the only one
    :param compressed: whether the images come on ``<image>/compressed``
    :param settings: returns those in force
    :param on_image: called with the name of the camera and a frame without people
    :param on_people: called with the name of the camera and a frame without an image
    :param on_view: called with the name of the camera and what is known of it, when that changes
    """

    def __init__(
        self,
        node: Node,
        name: str,
        compressed: bool,
        settings: Callable[[], WebSettings],
        on_image: Callable[[str, Frame], None],
        on_people: Callable[[str, Frame], None],
        on_view: Callable[[str, View], None],
    ) -> None:
        self.name = name
        self._node = node
        self._image_log = ThrottledLog(node, _LOG_PERIOD_S)
        self._calibration_log = ThrottledLog(node, _LOG_PERIOD_S)
        self._settings = settings
        self._on_image, self._on_people, self._on_view = on_image, on_people, on_view
        self._type = CompressedImage if compressed else Image
        self._prefix = f"{name}/" if name else ""
        self.topic = image_topic(node, name, compressed)
        self._camera_info: CameraInfo | None = None
        self._view = View()
        self._images: list[Any] = []
        self._poses = node.create_subscription(PoseArray, f"{self._prefix}pose", self._take_poses, OUTPUT)

    def watch(self, watched: bool) -> None:
        """Subscribe to the images, or drop the subscription."""
        if watched and not self._images:
            take_image = self._take_compressed if self._type is CompressedImage else self._take_raw
            self._images = [
                self._node.create_subscription(self._type, self.topic, take_image, SENSOR_INPUT, raw=True),
                self._node.create_subscription(
                    CameraInfo, f"{self._prefix}camera_info", self._take_camera_info, SENSOR_INPUT
                ),
            ]
        elif not watched:
            self._drop_images()

    def close(self) -> None:
        """Drop everything."""
        self._drop_images()
        self._node.destroy_subscription(self._poses)

    def _drop_images(self) -> None:
        for subscription in self._images:
            self._node.destroy_subscription(subscription)
        self._images = []

    def _take_raw(self, serialized: bytes) -> None:
        message = self._unpack(unpack_image, serialized)
        if message is not None:
            self._hand_on_image(message.header, LazyImage(partial(to_bgr, message), len(serialized), message.width))

    def _take_compressed(self, serialized: bytes) -> None:
        message = self._unpack(unpack_compressed_image, serialized)
        if message is not None:
            content = bytes(message.data)
            shown = content if content.startswith((_JPEG, _PNG)) else b""
            image = LazyImage(partial(decode_compressed_image, message), len(content), 0, shown)
            self._hand_on_image(message.header, image)

    def _unpack(self, unpack: Callable[[bytes], Any], serialized: bytes) -> Any:
        try:
            return unpack(serialized)
        except ImageError as error:
            self._image_log.warning(f"{self.topic}: {error}")
            return None

    def _hand_on_image(self, header: Any, image: LazyImage) -> None:
        age = image_age(header.stamp, self._node.get_clock().now().nanoseconds)
        self._on_image(self.name, Frame(to_seconds(header.stamp), age, image, frame_id=header.frame_id))

    def _take_poses(self, message: PoseArray) -> None:
        settings = self._settings()
        header, size = message.header, (message.image_height, message.image_width)
        view = View(self._camera(size, settings), settings.plane_distance, settings.keypoint_threshold)
        if view != self._view:
            self._view = view
            self._on_view(self.name, view)
        age = image_age(header.stamp, self._node.get_clock().now().nanoseconds)
        people = from_pose_array(message)
        self._on_people(self.name, Frame(to_seconds(header.stamp), age, None, people, size, header.frame_id))

    def _take_camera_info(self, message: CameraInfo) -> None:
        self._camera_info = message

    def _camera(self, size: tuple[int, int], settings: WebSettings) -> PinholeCamera:
        if self._camera_info is not None:
            try:
                return to_camera(self._camera_info, size, rectified=settings.rectified)
            except CalibrationError as error:
                self._calibration_log.warning(f"{error}; field_of_view is used")
        return PinholeCamera.from_field_of_view(max(size[1], 1), size[0], settings.field_of_view)


def image_topic(node: Node, name: str, compressed: bool) -> str:
    """Return the topic of a camera's images, after remapping; the suffix is added behind it."""
    topic: str = node.resolve_topic_name(f"{name}/image" if name else "image")
    return f"{topic}/compressed" if compressed else topic
