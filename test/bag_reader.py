# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Reads the outputs of posenet-bag as others do, with rosbags alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from rosbags.highlevel import AnyReader


def read_output(folder: Path, topic: str | None = None) -> list[tuple[str, int, object]]:
    """Return topic, time of recording and message, of all topics or of one.

    The types are those that the bag itself defines, whose hashes are checked against it.
    """
    with AnyReader([folder]) as reader:
        connections = [connection for connection in reader.connections if topic in (None, connection.topic)]
        return [
            (connection.topic, time, reader.deserialize(data, connection.msgtype))
            for connection, time, data in reader.messages(connections)
        ]


def keypoints_of(message: object) -> np.ndarray:
    """Return the keypoints of everybody, [n, 17, 2]."""
    points = [[(keypoint.x, keypoint.y) for keypoint in pose.keypoints] for pose in message.poses]
    return np.array(points, float).reshape(-1, 17, 2)


def positions_of(message: object) -> np.ndarray:
    """Return the positions of everybody, [n, 17, 3] metres."""
    points = [[(k.position.x, k.position.y, k.position.z) for k in pose.keypoints] for pose in message.poses]
    return np.array(points, float).reshape(-1, 17, 3)


def stamp_of(message: object) -> int:
    return message.header.stamp.sec * 10**9 + message.header.stamp.nanosec
