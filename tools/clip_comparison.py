# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How far published poses are from the truth of a clip."""

from __future__ import annotations

import zlib

import numpy as np
from clip import ClipPicture
from sensor_msgs.msg import Image

from posenet_ros.msg import PoseArray
from posenet_ros.ros.messages.poses import from_pose_array
from posenet_ros.similarity import object_keypoint_similarity

# A pose with less similarity is another person's, or nobody's.
LEAST_SIMILARITY = 0.3


class ClipComparison:
    """Compares pose arrays with the truth of a clip whose images are played."""

    def __init__(self, pictures: list[ClipPicture]) -> None:
        # Messages name no files: an image is recognised by its pixels.
        self._truth = {zlib.crc32(picture.image.data): picture.people for picture in pictures}
        self._stamps: dict[tuple[int, int], int] = {}
        self.compared = 0
        self.expected = 0
        self.found = 0
        self._distances: list[float] = []

    def show(self, image: Image) -> None:
        """Remember which file an image is from."""
        self._stamps[_key(image)] = zlib.crc32(image.data)

    def compare(self, message: PoseArray) -> None:
        """Count who was found in an image that was shown, and how far the keypoints are off."""
        truth = self._truth.get(self._stamps.pop(_key(message), 0))
        if truth is None:
            return
        self.compared += 1
        people = from_pose_array(message)
        for person in truth:
            self.expected += 1
            weights = person.visible[None].astype(float)
            similarity = object_keypoint_similarity(people.keypoints, person.keypoints[None], weights)[:, 0]
            if similarity.max(initial=0.0) >= LEAST_SIMILARITY:
                self.found += 1
                distances = np.linalg.norm(people.keypoints[similarity.argmax()] - person.keypoints, axis=-1)
                self._distances += distances[person.visible].tolist()

    def summary(self) -> str:
        """Return the result in a line."""
        text = f"in {self.compared} images {self.found} of {self.expected} people were found"
        if self._distances:
            text += f", visible keypoints {np.median(self._distances):.1f} pixels from the truth (median)"
        return text


def _key(message: Image | PoseArray) -> tuple[int, int]:
    return message.header.stamp.sec, message.header.stamp.nanosec
