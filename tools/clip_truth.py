# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Where the key points of a rendered clip really are, and how far poses are from that."""

from __future__ import annotations

import json
import zlib
from pathlib import Path

import cv2
import numpy as np
from sensor_msgs.msg import Image

from posenet_ros.msg import PoseArray
from posenet_ros.ros.pose_messages import from_pose_array
from posenet_ros.similarity import object_keypoint_similarity

# People of whom less is seen do not count.
LEAST_VISIBLE = 8
# A pose that is less alike is somebody else's, or nobody's.
LEAST_SIMILARITY = 0.3


class ClipTruth:
    """Compares pose arrays with the truth beside the pictures of a clip.

    :param folder: pictures, and ``truth.json`` as training/make_clip.py writes it
    """

    def __init__(self, folder: Path) -> None:
        people = json.loads((folder / "truth.json").read_text())["people"]
        pictures = sorted(folder.glob("*.jpg"))
        # Messages name no files: a picture is known by its pixels.
        self._truth = {
            zlib.crc32(cv2.imread(str(path)).data): truth for path, truth in zip(pictures, people, strict=True)
        }
        self._stamps: dict[tuple[int, int], int] = {}
        self.compared = 0
        self.expected = 0
        self.found = 0
        self._distances: list[float] = []

    @staticmethod
    def is_beside(source: str) -> bool:
        """Return whether there is a truth for an input."""
        return (Path(source) / "truth.json").is_file()

    def show(self, image: Image) -> None:
        """Remember which picture an image is."""
        self._stamps[_key(image)] = zlib.crc32(image.data)

    def compare(self, message: PoseArray) -> None:
        """Count who was found in an image that was shown, and how far the key points are off."""
        truth = self._truth.get(self._stamps.pop(_key(message), 0))
        if truth is None:
            return
        self.compared += 1
        people = from_pose_array(message)
        for person in truth:
            keypoints, visible = np.array(person["keypoints"]), np.array(person["visible"])
            if visible.sum() < LEAST_VISIBLE:
                continue
            self.expected += 1
            weights = visible[None].astype(float)
            similarity = object_keypoint_similarity(people.keypoints, keypoints[None], weights)[:, 0]
            if similarity.max(initial=0.0) >= LEAST_SIMILARITY:
                self.found += 1
                distances = np.linalg.norm(people.keypoints[similarity.argmax()] - keypoints, axis=-1)
                self._distances += distances[visible].tolist()

    def summary(self) -> str:
        """Return the result in a line."""
        text = f"in {self.compared} pictures {self.found} of {self.expected} people were found"
        if self._distances:
            text += f", visible key points {np.median(self._distances):.1f} pixels from the truth (median)"
        return text


def _key(message: Image | PoseArray) -> tuple[int, int]:
    return message.header.stamp.sec, message.header.stamp.nanosec
