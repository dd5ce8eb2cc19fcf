# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""posenet_ros/PoseArray <-> people."""

from __future__ import annotations

import math

import numpy as np
from geometry_msgs.msg import Point
from std_msgs.msg import Header

from posenet_ros.msg import Keypoint, Pose, PoseArray
from posenet_ros.people import People
from posenet_ros.skeleton import KEYPOINT_NAMES, NUM_KEYPOINTS

NO_ID = -1


def to_pose_array(people: People, header: Header, image_size: tuple[int, int]) -> PoseArray:
    """Return the message for the people in an image of (height, width) pixels with that header."""
    message = PoseArray(header=header, image_height=image_size[0], image_width=image_size[1])
    for keypoints, keypoint_scores, score in zip(
        people.keypoints.tolist(), people.keypoint_scores.tolist(), people.scores.tolist(), strict=True
    ):
        pose = Pose(id=NO_ID, score=score)
        pose.keypoints = [
            Keypoint(id=part, name=name, x=x, y=y, score=keypoint_score, position=_unknown_position())
            for part, (name, (x, y), keypoint_score) in enumerate(
                zip(KEYPOINT_NAMES, keypoints, keypoint_scores, strict=True)
            )
        ]
        message.poses.append(pose)
    return message


def from_pose_array(message: PoseArray) -> People:
    """Return the people of a message, in its order."""
    n = len(message.poses)
    keypoints = np.array([[(k.x, k.y) for k in pose.keypoints] for pose in message.poses], np.float64)
    scores = np.array([[k.score for k in pose.keypoints] for pose in message.poses], np.float64)
    return People(
        keypoints.reshape(n, NUM_KEYPOINTS, 2),
        scores.reshape(n, NUM_KEYPOINTS),
        np.array([pose.score for pose in message.poses], np.float64),
    )


def _unknown_position() -> Point:
    return Point(x=math.nan, y=math.nan, z=math.nan)
