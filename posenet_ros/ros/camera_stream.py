# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""One camera of the pose node: from the received image to the published poses."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray
from rclpy.lifecycle import LifecycleNode
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import Header

from posenet_ros.drawing import draw_people
from posenet_ros.errors import ImageError
from posenet_ros.estimator import PoseEstimator
from posenet_ros.image_decoding import decode_compressed_image
from posenet_ros.msg import PoseArray
from posenet_ros.people import People
from posenet_ros.pipeline import PosePipeline
from posenet_ros.ros.depth_input import DepthInput
from posenet_ros.ros.local_images import LocalImage, LocalImages, stamp_of
from posenet_ros.ros.messages.images import (
    to_bgr,
    to_image_message,
    unpack_compressed_image,
    unpack_image,
)
from posenet_ros.ros.messages.poses import to_pose_array
from posenet_ros.ros.messages.stamps import image_age, to_seconds
from posenet_ros.ros.qos import OUTPUT, SENSOR_INPUT, UnsupportedEventTypeError, publisher_events, subscription_events
from posenet_ros.ros.stream_log import StreamLog
from posenet_ros.ros.topic_advice import Wanted
from posenet_ros.settings.pose import PoseSettings
from posenet_ros.streaming.rate_limit import RateLimit
from posenet_ros.streaming.statistics import FrameStatistics
from posenet_ros.streaming.worker import NewestFirstWorker

_REMEMBERED_STAMPS = 16

ReceivedImage = bytes | LocalImage
StreamWorker = NewestFirstWorker["CameraStream", ReceivedImage]


