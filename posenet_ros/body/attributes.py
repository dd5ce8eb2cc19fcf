# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What people do, as far as their keypoints tell it reliably: raised hands, and who faces the camera."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from posenet_ros.body.location import DEFAULT_THRESHOLD
from posenet_ros.body.scale import units_per_metre
from posenet_ros.people import People
from posenet_ros.skeleton import KeypointId as K

_SHOULDERS, _WRISTS, _HIPS = (
    [K.LEFT_SHOULDER, K.RIGHT_SHOULDER],
    [K.LEFT_WRIST, K.RIGHT_WRIST],
    [K.LEFT_HIP, K.RIGHT_HIP],
)
_EYES_AND_NOSE = [K.NOSE, K.LEFT_EYE, K.RIGHT_EYE]
# A person who faces the camera has shoulders at least this far apart in the image, in lengths of the trunk.
_LEAST_SHOULDER_WIDTH = 0.45


class Facing(IntEnum):
    """How a person's chest is turned."""

    AWAY = -1
    UNKNOWN = 0
    """Sideways, or not enough keypoints are seen."""
    CAMERA = 1


def hand_heights(people: People, keypoint_threshold: float = DEFAULT_THRESHOLD) -> NDArray[np.float64]:
    """Return how far each wrist is above the shoulder of its side, [N, 2] metres, left and right; negative below.

    Up is up in the image. Where the positions of both are known, that is the difference of their heights, else the
    distance in the image in relation to an adult's limbs. NaN where a shoulder or wrist scores less than the threshold.
    """
    heights = np.full((len(people), 2), np.nan)
    for person in range(len(people)):
        shown = people.keypoint_scores[person] >= keypoint_threshold
        scale = units_per_metre(people.keypoints[person], shown)
        for side, (shoulder, wrist) in enumerate(zip(_SHOULDERS, _WRISTS, strict=True)):
            if not (shown[shoulder] and shown[wrist]):
                continue
            if people.positions is not None:
                heights[person, side] = people.positions[person, shoulder, 1] - people.positions[person, wrist, 1]
            if scale and not np.isfinite(heights[person, side]):
                heights[person, side] = (
                    people.keypoints[person, shoulder, 1] - people.keypoints[person, wrist, 1]
                ) / scale
    return heights


def hands_raised(people: People, keypoint_threshold: float = DEFAULT_THRESHOLD) -> NDArray[np.bool_]:
    """Return whether each hand is raised, [N, 2], left and right: the wrist is above the shoulder.

    A hand that is not seen counts as not raised.
    """
    return np.asarray(hand_heights(people, keypoint_threshold) > 0.0)


def facing(people: People, keypoint_threshold: float = DEFAULT_THRESHOLD) -> NDArray[np.int64]:
    """Return how each person's chest is turned, [N] values of :class:`Facing`.

    The left shoulder of somebody who faces the camera is on the right in the image, and eyes and nose are seen.
    """
    turned = np.full(len(people), Facing.UNKNOWN, np.int64)
    for person in range(len(people)):
        points, shown = people.keypoints[person], people.keypoint_scores[person] >= keypoint_threshold
        hips = [hip for hip in _HIPS if shown[hip]]
        if not (shown[_SHOULDERS].all() and hips):
            continue
        trunk = float(np.linalg.norm(points[_SHOULDERS].mean(axis=0) - points[hips].mean(axis=0)))
        width = points[K.LEFT_SHOULDER, 0] - points[K.RIGHT_SHOULDER, 0]
        if width >= _LEAST_SHOULDER_WIDTH * trunk and shown[_EYES_AND_NOSE].all():
            turned[person] = Facing.CAMERA
        elif width <= -_LEAST_SHOULDER_WIDTH * trunk and not shown[_EYES_AND_NOSE].all():
            turned[person] = Facing.AWAY
    return turned
