# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The coordinate frame of a body, as REP-155 has it: x out of the chest, y to the left, z to the head."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from posenet_ros.people import People
from posenet_ros.skeleton import KeypointId

_LEFT_SHOULDER, _RIGHT_SHOULDER = KeypointId.LEFT_SHOULDER, KeypointId.RIGHT_SHOULDER
_LEFT_HIP, _RIGHT_HIP = KeypointId.LEFT_HIP, KeypointId.RIGHT_HIP
_TRUNK = [_LEFT_SHOULDER, _RIGHT_SHOULDER, _LEFT_HIP, _RIGHT_HIP]
# Shorter than a trunk can be, metres: the positions are wrong, or one line hides the other.
_SHORTEST = 0.05


def body_frames(people: People, keypoint_threshold: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return origin, [N, 3] metres, and axes, [N, 3, 3] with x, y and z as columns, of each body.

    In the camera's optical frame. The origin is between the hips. NaN where a shoulder or a hip scores less than the
    threshold or has no position.
    """
    n = len(people)
    origins, axes = np.full((n, 3), np.nan), np.full((n, 3, 3), np.nan)
    if people.positions is None:
        return origins, axes
    sure = (people.keypoint_scores[:, _TRUNK] >= keypoint_threshold).all(axis=1)
    for person in np.flatnonzero(sure).tolist():
        places = people.positions[person]
        hips = (places[_LEFT_HIP] + places[_RIGHT_HIP]) / 2.0
        up = (places[_LEFT_SHOULDER] + places[_RIGHT_SHOULDER]) / 2.0 - hips
        left = (places[_LEFT_SHOULDER] - places[_RIGHT_SHOULDER] + places[_LEFT_HIP] - places[_RIGHT_HIP]) / 2.0
        height, ahead = float(np.linalg.norm(up)), np.cross(left, up)
        # NaN, too, is not greater.
        if not (height > _SHORTEST and float(np.linalg.norm(ahead)) / height > _SHORTEST):
            continue
        z, x = up / height, ahead / np.linalg.norm(ahead)
        origins[person] = hips
        axes[person] = np.column_stack((x, np.cross(z, x), z))
    return origins, axes


def to_quaternion(axes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the unit quaternion x, y, z, w, of a rotation matrix [3, 3]; the largest is found first, for exactness."""
    trace = float(np.trace(axes))
    squares = np.array((*(2.0 * np.diag(axes) - trace), trace)) + 1.0
    largest = int(squares.argmax())
    skew = np.array((axes[2, 1] - axes[1, 2], axes[0, 2] - axes[2, 0], axes[1, 0] - axes[0, 1]))
    if largest == 3:
        quaternion = np.array((*skew, squares[3]))
    else:
        quaternion = np.empty(4)
        quaternion[:3] = axes[largest] + axes[:, largest]
        quaternion[largest] = squares[largest]
        quaternion[3] = skew[largest]
    return np.asarray(quaternion / np.linalg.norm(quaternion))
