# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Which arrays are images that can be read, and what to do about the others."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from posenet_ros.errors import ImageError

_EXPECTED = "expected [height, width, 3] uint8 in OpenCV's order BGR"


def check_image(image: object) -> NDArray[np.uint8]:
    """Return an image as it is: [height, width, 3] uint8.

    :raises ImageError: if it is something else; the message names the call that converts it
    """
    if image is None:
        raise ImageError(
            f"image is None, {_EXPECTED}: cv2.imread returns None for a file that is missing or no image, so check"
            " its path"
        )
    if not isinstance(image, np.ndarray):
        raise ImageError(
            f"image is a {type(image).__module__}.{type(image).__name__}, {_EXPECTED}: make an array of it with"
            " numpy.asarray (RGB, such as Pillow's, then needs [..., ::-1])"
        )
    cure = _cure(image)
    if cure:
        raise ImageError(f"image has shape {image.shape} and type {image.dtype}, {_EXPECTED}: {cure}")
    return image


def _cure(image: NDArray[np.generic]) -> str:
    """Return what to do about an array; nothing if it is an image."""
    if not image.size:
        return "it has no pixels; check where it was cut out"
    if image.dtype != np.uint8:
        if np.issubdtype(image.dtype, np.floating):
            return "convert 0 to 1 with (255 * image).astype('uint8'), 0 to 255 with image.astype('uint8')"
        if image.dtype == np.uint16:
            return "convert 16 bits with (image // 256).astype('uint8')"
        return "convert it with image.astype('uint8') if its values are 0 to 255"
    channels = image.shape[2] if image.ndim == 3 else 1 if image.ndim == 2 else 0
    conversions = {1: "cv2.COLOR_GRAY2BGR", 4: "cv2.COLOR_BGRA2BGR (or cv2.COLOR_RGBA2BGR)"}
    if channels in conversions:
        return f"convert it with cv2.cvtColor(image, {conversions[channels]})"
    return "" if channels == 3 else "take one image at a time"
