# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""sensor_msgs images <-> BGR arrays."""

from __future__ import annotations

import array
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import Header

from posenet_ros.errors import ImageError

BgrImage = NDArray[np.uint8]


@dataclass(frozen=True)
class _Encoding:
    channels: int
    to_bgr: int | None
    """OpenCV's conversion code; None where the data are BGR already."""


# Encodings that need no library but OpenCV. cv_bridge does the rest where it is installed.
_ENCODINGS = {
    "bgr8": _Encoding(3, None),
    "8UC3": _Encoding(3, None),
    "rgb8": _Encoding(3, cv2.COLOR_RGB2BGR),
    "bgra8": _Encoding(4, cv2.COLOR_BGRA2BGR),
    "8UC4": _Encoding(4, cv2.COLOR_BGRA2BGR),
    "rgba8": _Encoding(4, cv2.COLOR_RGBA2BGR),
    "mono8": _Encoding(1, cv2.COLOR_GRAY2BGR),
    "8UC1": _Encoding(1, cv2.COLOR_GRAY2BGR),
}


def to_bgr(message: Image) -> BgrImage:
    """Return the image as [height, width, 3] uint8 BGR; a view of the message's data for bgr8.

    :raises ImageError: if the encoding is not supported, or data, step, height and width disagree
    """
    encoding = _ENCODINGS.get(message.encoding)
    if encoding is None:
        return _to_bgr_with_cv_bridge(message)
    row = message.width * encoding.channels
    if not message.height or not message.width:
        raise ImageError(f"the image is empty: {message.width}x{message.height} pixels")
    if message.step < row or len(message.data) != message.step * message.height:
        raise ImageError(
            f"the {message.encoding} image of {message.width}x{message.height} pixels has rows of {message.step} bytes"
            f" and {len(message.data)} bytes in all; expected at least {row} a row and step * height"
            f" = {message.step * message.height} in all: check the camera driver"
        )
    rows = np.frombuffer(message.data, np.uint8).reshape(message.height, message.step)
    pixels = rows[:, :row].reshape(message.height, message.width, encoding.channels)
    if encoding.to_bgr is None:
        return pixels
    return np.asarray(cv2.cvtColor(pixels, encoding.to_bgr), np.uint8)


def compressed_to_bgr(message: CompressedImage) -> BgrImage:
    """Return a JPEG or PNG image as [height, width, 3] uint8 BGR.

    :raises ImageError: if it cannot be decoded
    """
    content = np.frombuffer(message.data, np.uint8)
    image = cv2.imdecode(content, cv2.IMREAD_COLOR) if content.size else None
    if image is None:
        raise ImageError(
            f"the compressed image ('{message.format}', {content.size} bytes) cannot be decoded:"
            " only whole JPEG and PNG images can"
        )
    return np.asarray(image, np.uint8)


def to_image_message(image_bgr: BgrImage, header: Header) -> Image:
    """Return a bgr8 message with a copy of the image."""
    height, width = image_bgr.shape[:2]
    message = Image(header=header, height=height, width=width, encoding="bgr8", step=3 * width)
    # rclpy takes an array.array as it is and checks anything else element by element.
    data = array.array("B")
    data.frombytes(np.ascontiguousarray(image_bgr).data)
    message.data = data
    return message


def _to_bgr_with_cv_bridge(message: Image) -> BgrImage:
    supported = ", ".join(_ENCODINGS)
    try:
        from cv_bridge import CvBridge, CvBridgeError  # noqa: PLC0415 - slow to import, and seldom needed
    except ImportError as error:
        raise ImageError(
            f"the encoding '{message.encoding}' needs cv_bridge, which cannot be imported ({error});"
            f" install ros-$ROS_DISTRO-cv-bridge or publish one of {supported}"
        ) from error
    try:
        return np.asarray(CvBridge().imgmsg_to_cv2(message, "bgr8"), np.uint8)
    # cv_bridge lets several kinds of errors of its own and of OpenCV and numpy through.
    except (CvBridgeError, cv2.error, ValueError, TypeError, KeyError, AttributeError, RuntimeError) as error:
        raise ImageError(
            f"cv_bridge cannot convert the encoding '{message.encoding}': {error}; publish one of {supported}"
        ) from error
