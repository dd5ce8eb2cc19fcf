# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""sensor_msgs images <-> BGR arrays."""

from __future__ import annotations

import array
import reprlib
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from rclpy.serialization import deserialize_message
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import Header

from posenet_ros.errors import ImageError
from posenet_ros.image_decoding import BgrImage, decode_image
from posenet_ros.image_encodings import ENCODINGS
from posenet_ros.ros.messages.serialized_image import SerializedImage, read_serialized_image

M = TypeVar("M", Image, CompressedImage)


def to_bgr(message: Image | SerializedImage) -> BgrImage:
    """Return the image as :func:`posenet_ros.image_decoding.decode_image` does, and other encodings with cv_bridge.

    :raises ImageError: if the encoding is not supported, or data, step, height and width disagree
    """
    if message.encoding in ENCODINGS or not message.height or not message.width:
        return decode_image(message)
    return _to_bgr_with_cv_bridge(message)


def unpack_image(serialized: bytes) -> SerializedImage | Image:
    """Return the message in the bytes that were received for a sensor_msgs/Image, its pixels not copied if possible.

    :raises ImageError: if the bytes are no such message
    """
    return read_serialized_image(serialized) or _deserialize(serialized, Image)


def unpack_compressed_image(serialized: bytes) -> CompressedImage:
    """Return the message in the bytes that were received for a sensor_msgs/CompressedImage.

    :raises ImageError: if the bytes are no such message
    """
    return _deserialize(serialized, CompressedImage)


def to_image_message(image_bgr: BgrImage, header: Header) -> Image:
    """Return a bgr8 message with a copy of the image."""
    return _to_message(image_bgr, "bgr8", header)


def to_depth_message(depth_mm: NDArray[np.uint16], header: Header) -> Image:
    """Return a 16UC1 message with a copy of a depth image, [height, width] millimetres."""
    return _to_message(depth_mm.astype("<u2"), "16UC1", header)


def _deserialize(serialized: bytes, kind: type[M]) -> M:
    try:
        message: M = deserialize_message(serialized, kind)
    except Exception as error:  # The middleware's errors have no common base.
        raise ImageError(
            f"the received bytes are no {kind.__name__} message ({error}): build publisher and subscriber with the"
            " same message definitions"
        ) from error
    return message


def _whole_message(view: SerializedImage) -> Image:
    message = Image(header=view.header, height=view.height, width=view.width, encoding=view.encoding, step=view.step)
    message.is_bigendian = view.is_bigendian
    message.data = array.array("B", view.data)
    return message


def _to_message(pixels: NDArray[Any], encoding: str, header: Header) -> Image:
    height, width = pixels.shape[:2]
    message = Image(header=header, height=height, width=width, encoding=encoding, step=pixels[:1].nbytes)
    # rclpy uses an array.array as it is, but checks anything else element by element.
    data = array.array("B")
    data.frombytes(np.ascontiguousarray(pixels).view(np.uint8).data)
    message.data = data
    return message


def _to_bgr_with_cv_bridge(message: Image | SerializedImage) -> BgrImage:
    if isinstance(message, SerializedImage):
        message = _whole_message(message)
    name = f"the encoding {reprlib.repr(message.encoding)}"
    cure = f"publish one of {', '.join(ENCODINGS)}"
    try:
        from cv_bridge import CvBridge  # noqa: PLC0415 - slow to import, and rarely needed

        image = np.asarray(CvBridge().imgmsg_to_cv2(message, "bgr8"))
    except ImportError as error:
        raise ImageError(
            f"{name} needs cv_bridge, which cannot be imported ({error}); install ros-$ROS_DISTRO-cv-bridge or {cure}"
        ) from error
    except Exception as error:
        # cv_bridge raises errors of its own, of OpenCV, numpy and Boost.
        raise ImageError(f"cv_bridge cannot convert {name}; {cure}: {error}") from error
    if image.shape != (message.height, message.width, 3) or image.dtype != np.uint8:
        raise ImageError(f"cv_bridge converts {name} to {image.dtype} of {image.shape}; {cure}")
    return image
