# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The node that publishes images from a file, a folder, a video, a webcam or a stream."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from ament_index_python.packages import get_package_share_directory
from builtin_interfaces.msg import Time
from numpy.typing import NDArray
from rclpy.duration import Duration
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import Header

from posenet_ros.camera.calibration import Calibration, calibration_for, load_calibration
from posenet_ros.camera.image_feed import ImageFeed
from posenet_ros.camera.image_source import BgrImage, open_source, read_depth_picture
from posenet_ros.camera.live_source import DeviceMode, quieten_opencv
from posenet_ros.errors import SourceError
from posenet_ros.ros.local_images import LocalImages
from posenet_ros.ros.messages.camera_infos import to_camera_info
from posenet_ros.ros.messages.images import to_depth_message, to_image_message
from posenet_ros.ros.qos import OUTPUT
from posenet_ros.ros.run import run_node
from posenet_ros.ros.settings_node import SettingsNode
from posenet_ros.settings.camera import CameraSettings

_DELIVERY_TIMEOUT = Duration(seconds=1.0)


class CameraNode(SettingsNode):
    """Publishes images and their camera_info; a thread reads the source, so that the node answers meanwhile.

    :param node_arguments: those of :class:`rclpy.node.Node`: context, namespace, parameter_overrides, ...
    :raises SourceError: if a parameter is wrong
    :raises CalibrationError: if the calibration cannot be read
    """

    def __init__(self, **node_arguments: Any) -> None:
        # Kilted destroys a node whose constructor fails.
        self._feed: ImageFeed[Time] | None = None
        super().__init__("camera", **node_arguments)
        parameters = self.declare_settings(CameraSettings)
        if parameters.problems:
            raise SourceError("; ".join(parameters.problems.values()))
        self._settings = settings = parameters.current
        self._calibration: Calibration | None = None
        if settings.calibration:
            self._calibration = load_calibration(settings.calibration, get_package_share_directory)
        self._depth: NDArray[np.uint16] | None = None
        if settings.depth_picture:
            self._depth = read_depth_picture(settings.depth_picture)
            self._depth_publisher = self.create_publisher(Image, "depth_image", OUTPUT)
        self._local_images = LocalImages.of(self)
        self._image_publisher = self.create_publisher(Image, "image", OUTPUT)
        self._info_publisher = self.create_publisher(CameraInfo, "camera_info", OUTPUT)
        self._error: Exception | None = None
        self._feed_ended = self.create_guard_condition(self._end)
        mode = DeviceMode(settings.width, settings.height, settings.frame_rate)
        self._feed = ImageFeed[Time](
            partial(open_source, settings.source, mode),
            frame_rate=settings.frame_rate,
            loop=settings.loop,
            stamp=lambda: self.get_clock().now().to_msg(),
            publish=self._publish,
            end=self._on_feed_end,
            log=self.get_logger(),
            heard=lambda: self._image_publisher.get_subscription_count() > 0,
        )
        self.get_logger().info(f"publishing {self._image_publisher.topic_name}")
        self._feed.start()

    def destroy_node(self) -> None:
        """Stop the feed before its publishers go."""
        if self._feed is not None:
            self._feed.stop()
        super().destroy_node()

    def _publish(self, image: BgrImage, stamp: Time) -> None:
        header = Header(stamp=stamp, frame_id=self._settings.frame_id)
        height, width = image.shape[:2]
        calibration, doubt = calibration_for(self._calibration, self._settings.field_of_view, width, height)
        if doubt:
            self.get_logger().warning(doubt, once=True)
        self._info_publisher.publish(to_camera_info(calibration, CameraInfo(header=header, height=height, width=width)))
        if self._depth is not None:
            # First, so that it is there when the image is processed.
            self._depth_publisher.publish(to_depth_message(self._depth, header))
        topic = self._image_publisher.topic_name
        local = self._local_images.publish(topic, image, header)
        # Each local receiver also subscribes to the topic.
        if self._image_publisher.get_subscription_count() > local:
            self._image_publisher.publish(to_image_message(image, header))

    def _on_feed_end(self, error: Exception | None) -> None:
        # Called in the feed's thread; the executor's thread then ends the process.
        self._error = error
        self._feed_ended.trigger()

    def _end(self) -> None:
        if self._error is not None:
            raise self._error
        self.get_logger().info("the source has ended")
        for publisher in (self._info_publisher, self._image_publisher):
            publisher.wait_for_all_acked(_DELIVERY_TIMEOUT)
        self.context.try_shutdown()


def main() -> int:
    """Run the node; returns the exit status."""
    quieten_opencv()
    return run_node("camera_node", __doc__ or "", CameraNode)
