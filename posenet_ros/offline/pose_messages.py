# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""posenet_ros/PoseArray of rosbags' types <-> people, and overlays."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from posenet_ros.body.location import person_boxes, trunk_positions
from posenet_ros.drawing import draw_people
from posenet_ros.offline.message_types import POSE_ARRAY, MessageTypes
from posenet_ros.offline.topics import COMPRESSED_IMAGE
from posenet_ros.people import People
from posenet_ros.settings.pose import PoseSettings
from posenet_ros.skeleton import KEYPOINT_NAMES, NUM_KEYPOINTS

NO_ID = -1
KEYPOINT = "posenet_ros/msg/Keypoint"
POSE = "posenet_ros/msg/Pose"
POINT = "geometry_msgs/msg/Point"
REGION = "sensor_msgs/msg/RegionOfInterest"
_JPEG_QUALITY = 90


def pose_array(
    types: MessageTypes, people: People, header: Any, image_size: tuple[int, int], keypoint_threshold: float
) -> Any:
    """Return the message for the people in an image of (height, width) pixels with that header.

    :param keypoint_threshold: minimum score of the keypoints that make the box and the position of a person
    """
    ids = [NO_ID] * len(people) if people.ids is None else people.ids.tolist()
    positions = np.full((len(people), NUM_KEYPOINTS, 3), np.nan) if people.positions is None else people.positions
    poses = []
    for number, score, keypoints, keypoint_scores, places, box, middle in zip(
        ids,
        people.scores.tolist(),
        people.keypoints.tolist(),
        people.keypoint_scores.tolist(),
        positions.tolist(),
        person_boxes(people, image_size, keypoint_threshold).tolist(),
        trunk_positions(people, keypoint_threshold).tolist(),
        strict=True,
    ):
        parts = [
            types.new(
                KEYPOINT,
                id=part,
                name=name,
                x=x,
                y=y,
                score=keypoint_score,
                position=types.new(POINT, x=place[0], y=place[1], z=place[2]),
            )
            for part, (name, (x, y), keypoint_score, place) in enumerate(
                zip(KEYPOINT_NAMES, keypoints, keypoint_scores, places, strict=True)
            )
        ]
        region = types.new(REGION, x_offset=box[0], y_offset=box[1], width=box[2], height=box[3])
        position = types.new(POINT, x=middle[0], y=middle[1], z=middle[2])
        poses.append(types.new(POSE, id=number, score=score, keypoints=parts, roi=region, position=position))
    return types.new(POSE_ARRAY, header=header, image_height=image_size[0], image_width=image_size[1], poses=poses)


def overlay(types: MessageTypes, image: NDArray[np.uint8], people: People, header: Any, settings: PoseSettings) -> Any:
    """Return the image with the people drawn over it, as JPEG in a sensor_msgs/CompressedImage."""
    drawn = image.copy()
    draw_people(drawn, people, settings.keypoint_threshold, settings.overlay_names)
    _, content = cv2.imencode(".jpg", drawn, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    return types.new(COMPRESSED_IMAGE, header=header, format="jpeg", data=content.ravel())
