# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Rotation matrices. Axes of a body: x to its left, y up, z forward; angles in radians."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

Matrix = NDArray[np.float64]

X_AXIS = np.array((1.0, 0.0, 0.0))
Y_AXIS = np.array((0.0, 1.0, 0.0))
Z_AXIS = np.array((0.0, 0.0, 1.0))

_PARALLEL = 1e-9


def unit(vector: ArrayLike) -> NDArray[np.float64]:
    """Return the vector at length 1.

    :raises ValueError: if its length is 0
    """
    array = np.asarray(vector, np.float64)
    length = float(np.linalg.norm(array))
    if length == 0.0:
        raise ValueError("a vector of length 0 has no direction")
    return array / length


def about(axis: ArrayLike, angle: float) -> Matrix:
    """Return the [3, 3] rotation by an angle about an axis through the origin (Rodrigues' formula)."""
    x, y, z = unit(axis)
    cross = np.array(((0.0, -z, y), (z, 0.0, -x), (-y, x, 0.0)))
    return np.eye(3) + math.sin(angle) * cross + (1.0 - math.cos(angle)) * (cross @ cross)


def turning(start: ArrayLike, end: ArrayLike) -> Matrix:
    """Return the [3, 3] rotation of least angle that turns one direction into another.

    Of opposite directions, one of the many half turns is returned.
    """
    a, b = unit(start), unit(end)
    axis = np.cross(a, b)
    sine, cosine = float(np.linalg.norm(axis)), float(a @ b)
    if sine > _PARALLEL:
        return about(axis, math.atan2(sine, cosine))
    if cosine > 0.0:
        return np.eye(3)
    aside = X_AXIS if abs(a[0]) < 0.9 else Y_AXIS
    return about(np.cross(a, aside), math.pi)
