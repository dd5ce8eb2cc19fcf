# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The depths in a sensor_msgs/Image (REP-118)."""

from __future__ import annotations

import reprlib
from typing import Any

import numpy as np

from posenet_ros.depth import DepthImage
from posenet_ros.errors import ImageError

# The unit follows from the encoding: integers are millimetres, floats are metres. Some drivers call 16UC1 mono16.
_ENCODINGS = {"16UC1": ("u2", 0.001), "mono16": ("u2", 0.001), "32FC1": ("f4", 1.0)}


def decode_depth_image(message: Any, farthest: float) -> DepthImage:
    """Return the depth image as a view of the message's data.

    :param farthest: depths from here on (metres) are ignored
    :raises ImageError: if the encoding is not a depth encoding, or data, step, height and width disagree
    """
    if message.encoding not in _ENCODINGS:
        raise ImageError(
            f"the depth image has the encoding {reprlib.repr(message.encoding)}, expected 16UC1 (millimetres) or 32FC1"
            " (metres): remap depth_image to the depth camera's topic"
        )
    kind, metres_per_unit = _ENCODINGS[message.encoding]
    dtype = np.dtype((">" if message.is_bigendian else "<") + kind)
    height, width, step = message.height, message.width, message.step
    if not height or not width or step < width * dtype.itemsize or len(message.data) != step * height:
        raise ImageError(
            f"the depth image of {width}x{height} pixels ({message.encoding}) has rows of {step} bytes and"
            f" {len(message.data)} bytes in all; expected at least {width * dtype.itemsize} a row and step * height in"
            " all: check the camera driver"
        )
    values = np.ndarray((height, width), dtype, np.frombuffer(message.data, np.uint8), strides=(step, dtype.itemsize))
    return DepthImage(values, metres_per_unit, farthest)
