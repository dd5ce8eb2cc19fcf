# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""One camera of the pose node: from the received image to the published poses."""

from __future__ import annotations

import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray
from rclpy.lifecycle import LifecycleNode
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import Header

from posenet_ros.drawing import draw_people
from posenet_ros.errors import ImageError, PoseNetError
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
from posenet_ros.ros.throttled_log import ThrottledLog
from posenet_ros.ros.topic_advice import Wanted, incompatible_qos, lost_images, missing_images
from posenet_ros.settings.pose import PoseSettings
from posenet_ros.streaming.rate_limit import RateLimit
from posenet_ros.streaming.statistics import FrameStatistics
from posenet_ros.streaming.worker import NewestFirstWorker

SILENCE_S = 5.0
"""Time without images in seconds after which the node warns."""
_LOG_PERIOD_S = 5.0
_DEPTH_LOG_PERIOD_S = 30.0
# Single depth images get lost.
_UNLOCATED_IMAGES = 3
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
        self._wanted = Wanted(self.topic, self._transport, name)
        self._depth = DepthInput(node, prefix) if settings().depth else None
        pose_topic: str = node.resolve_topic_name(f"{prefix}pose")
        self._poses = node.create_lifecycle_publisher(
            PoseArray, pose_topic, OUTPUT, event_callbacks=publisher_events(self._qos_warning(pose_topic))
        )
        self._overlay = node.create_lifecycle_publisher(Image, f"{prefix}pose/overlay", OUTPUT)
        self._worker: StreamWorker | None = None
        self._subscription: object | None = None
        self._local_images = LocalImages.of(node)
        self._local_stamps: deque[tuple[int, int]] = deque(maxlen=_REMEMBERED_STAMPS)
        self._rate = RateLimit()
        self._error_log = ThrottledLog(node, _LOG_PERIOD_S)
        self._depth_log = ThrottledLog(node, _DEPTH_LOG_PERIOD_S)
        self._unlocated = 0
        self._subscribed = 0.0
        self._unexpected: set[str] = set()
        self._silent = False
        self._loss_reported = False
        self._frame_reported = False
        self._depth_problem = ""
        self.statistics = FrameStatistics(time.monotonic())

    def subscribe(self, worker: StreamWorker) -> None:
        """Subscribe, and give images to the worker, which calls :meth:`process` and :meth:`report_error`."""
        self._worker = worker
        if self._subscription is not None:
            return
        self._subscribed = time.monotonic()
        self.statistics = FrameStatistics(self._subscribed)
        self._silent = False
        if self._depth is not None:
            self._depth.subscribe()
        try:
            self._subscription = self._make_subscription(self._count_lost)
        except UnsupportedEventTypeError:
            self._subscription = self._make_subscription(None)
        if self._transport != "compressed":
            self._local_images.subscribe(self.topic, self._on_local_image)
        self._node.get_logger().info(f"waiting for images on {self.topic}")

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
        self._check_frame(header.frame_id)
        size = image.shape[0], image.shape[1]
        depth = None if self._depth is None else partial(self._depth.find, header, size, settings)
        result = self._pipeline.process(image, to_seconds(header.stamp), settings, depth)
        self._poses.publish(to_pose_array(result.people, header, size, settings.keypoint_threshold))
        self._depth_problem = result.depth_problem or ""
        self._warn_of_depth(result.people)
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
        text = f"no poses from an image on {self.topic}: {error}"
        if not isinstance(error, PoseNetError) and repr(error) not in self._unexpected:
            # A bug: its traceback is logged once.
            self._unexpected.add(repr(error))
            self._node.get_logger().error(f"{text}\n{''.join(traceback.format_exception(error))}")
        else:
            self._error_log.error(text)

    @property
    def depth_problem(self) -> str | None:
        """Why the last people have no positions; empty if they have, None without depth."""
        return None if self._depth is None else self._depth.missing() or self._depth_problem

    def check_silence(self) -> None:
        """Warn once when images stop arriving, and log once that they arrive again."""
        if self._subscription is None:
            return
        silence = self.statistics.silence(time.monotonic())
        silent = silence > SILENCE_S
        if silent and not self._silent:
            self._node.get_logger().warning(missing_images(self._node, self._wanted, silence))
        elif self._silent and not silent:
            self._node.get_logger().info(f"images arrive again on {self.topic}")
        self._silent = silent

    def _make_subscription(self, on_lost: Callable[[int], None] | None) -> object:
        return self._node.create_subscription(
            CompressedImage if self._transport == "compressed" else Image,
            self.topic,
            self._on_image,
            SENSOR_INPUT,
            # Images are deserialized when they are processed: most of a fast camera's are not.
            raw=True,
            event_callbacks=subscription_events(self._qos_warning(self.topic), on_lost),
        )

    def _count_lost(self, count: int) -> None:
        self._warn_of_loss(self.statistics.count_lost(count))

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
        self._warn_of_loss(self.statistics.count_received(now, stamp))
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

    def _check_frame(self, frame_id: str) -> None:
        if self._frame_reported or (frame_id and not frame_id.startswith("/")):
            return
        self._frame_reported = True
        self._node.get_logger().warning(
            f"the images on {self.topic} have the frame_id '{frame_id}', which tf does not know: markers and positions"
            " cannot be shown; set the camera driver's frame_id to a name without a slash at its beginning"
        )

    def _warn_of_loss(self, loses_images: bool) -> None:
        if loses_images and not self._loss_reported:
            self._loss_reported = True
            self._node.get_logger().warning(lost_images(self.topic))

    def _warn_of_depth(self, people: People) -> None:
        """Warn of people whose depth is not known: where it is missing, measures nothing, or has the wrong unit."""
        if self._depth is None or not len(people):
            return
        located = people.positions is not None and bool(np.isfinite(people.positions).any())
        self._unlocated = 0 if located else self._unlocated + 1
        begins = bool(self._depth.missing()) and time.monotonic() - self._subscribed < SILENCE_S
        if self._unlocated >= _UNLOCATED_IMAGES and not begins:
            self._depth_log.warning(f"the people on {self.topic} have no positions: {self._depth_problem}")

    def _qos_warning(self, topic: str) -> Callable[[str], None]:
        log = ThrottledLog(self._node, _LOG_PERIOD_S)
        return lambda policy: log.warning(incompatible_qos(topic, policy))
