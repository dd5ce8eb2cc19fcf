# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Image <-> model input: the letterbox and its exact inverse, and the input sizes that fit a stride.

Coordinates name pixel centres: (0, 0) is the centre of the top-left pixel of either image, as in
OpenCV and in the messages.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray


def snap_input_size(height: int, width: int, stride: int) -> tuple[int, int]:
    """Return (height, width) as k * stride + 1, where the network samples image and edges evenly.

    Other sizes run too, but shift the outputs. The rule, floor(size / stride) * stride + 1, is that of
    ``toValidInputResolution`` in PoseNet for TensorFlow.js. At least one stride remains.

    :raises ValueError: if a size is not positive
    """
    if height < 1 or width < 1:
        raise ValueError(f"input size {height}x{width} is not positive")
    return max(height // stride, 1) * stride + 1, max(width // stride, 1) * stride + 1


@dataclass(frozen=True)
class Letterbox:
    """An image scaled to fit a model input of another shape, centred, the rest left black.

    Sizes are (height, width) in pixels. The scaled image fills ``content_size`` pixels of the input from
    ``origin`` (row, column) on.
    """

    image_size: tuple[int, int]
    input_size: tuple[int, int]
    content_size: tuple[int, int]
    origin: tuple[int, int]

    @classmethod
    def fit(cls, image_size: tuple[int, int], input_size: tuple[int, int]) -> Letterbox:
        """Return the letterbox of an image in a model input.

        :raises ValueError: if a size is not positive
        """
        if min(*image_size, *input_size) < 1:
            raise ValueError(f"cannot fit an image of {image_size} pixels into {input_size} pixels")
        scale = min(input_size[0] / image_size[0], input_size[1] / image_size[1])
        content = (
            min(max(round(image_size[0] * scale), 1), input_size[0]),
            min(max(round(image_size[1] * scale), 1), input_size[1]),
        )
        origin = ((input_size[0] - content[0]) // 2, (input_size[1] - content[1]) // 2)
        return cls(image_size, input_size, content, origin)

    @property
    def scale(self) -> tuple[float, float]:
        """Image pixels per input pixel, (vertical, horizontal); they differ by rounding only."""
        return self.image_size[0] / self.content_size[0], self.image_size[1] / self.content_size[1]

    def to_input(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Map [..., 2] points (x, y) in image pixels to model-input pixels."""
        scale, origin = self._scale_and_origin()
        return (points + 0.5) / scale - 0.5 + origin

    def to_image(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Map [..., 2] points (x, y) in model-input pixels to image pixels, without clamping."""
        scale, origin = self._scale_and_origin()
        return (points - origin + 0.5) * scale - 0.5

    def resize_into(self, image: NDArray[np.uint8], canvas: NDArray[np.uint8]) -> None:
        """Draw a [h, w, c] image into a canvas of the input size, the margins black.

        The image is halved by averaging until less than a factor of two is left, and then interpolated. This is
        as good as averaging all the way, and several times faster.

        :raises ValueError: if image or canvas are not of the sizes the letterbox was made for
        """
        if image.shape[:2] != self.image_size or canvas.shape != (*self.input_size, *image.shape[2:]):
            raise ValueError(
                f"image {image.shape} and canvas {canvas.shape} do not fit a letterbox"
                f" from {self.image_size} to {self.input_size}"
            )
        top, left = self.origin
        bottom, right = top + self.content_size[0], left + self.content_size[1]
        canvas[:top] = 0
        canvas[bottom:] = 0
        canvas[top:bottom, :left] = 0
        canvas[top:bottom, right:] = 0
        shrunk: Any = image
        for _ in range(int(math.log2(max(self.scale)))):
            half = -(-shrunk.shape[1] // 2), -(-shrunk.shape[0] // 2)
            shrunk = cv2.resize(shrunk, half, interpolation=cv2.INTER_AREA)
        if shrunk.shape[:2] == (1, 1):
            # OpenCV 4.5.4, that of Humble, takes no image of one pixel.
            canvas[top:bottom, left:right] = shrunk
            return
        size = self.content_size[::-1]
        cv2.resize(shrunk, size, dst=canvas[top:bottom, left:right], interpolation=cv2.INTER_LINEAR)

    def _scale_and_origin(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return np.array(self.scale[::-1]), np.array(self.origin[::-1], np.float64)
