# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The node that publishes images from a picture, a folder, a video, a webcam or a stream."""

from __future__ import annotations

from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import Header

from posenet_ros.camera_model import PinholeCamera
from posenet_ros.errors import SourceError
from posenet_ros.image_source import open_source
from posenet_ros.ros.image_messages import to_image_message
from posenet_ros.ros.parameters import CAMERA_PARAMETERS, NodeParameters
from posenet_ros.ros.qos import OUTPUT
from posenet_ros.ros.spin import run_node

_PICTURE_RATE = 10.0
# A webcam's read waits for the next image, so that asking often costs nothing.
_LIVE_RATE = 1000.0


class CameraNode(Node):
    """Publishes images and their camera_info at a steady rate."""

    def __init__(self) -> None:
        super().__init__("camera")
        parameters = NodeParameters(self, "camera", CAMERA_PARAMETERS)
        if parameters.problems:
            raise SourceError("; ".join(parameters.problems.values()))
        parameters.locked = True
        self._loop: bool = parameters["loop"]
        self._frame_id: str = parameters["frame_id"]
        self._field_of_view: float = parameters["field_of_view"]
        name: str = parameters["source"]
        self._source = open_source(name)
        self._image_publisher = self.create_publisher(Image, "image", OUTPUT)
        self._info_publisher = self.create_publisher(CameraInfo, "camera_info", OUTPUT)
        live = name.isdecimal() or "://" in name
        rate = parameters["frame_rate"] or self._source.frame_rate or (_LIVE_RATE if live else _PICTURE_RATE)
        self.create_timer(1.0 / rate, self._publish_next)
        self.get_logger().info(f"publishing {name} on {self._image_publisher.topic_name}")

    def destroy_node(self) -> None:
        """Release the source."""
        if hasattr(self, "_source"):
            self._source.close()
        super().destroy_node()

    def _publish_next(self) -> None:
        image = self._source.read()
        if image is None and self._loop and self._source.rewind():
            image = self._source.read()
        if image is None:
            self.get_logger().info("the source has ended")
            self.context.try_shutdown()
            return
        header = Header(stamp=self.get_clock().now().to_msg(), frame_id=self._frame_id)
        self._info_publisher.publish(self._camera_info(header, image.shape[0], image.shape[1]))
        self._image_publisher.publish(to_image_message(image, header))

    def _camera_info(self, header: Header, height: int, width: int) -> CameraInfo:
        info = CameraInfo(header=header, height=height, width=width)
        if self._field_of_view > 0.0:
            camera = PinholeCamera.from_field_of_view(width, height, self._field_of_view)
            info.distortion_model = "plumb_bob"
            info.d = [0.0] * 5
            info.k = [camera.fx, 0.0, camera.cx, 0.0, camera.fy, camera.cy, 0.0, 0.0, 1.0]
            info.r = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]
            info.p = [camera.fx, 0.0, camera.cx, 0.0, 0.0, camera.fy, camera.cy, 0.0, 0.0, 0.0, 1.0, 0.0]
        return info


def main() -> int:
    """Run the node; returns the exit status."""
    return run_node(CameraNode)
