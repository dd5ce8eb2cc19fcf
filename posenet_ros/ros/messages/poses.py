# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""posenet_ros/PoseArray <-> people."""

from __future__ import annotations

import numpy as np
from std_msgs.msg import Header

from posenet_ros.body.location import DEFAULT_THRESHOLD, person_boxes, trunk_positions
from posenet_ros.msg import Pose, PoseArray
from posenet_ros.people import People
from posenet_ros.skeleton import KEYPOINT_NAMES, NUM_KEYPOINTS

NO_ID = -1


def to_pose_array(
    people: People, header: Header, image_size: tuple[int, int], keypoint_threshold: float = DEFAULT_THRESHOLD
) -> PoseArray:
    """Return the message for the people in an image of (height, width) pixels with that header.

    :param keypoint_threshold: minimum score of the keypoints that make the box and the position of a person
    """
    message = PoseArray(header=header, image_height=image_size[0], image_width=image_size[1])
    n = len(people)
    ids = [NO_ID] * n if people.ids is None else people.ids.tolist()
    positions = np.full((n, NUM_KEYPOINTS, 3), np.nan) if people.positions is None else people.positions
    for number, keypoints, keypoint_scores, score, places, box, middle in zip(
        ids,
        people.keypoints.tolist(),
        people.keypoint_scores.tolist(),
        people.scores.tolist(),
        positions.tolist(),
        person_boxes(people, image_size, keypoint_threshold).tolist(),
        trunk_positions(people, keypoint_threshold).tolist(),
        strict=True,
    ):
        # A new pose has its keypoints already: to make others takes twice as long.
        pose = Pose(id=number, score=score)
        for part, (keypoint, name, (x, y), keypoint_score, place) in enumerate(
            zip(pose.keypoints, KEYPOINT_NAMES, keypoints, keypoint_scores, places, strict=True)
        ):
            keypoint.id, keypoint.name, keypoint.x, keypoint.y, keypoint.score = part, name, x, y, keypoint_score
            position = keypoint.position
            position.x, position.y, position.z = place
        pose.roi.x_offset, pose.roi.y_offset, pose.roi.width, pose.roi.height = box
        pose.position.x, pose.position.y, pose.position.z = middle
        message.poses.append(pose)
    return message


def from_pose_array(message: PoseArray) -> People:
    """Return the people of a message, in its order; without ids unless each has one of its own."""
    n = len(message.poses)
    ids = [pose.id for pose in message.poses]
    places = [[(k.position.x, k.position.y, k.position.z) for k in pose.keypoints] for pose in message.poses]
    keypoints = np.array([[(k.x, k.y) for k in pose.keypoints] for pose in message.poses], np.float64)
    scores = np.array([[k.score for k in pose.keypoints] for pose in message.poses], np.float64)
    return People(
        keypoints.reshape(n, NUM_KEYPOINTS, 2),
        scores.reshape(n, NUM_KEYPOINTS),
        np.array([pose.score for pose in message.poses], np.float64),
        np.array(ids, np.int64) if len(set(ids)) == n and min(ids, default=0) > NO_ID else None,
        np.array(places, np.float64).reshape(n, NUM_KEYPOINTS, 3),
    )
