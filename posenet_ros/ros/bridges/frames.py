# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""People as tf frames."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from geometry_msgs.msg import TransformStamped
from numpy.typing import NDArray
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy
from std_msgs.msg import Header

from posenet_ros.msg import PoseArray
from posenet_ros.people import People
from posenet_ros.ros.bridges.optional_messages import import_messages
from posenet_ros.skeleton import KEYPOINT_NAMES

# As tf2_ros publishes it.
_TF = QoSProfile(
    history=HistoryPolicy.KEEP_LAST,
    depth=100,
    reliability=ReliabilityPolicy.RELIABLE,
    durability=DurabilityPolicy.VOLATILE,
)
UPRIGHT = (0.0, 0.0, 0.0, 1.0)
"""The quaternion (x, y, z, w) of frames whose axes are those of the camera's optical frame."""


def to_transform(
    header: Header, child: str, position: Sequence[float], quaternion: Sequence[float] = UPRIGHT
) -> TransformStamped:
    """Return the transform from the header's frame to a child frame; metres, and the quaternion as x, y, z, w."""
    transform = TransformStamped(header=header, child_frame_id=child)
    translation, rotation = transform.transform.translation, transform.transform.rotation
    translation.x, translation.y, translation.z = position
    rotation.x, rotation.y, rotation.z, rotation.w = quaternion
    return transform


def person_transforms(
    message: PoseArray, people: People, keypoint_threshold: float | None = None
) -> list[TransformStamped]:
    """Return ``person_<id>`` at the position of each person that has one, and an id.

    :param people: those of the message
    :param keypoint_threshold: also return ``person_<id>_<keypoint>`` for keypoints that score as much and have a
        position; None for no keypoints
    """
    if people.ids is None:
        return []
    transforms = []
    for person, (number, pose) in enumerate(zip(people.ids.tolist(), message.poses, strict=True)):
        name = f"person_{number}"
        place = (pose.position.x, pose.position.y, pose.position.z)
        if np.isfinite(place).all():
            transforms.append(to_transform(message.header, name, place))
        if keypoint_threshold is not None:
            shown = people.keypoint_scores[person] >= keypoint_threshold
            transforms += _keypoint_transforms(message.header, name, people, person, shown)
    return transforms


def _keypoint_transforms(
    header: Header, name: str, people: People, person: int, shown: NDArray[np.bool_]
) -> list[TransformStamped]:
    assert people.positions is not None
    known = shown & np.isfinite(people.positions[person]).all(axis=-1)
    return [
        to_transform(header, f"{name}_{KEYPOINT_NAMES[part]}", people.positions[person, part].tolist())
        for part in np.flatnonzero(known).tolist()
    ]


class FramePublisher:
    """Publishes transforms on /tf.

    :param target: the parameter that asks for it
    :raises MissingPackageError: without tf2_msgs
    """

    def __init__(self, node: Node, target: str) -> None:
        self._tf2 = import_messages("tf2_msgs", target)
        self._publisher = node.create_publisher(self._tf2.TFMessage, "/tf", _TF)

    def publish(self, transforms: list[TransformStamped]) -> None:
        """Publish them, if there are any."""
        if transforms:
            self._publisher.publish(self._tf2.TFMessage(transforms=transforms))


class FramesBridge:
    """Publishes a frame for each person, and if asked to for each keypoint.

    :raises MissingPackageError: without tf2_msgs
    """

    def __init__(self, node: Node, keypoints: bool) -> None:
        self._frames = FramePublisher(node, "tf")
        self._keypoints = keypoints

    def publish(self, message: PoseArray, people: People, keypoint_threshold: float) -> None:
        """Publish the frames of a message's people."""
        self._frames.publish(person_transforms(message, people, keypoint_threshold if self._keypoints else None))
