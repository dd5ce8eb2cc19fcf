# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""One camera's topics at the pose node."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from rclpy.lifecycle import LifecycleNode
from rclpy.qos import qos_policy_name_from_kind
from rclpy.serialization import deserialize_message
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import Header

from posenet_ros.drawing import draw_people
from posenet_ros.errors import ImageError
from posenet_ros.msg import PoseArray
from posenet_ros.people import People
from posenet_ros.ros.depth_input import DepthInput
from posenet_ros.ros.diagnostics import SILENCE_S
from posenet_ros.ros.messages.image_encodings import ENCODINGS
from posenet_ros.ros.messages.images import to_image_message
from posenet_ros.ros.messages.serialized_image import SerializedImage, read_serialized_image
from posenet_ros.ros.qos import OUTPUT, SENSOR_INPUT
from posenet_ros.ros.topic_advice import incompatible_qos, missing_images
from posenet_ros.streaming.statistics import FrameStatistics
from posenet_ros.tracking.stage import PeopleFollower

try:
    from rclpy.event_handler import PublisherEventCallbacks, SubscriptionEventCallbacks
except ImportError:  # Humble
    from rclpy.qos_event import PublisherEventCallbacks, SubscriptionEventCallbacks

ImageMessage: TypeAlias = Image | SerializedImage | CompressedImage


class CameraChannel:
    """Subscribes to a camera's images, publishes its poses, and notices when no images come.

    :param name: of the camera, the prefix of its topics; empty for the only one
    :param transport: ``raw`` or ``compressed``
    :param depth: whether people are located with depth images
    :param numbers: where the ids of people come from
    :param on_image: called with the channel and each image, serialized
    """

    def __init__(
        self,
        node: LifecycleNode,
        name: str,
        transport: str,
        depth: bool,
        numbers: Iterator[int],
        on_image: Callable[[CameraChannel, bytes], None],
    ) -> None:
        self.name = name
        self._node = node
        self._transport = transport
        self._on_image = on_image
        self._message_type = CompressedImage if transport == "compressed" else Image
        prefix = f"{name}/" if name else ""
        self.topic: str = node.resolve_topic_name(f"{prefix}image")
        if transport == "compressed":
            # After the remapping, as image_transport does it.
            self.topic += "/compressed"
        pose_topic: str = node.resolve_topic_name(f"{prefix}pose")
        self.poses = node.create_lifecycle_publisher(
            PoseArray,
            pose_topic,
            OUTPUT,
            event_callbacks=PublisherEventCallbacks(incompatible_qos=partial(self._warn_of_qos, pose_topic)),
        )
        self.overlay = node.create_lifecycle_publisher(Image, f"{prefix}pose/overlay", OUTPUT)
        self.follower = PeopleFollower(numbers)
        self.depth = DepthInput(node, prefix) if depth else None
        self.statistics = FrameStatistics(time.monotonic())
        self._subscription: object | None = None
        self._silent = False
        self._next_due = 0.0

    def listen(self) -> None:
        """Subscribe to the images."""
        if self._subscription is not None:
            return
        self.statistics = FrameStatistics(time.monotonic())
        self._silent = False
        if self.depth is not None:
            self.depth.listen()
        self._subscription = self._node.create_subscription(
            self._message_type,
            self.topic,
            self._receive,
            SENSOR_INPUT,
            # Taking an image apart is left to those that are worked on: most of a fast camera's are not.
            raw=True,
            event_callbacks=SubscriptionEventCallbacks(incompatible_qos=partial(self._warn_of_qos, self.topic)),
        )
        self._node.get_logger().info(f"waiting for images on {self.topic}")

    def ignore(self) -> None:
        """Drop the subscriptions."""
        if self.depth is not None:
            self.depth.ignore()
        if self._subscription is not None:
            self._node.destroy_subscription(self._subscription)
            self._subscription = None

    def close(self) -> None:
        """Drop everything."""
        self.ignore()
        self._node.destroy_lifecycle_publisher(self.poses)
        self._node.destroy_lifecycle_publisher(self.overlay)

    def publish_overlay(self, image: NDArray[np.uint8], people: People, header: Header, threshold: float) -> None:
        """Publish the image with the people drawn over it, if somebody wants to see it."""
        if self.overlay.get_subscription_count():
            overlay = image.copy()
            draw_people(overlay, people, threshold)
            self.overlay.publish(to_image_message(overlay, header))

    def is_due(self, max_rate: float) -> bool:
        """Return whether an image that comes now may be worked on; always with a rate of 0."""
        now = time.monotonic()
        if max_rate > 0.0:
            if now < self._next_due:
                return False
            self._next_due = max(self._next_due + 1.0 / max_rate, now)
        return True

    @property
    def listening(self) -> bool:
        """Whether images are subscribed to."""
        return self._subscription is not None

    def check_silence(self) -> None:
        """Warn once when images stop coming, and say once that they come again."""
        if not self.listening:
            return
        silence = self.statistics.silence(time.monotonic())
        silent = silence > SILENCE_S
        if silent and not self._silent:
            self._node.get_logger().warning(missing_images(self._node, self.topic, self._transport, silence))
        elif self._silent and not silent:
            self._node.get_logger().info(f"images come on {self.topic}")
        self._silent = silent

    def unpack(self, serialized: bytes) -> ImageMessage:
        """Return the message of an image that was handed on, its pixels not copied where that can be.

        :raises ImageError: if the bytes are no such message
        """
        if self._message_type is Image:
            view = read_serialized_image(serialized)
            if view is not None and view.encoding in ENCODINGS:
                return view
        try:
            message: ImageMessage = deserialize_message(serialized, self._message_type)
        except Exception as error:  # The middleware's own, of no common kind.
            raise ImageError(
                f"the bytes received are no {self._message_type.__name__} message ({error}): "
                "build publisher and subscriber with the same message definitions"
            ) from error
        return message

    def _receive(self, serialized: bytes) -> None:
        self.statistics.count_received(time.monotonic())
        self._on_image(self, serialized)

    def _warn_of_qos(self, topic: str, event: Any) -> None:
        policy = qos_policy_name_from_kind(event.last_policy_kind)
        self._node.get_logger().warning(incompatible_qos(topic, policy), throttle_duration_sec=SILENCE_S)
