# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""People as vision_msgs detections: boxes in the image and in space."""

from __future__ import annotations

from typing import Any

from rclpy.node import Node

from posenet_ros.body.location import boxes_in_space
from posenet_ros.msg import PoseArray
from posenet_ros.people import People
from posenet_ros.ros.bridges.optional_messages import import_messages
from posenet_ros.ros.messages.poses import NO_ID
from posenet_ros.ros.qos import OUTPUT

CLASS_ID = "person"


def to_detections(message: PoseArray, vision: Any) -> Any:
    """Return a Detection2DArray: the box of each person, Pose.roi. People without a box are left out.

    :param vision: the module vision_msgs.msg
    """
    array = vision.Detection2DArray(header=message.header)
    for pose in message.poses:
        if not (pose.roi.width and pose.roi.height):
            continue
        detection = _detection(vision.Detection2D(), pose, message, vision)
        # The box reaches from the outer edge of its first pixel to that of its last one.
        detection.bbox.center.position.x = pose.roi.x_offset + pose.roi.width / 2.0
        detection.bbox.center.position.y = pose.roi.y_offset + pose.roi.height / 2.0
        detection.bbox.size_x, detection.bbox.size_y = float(pose.roi.width), float(pose.roi.height)
        array.detections.append(detection)
    return array


def to_detections_in_space(message: PoseArray, people: People, vision: Any, keypoint_threshold: float) -> Any:
    """Return a Detection3DArray: a box around the known positions of each person, others are left out.

    :param people: those of the message
    :param vision: the module vision_msgs.msg
    """
    array = vision.Detection3DArray(header=message.header)
    centres, sizes = boxes_in_space(people, keypoint_threshold)
    for pose, centre, size in zip(message.poses, centres.tolist(), sizes.tolist(), strict=True):
        if centre[0] != centre[0]:  # NaN: unknown
            continue
        detection = _detection(vision.Detection3D(), pose, message, vision)
        place = detection.bbox.center
        place.position.x, place.position.y, place.position.z = centre
        place.orientation.w = 1.0
        detection.bbox.size.x, detection.bbox.size.y, detection.bbox.size.z = size
        known = pose.position.x == pose.position.x
        detection.results[0].pose.pose.position = pose.position if known else place.position
        array.detections.append(detection)
    return array


def _detection(detection: Any, pose: Any, message: PoseArray, vision: Any) -> Any:
    """Fill in what both kinds share."""
    detection.header = message.header
    detection.id = "" if pose.id == NO_ID else str(pose.id)
    hypothesis = vision.ObjectHypothesisWithPose()
    hypothesis.hypothesis.class_id = CLASS_ID
    hypothesis.hypothesis.score = float(pose.score)
    hypothesis.pose.pose.orientation.w = 1.0
    detection.results.append(hypothesis)
    return detection


class DetectionsBridge:
    """Publishes ``pose/detections`` and ``pose/detections_3d``.

    :raises MissingPackageError: without vision_msgs
    """

    def __init__(self, node: Node) -> None:
        self._vision = import_messages("vision_msgs", "detections")
        self._flat = node.create_publisher(self._vision.Detection2DArray, "pose/detections", OUTPUT)
        self._in_space = node.create_publisher(self._vision.Detection3DArray, "pose/detections_3d", OUTPUT)

    def publish(self, message: PoseArray, people: People, keypoint_threshold: float) -> None:
        """Publish the people of a message."""
        self._flat.publish(to_detections(message, self._vision))
        self._in_space.publish(to_detections_in_space(message, people, self._vision, keypoint_threshold))
