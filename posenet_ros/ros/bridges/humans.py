# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""People as the bodies of REP-155 (ROS4HRI), with the messages of hri_msgs."""

from __future__ import annotations

import math
import secrets
from typing import Any

import numpy as np
from geometry_msgs.msg import PointStamped, TransformStamped
from rclpy.node import Node

from posenet_ros.body.frame import body_frames, to_quaternion
from posenet_ros.msg import Pose, PoseArray
from posenet_ros.people import People
from posenet_ros.ros.bridges.frames import FramePublisher, to_transform
from posenet_ros.ros.bridges.optional_messages import import_messages
from posenet_ros.ros.messages.stamps import to_seconds
from posenet_ros.ros.qos import OUTPUT
from posenet_ros.skeleton import KeypointId as K
from posenet_ros.tracking.presence import Presence

BODIES = "/humans/bodies"
_SHOULDERS = (K.LEFT_SHOULDER, K.RIGHT_SHOULDER)
SKELETON_2D = (
    (K.NOSE,),
    _SHOULDERS,  # NECK
    (K.RIGHT_SHOULDER,),
    (K.RIGHT_ELBOW,),
    (K.RIGHT_WRIST,),
    (K.LEFT_SHOULDER,),
    (K.LEFT_ELBOW,),
    (K.LEFT_WRIST,),
    (K.RIGHT_HIP,),
    (K.RIGHT_KNEE,),
    (K.RIGHT_ANKLE,),
    (K.LEFT_HIP,),
    (K.LEFT_KNEE,),
    (K.LEFT_ANKLE,),
    (K.LEFT_EYE,),
    (K.RIGHT_EYE,),
    (K.LEFT_EAR,),
    (K.RIGHT_EAR,),
)
"""For each point of hri_msgs/Skeleton2D the keypoints that it lies between."""

# Without vowels there are no words, and no letters that look like digits.
_LETTERS = "bcdfghjkmnpqrstvwxz"
_LOG_PERIOD_S = 30.0


def to_skeleton(pose: Pose, message: PoseArray, hri: Any) -> Any:
    """Return the Skeleton2D of a person: coordinates from 0 to 1 of the image's width and height.

    A point outside the image is moved to its border, with confidence 0.

    :param hri: the module hri_msgs.msg
    """
    skeleton = hri.Skeleton2D(header=message.header)
    for point, parts in zip(skeleton.skeleton, SKELETON_2D, strict=True):
        keypoints = [pose.keypoints[part] for part in parts]
        # A pixel's centre is half a pixel from the border of the image.
        x = (sum(keypoint.x for keypoint in keypoints) / len(keypoints) + 0.5) / max(message.image_width, 1)
        y = (sum(keypoint.y for keypoint in keypoints) / len(keypoints) + 0.5) / max(message.image_height, 1)
        point.x, point.y = _share(x), _share(y)
        inside = (point.x, point.y) == (x, y)
        point.c = _share(min(keypoint.score for keypoint in keypoints)) if inside else 0.0
    return skeleton


def to_region(pose: Pose, message: PoseArray, hri: Any) -> Any | None:
    """Return the NormalizedRegionOfInterest2D of a person, None for one without a box.

    :param hri: the module hri_msgs.msg
    """
    roi, width, height = pose.roi, message.image_width, message.image_height
    if not (roi.width and roi.height and width and height):
        return None
    region = hri.NormalizedRegionOfInterest2D(header=message.header)
    region.xmin, region.xmax = roi.x_offset / width, _share((roi.x_offset + roi.width) / width)
    region.ymin, region.ymax = roi.y_offset / height, _share((roi.y_offset + roi.height) / height)
    region.c = _share(pose.score)
    return region


def body_transforms(
    message: PoseArray, people: People, names: dict[int, str], keypoint_threshold: float
) -> list[TransformStamped]:
    """Return ``body_<id>`` of each person whose shoulders and hips have positions.

    The origin is between the hips; x points out of the chest, z to the head.

    :param names: body ids by people's ids
    """
    if people.ids is None:
        return []
    return [
        to_transform(message.header, f"body_{names[number]}", origin.tolist(), to_quaternion(axes).tolist())
        for number, origin, axes in zip(people.ids.tolist(), *body_frames(people, keypoint_threshold), strict=True)
        if np.isfinite(origin).all()
    ]


def _share(value: float) -> float:
    """Return a value within 0 to 1; 0 for one that is not finite."""
    return min(max(value, 0.0), 1.0) if math.isfinite(value) else 0.0


class _Body:
    """The topics of one body."""

    def __init__(self, node: Node, name: str, hri: Any) -> None:
        self._node, self._hri = node, hri
        self._skeleton = node.create_publisher(hri.Skeleton2D, f"{BODIES}/{name}/skeleton2d", OUTPUT)
        self._region = node.create_publisher(hri.NormalizedRegionOfInterest2D, f"{BODIES}/{name}/roi", OUTPUT)
        self._position = node.create_publisher(PointStamped, f"{BODIES}/{name}/position", OUTPUT)

    def publish(self, pose: Pose, message: PoseArray) -> None:
        self._skeleton.publish(to_skeleton(pose, message, self._hri))
        region = to_region(pose, message, self._hri)
        if region is not None:
            self._region.publish(region)
        if math.isfinite(pose.position.x):
            self._position.publish(PointStamped(header=message.header, point=pose.position))

    def close(self) -> None:
        for publisher in (self._skeleton, self._region, self._position):
            self._node.destroy_publisher(publisher)


class HumansBridge:
    """Publishes the tracked bodies, and skeleton2d, roi and position of each, and its frame.

    A body's id is three random letters, the same as long as the node runs, and Pose.id: other body trackers, and this
    one after a restart, use other ids.

    :param patience: seconds for which a body that is not seen is still listed as tracked
    :raises MissingPackageError: without hri_msgs or tf2_msgs
    """

    def __init__(self, node: Node, patience: float) -> None:
        self._node, self._patience = node, patience
        self._hri = import_messages("hri_msgs", "humans")
        self._frames = FramePublisher(node, "humans")
        self._tracked = node.create_publisher(self._hri.IdsList, f"{BODIES}/tracked", OUTPUT)
        self._prefix = "".join(secrets.choice(_LETTERS) for _ in range(3))
        self._presence = Presence()
        self._bodies: dict[int, _Body] = {}

    def publish(self, message: PoseArray, people: People, keypoint_threshold: float) -> None:
        """Publish the people of a message."""
        if people.ids is None:
            self._node.get_logger().warning(
                "'humans' needs people with ids: set tracking of the pose node to true",
                throttle_duration_sec=_LOG_PERIOD_S,
            )
        ids = [] if people.ids is None else people.ids.tolist()
        present, gone = self._presence.update(ids, to_seconds(message.header.stamp), self._patience)
        for number in gone:
            self._bodies.pop(number).close()
        names = {number: f"{self._prefix}{number}" for number in present}
        for number in present:
            if number not in self._bodies:
                self._bodies[number] = _Body(self._node, names[number], self._hri)
        self._tracked.publish(self._hri.IdsList(header=message.header, ids=list(names.values())))
        for number, pose in zip(ids, message.poses, strict=bool(ids)):
            self._bodies[number].publish(pose, message)
        self._frames.publish(body_transforms(message, people, names, keypoint_threshold))
