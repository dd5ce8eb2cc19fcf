# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The 17 keypoints of PoseNet, the tree that its displacements follow, and the limbs to draw."""

from __future__ import annotations

from enum import IntEnum


class KeypointId(IntEnum):
    """Index of a keypoint: its channel in the heat maps and its place in every array."""

    NOSE = 0
    LEFT_EYE = 1
    RIGHT_EYE = 2
    LEFT_EAR = 3
    RIGHT_EAR = 4
    LEFT_SHOULDER = 5
    RIGHT_SHOULDER = 6
    LEFT_ELBOW = 7
    RIGHT_ELBOW = 8
    LEFT_WRIST = 9
    RIGHT_WRIST = 10
    LEFT_HIP = 11
    RIGHT_HIP = 12
    LEFT_KNEE = 13
    RIGHT_KNEE = 14
    LEFT_ANKLE = 15
    RIGHT_ANKLE = 16


def _camel_case(identifier: str) -> str:
    first, *rest = identifier.lower().split("_")
    return first + "".join(word.capitalize() for word in rest)


KEYPOINT_NAMES: tuple[str, ...] = tuple(_camel_case(part.name) for part in KeypointId)
"""Names as in PoseNet for TensorFlow.js (``nose``, ``leftEye``, ...), in index order."""

NUM_KEYPOINTS = len(KEYPOINT_NAMES)

_K = KeypointId

FACE: tuple[KeypointId, ...] = (_K.NOSE, _K.LEFT_EYE, _K.RIGHT_EYE, _K.LEFT_EAR, _K.RIGHT_EAR)
"""Keypoints of the head."""

TREE_EDGES: tuple[tuple[KeypointId, KeypointId], ...] = (
    (_K.NOSE, _K.LEFT_EYE),
    (_K.LEFT_EYE, _K.LEFT_EAR),
    (_K.NOSE, _K.RIGHT_EYE),
    (_K.RIGHT_EYE, _K.RIGHT_EAR),
    (_K.NOSE, _K.LEFT_SHOULDER),
    (_K.LEFT_SHOULDER, _K.LEFT_ELBOW),
    (_K.LEFT_ELBOW, _K.LEFT_WRIST),
    (_K.LEFT_SHOULDER, _K.LEFT_HIP),
    (_K.LEFT_HIP, _K.LEFT_KNEE),
    (_K.LEFT_KNEE, _K.LEFT_ANKLE),
    (_K.NOSE, _K.RIGHT_SHOULDER),
    (_K.RIGHT_SHOULDER, _K.RIGHT_ELBOW),
    (_K.RIGHT_ELBOW, _K.RIGHT_WRIST),
    (_K.RIGHT_SHOULDER, _K.RIGHT_HIP),
    (_K.RIGHT_HIP, _K.RIGHT_KNEE),
    (_K.RIGHT_KNEE, _K.RIGHT_ANKLE),
)
"""(parent, child) of each displacement channel, in channel order."""

NUM_EDGES = len(TREE_EDGES)

LIMBS: tuple[tuple[KeypointId, KeypointId], ...] = (
    (_K.NOSE, _K.LEFT_EYE),
    (_K.LEFT_EYE, _K.LEFT_EAR),
    (_K.NOSE, _K.RIGHT_EYE),
    (_K.RIGHT_EYE, _K.RIGHT_EAR),
    (_K.LEFT_SHOULDER, _K.RIGHT_SHOULDER),
    (_K.LEFT_SHOULDER, _K.LEFT_ELBOW),
    (_K.LEFT_ELBOW, _K.LEFT_WRIST),
    (_K.RIGHT_SHOULDER, _K.RIGHT_ELBOW),
    (_K.RIGHT_ELBOW, _K.RIGHT_WRIST),
    (_K.LEFT_SHOULDER, _K.LEFT_HIP),
    (_K.RIGHT_SHOULDER, _K.RIGHT_HIP),
    (_K.LEFT_HIP, _K.RIGHT_HIP),
    (_K.LEFT_HIP, _K.LEFT_KNEE),
    (_K.LEFT_KNEE, _K.LEFT_ANKLE),
    (_K.RIGHT_HIP, _K.RIGHT_KNEE),
    (_K.RIGHT_KNEE, _K.RIGHT_ANKLE),
)
"""Pairs of keypoints to join with a line when a person is drawn."""