class CameraStream:
    """Subscribes to a camera's images, processes the newest one, and publishes its poses.

    :param node: offers the topics
    :param name: of the camera, the prefix of its topics; empty = no prefix
    :param estimator: shared by the cameras of the node
    :param ids: gives the ids of people
    :param settings: returns the settings in force; called once for an image
    """

    def __init__(
        self,
        node: LifecycleNode,
        name: str,
        estimator: PoseEstimator,
        ids: Iterator[int],
        settings: Callable[[], PoseSettings],
    ) -> None:
        self.name = name
        self._node = node
        self._settings = settings
        self._estimator = estimator
        self._pipeline = PosePipeline(estimator, ids)
        self._transport = settings().image_transport
        prefix = f"{name}/" if name else ""
        self.topic: str = node.resolve_topic_name(f"{prefix}image")
        if self._transport == "compressed":
            # After the remapping, as image_transport does it.
            self.topic += "/compressed"
        self._log = StreamLog(node, Wanted(self.topic, self._transport, name))
        self._depth = DepthInput(node, prefix) if settings().depth else None
        pose_topic: str = node.resolve_topic_name(f"{prefix}pose")
        self._poses = node.create_lifecycle_publisher(
            PoseArray, pose_topic, OUTPUT, event_callbacks=publisher_events(self._log.qos(pose_topic))
        )
        self._overlay = node.create_lifecycle_publisher(Image, f"{prefix}pose/overlay", OUTPUT)
        self._worker: StreamWorker | None = None
        self._subscription: object | None = None
        self._local_images = LocalImages.of(node)
        self._local_stamps: deque[tuple[int, int]] = deque(maxlen=_REMEMBERED_STAMPS)
        self._rate = RateLimit()
        self._depth_problem = ""
        self.statistics = FrameStatistics(time.monotonic())

    def subscribe(self, worker: StreamWorker) -> None:
        """Subscribe, and give images to the worker, which calls :meth:`process` and :meth:`report_error`."""
        self._worker = worker
        if self._subscription is not None:
            return
        self.statistics = FrameStatistics(time.monotonic())
        if self._depth is not None:
            self._depth.subscribe()
        try:
            self._subscription = self._make_subscription(self._count_lost)
        except UnsupportedEventTypeError:
            self._subscription = self._make_subscription(None)
        if self._transport != "compressed":
            self._local_images.subscribe(self.topic, self._on_local_image)
        self._log.subscribed()

    def unsubscribe(self) -> None:
        """Drop the subscriptions."""
        self._worker = None
        if self._depth is not None:
            self._depth.unsubscribe()
        self._local_images.unsubscribe(self.topic, self._on_local_image)
        if self._subscription is not None:
            self._node.destroy_subscription(self._subscription)
            self._subscription = None

    def close(self) -> None:
        """Drop the subscriptions and the publishers."""
        self.unsubscribe()
        self._node.destroy_lifecycle_publisher(self._poses)
        self._node.destroy_lifecycle_publisher(self._overlay)

    def process(self, received: ReceivedImage) -> None:
        """Publish the poses of an image, and the image with the people drawn over it if somebody subscribes.

        :raises ImageError: if the image cannot be read
        :raises ModelError: if the network fails
        """
        start = time.perf_counter()
        settings = self._settings()
        image, header = self._read(received)
        self._log.frame(header.frame_id)
        size = image.shape[0], image.shape[1]
        depth = None if self._depth is None else partial(self._depth.find, header, size, settings)
        result = self._pipeline.process(image, to_seconds(header.stamp), settings, depth)
        self._poses.publish(to_pose_array(result.people, header, size, settings.keypoint_threshold))
        self._depth_problem = result.depth_problem or ""
        if self._depth is not None:
            self._log.depth(result.people, self._depth_problem, bool(self._depth.missing()))
        age = image_age(header.stamp, self._node.get_clock().now().nanoseconds)
        if result.reconfigured:
            self.statistics.forget_times()
            self._node.get_logger().info(f"changed to {self._estimator.report()}")
        self.statistics.count_processed(result.seconds.inference, time.perf_counter() - start, age, len(result.people))
        if self._overlay.get_subscription_count():
            self._publish_overlay(image, result.people, header, settings)

    def report_error(self, error: Exception) -> None:
        """Count and log why an image gave no poses."""
        if not self._node.context.ok():
            return  # The node was told to end while it processed this image.
        if isinstance(error, ImageError):
            self.statistics.count_bad()
        else:
            self.statistics.count_failed()
        self._log.failed(error)

    @property
    def depth_problem(self) -> str | None:
        """Why the last people have no positions; empty if they have, None without depth."""
        return None if self._depth is None else self._depth.missing() or self._depth_problem

    def check_silence(self) -> None:
        """Warn once when images stop arriving, and log once that they arrive again."""
        if self._subscription is not None:
            self._log.silence(self.statistics.silence(time.monotonic()))

    def _make_subscription(self, on_lost: Callable[[int], None] | None) -> object:
        return self._node.create_subscription(
            CompressedImage if self._transport == "compressed" else Image,
            self.topic,
            self._on_image,
            SENSOR_INPUT,
            # Images are deserialized when they are processed: most of a fast camera's are not.
            raw=True,
            event_callbacks=subscription_events(self._log.qos(self.topic), on_lost),
        )

    def _count_lost(self, count: int) -> None:
        self._log.loss(self.statistics.count_lost(count))

    def _on_image(self, serialized: bytes) -> None:
        # An image of a node in this process also arrives through the middleware if other processes subscribe to it.
        stamp = stamp_of(serialized)
        if not self._local_stamps or stamp not in self._local_stamps:
            self._submit(serialized, None if stamp is None else stamp[0] + 1e-9 * stamp[1])

    def _on_local_image(self, image: LocalImage) -> None:
        self._local_stamps.append((image.header.stamp.sec, image.header.stamp.nanosec))
        self._submit(image)

    def _submit(self, received: ReceivedImage, stamp: float | None = None) -> None:
        now = time.monotonic()
        self._log.loss(self.statistics.count_received(now, stamp))
        worker = self._worker
        if worker is not None and self._rate.passes(now, self._settings().max_rate) and worker.submit(self, received):
            self.statistics.count_dropped()

    def _read(self, received: ReceivedImage) -> tuple[NDArray[np.uint8], Header]:
        if isinstance(received, LocalImage):
            return received.pixels, received.header
        if self._transport == "compressed":
            compressed = unpack_compressed_image(received)
            return decode_compressed_image(compressed), compressed.header
        message = unpack_image(received)
        return to_bgr(message), message.header

    def _publish_overlay(
        self, image: NDArray[np.uint8], people: People, header: Header, settings: PoseSettings
    ) -> None:
        overlay = image.copy()
        draw_people(overlay, people, settings.keypoint_threshold, settings.overlay_names)
        self._overlay.publish(to_image_message(overlay, header))
