# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The encodings of sensor_msgs/Image that need no library but OpenCV."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class Encoding:
    """The layout of the pixels in the data, and their conversion to BGR."""

    samples: int
    """Samples for each pixel of a row."""
    to_bgr: int | None = None
    """OpenCV's conversion code of 8-bit samples; None if they are BGR already."""
    sample_bytes: int = 1
    block: tuple[int, int] = (1, 1)
    """Height and width of the block of pixels that share one colour; images consist of whole blocks."""
    minimum_side: int = 1
    """Minimum height and width that OpenCV converts."""
    chroma_rows: bool = False
    """Half as many rows again follow, with the same step."""

    def row_bytes(self, width: int) -> int:
        """Return the bytes of a row without padding."""
        return width * self.samples * self.sample_bytes

    def rows(self, height: int) -> int:
        """Return the rows in the data of an image of that height."""
        return height + height // 2 if self.chroma_rows else height

    def misfit(self, height: int, width: int) -> str | None:
        """Return why no image of this size can have this encoding; None if one can."""
        if height % self.block[0] or width % self.block[1]:
            block = f"{self.block[1]}x{self.block[0]}"
            return f"does not consist of whole blocks of {block} pixels, which share one colour: crop it to a multiple"
        if min(height, width) < self.minimum_side:
            return f"is too small to compute its colours: make it at least {self.minimum_side}x{self.minimum_side}"
        return None

    def convert(self, rows: Bytes, width: int, big_endian: bool) -> Bytes:
        """Return the rows, whose padding is cut off, as BGR; a view of them where they are that already."""
        if self.sample_bytes == 2:
            rows = _eight_bits(rows, 0 if big_endian else 1)
        pixels = rows.reshape(len(rows), width, self.samples)
        return pixels if self.to_bgr is None else np.asarray(cv2.cvtColor(pixels, self.to_bgr), np.uint8)


def _eight_bits(rows: Bytes, high: int) -> Bytes:
    """Return rows of two bytes a sample as rows of one byte a sample.

    :param high: which of the two bytes is the high one
    """
    # The high byte is the sample / 256. Taking it needs no swapped bytes and no rows at even addresses.
    pairs = rows.reshape(len(rows), -1, 2)
    top = np.asarray(cv2.extractChannel(pairs, high), np.uint8)
    bits = bits_in_use(256 * int(top.max(initial=0)))
    if bits == 16:
        return top
    low = np.asarray(cv2.extractChannel(pairs, 1 - high), np.uint8)
    # A sample of few bits keeps its eight highest.
    return np.asarray((top << (16 - bits)) | (low >> (bits - 8)), np.uint8)


def bits_in_use(largest: int) -> int:
    """Return how many bits a camera has whose largest sample of 16 bits is this: 10, 12, 14 or 16."""
    return next(bits for bits in (10, 12, 14, 16) if largest < 1 << bits)


def _encodings() -> dict[str, Encoding]:
    bgr = Encoding(3)
    rgb = Encoding(3, cv2.COLOR_RGB2BGR)
    bgra = Encoding(4, cv2.COLOR_BGRA2BGR)
    rgba = Encoding(4, cv2.COLOR_RGBA2BGR)
    mono = Encoding(1, cv2.COLOR_GRAY2BGR)
    uyvy = Encoding(2, cv2.COLOR_YUV2BGR_UYVY, block=(1, 2))
    yuyv = Encoding(2, cv2.COLOR_YUV2BGR_YUYV, block=(1, 2))
    nv12 = Encoding(1, cv2.COLOR_YUV2BGR_NV12, block=(2, 2), chroma_rows=True)
    eight_or_sixteen_bits = {
        "bgr{}": bgr,
        "rgb{}": rgb,
        "bgra{}": bgra,
        "rgba{}": rgba,
        "mono{}": mono,
        # OpenCV's types do not say what the channels are; its own order is BGR.
        "{}UC1": mono,
        "{}UC3": bgr,
        "{}UC4": bgra,
        # ROS names the top left four pixels, OpenCV the four that begin at (1, 1).
        "bayer_rggb{}": Encoding(1, cv2.COLOR_BayerBG2BGR, minimum_side=3),
        "bayer_bggr{}": Encoding(1, cv2.COLOR_BayerRG2BGR, minimum_side=3),
        "bayer_gbrg{}": Encoding(1, cv2.COLOR_BayerGR2BGR, minimum_side=3),
        "bayer_grbg{}": Encoding(1, cv2.COLOR_BayerGB2BGR, minimum_side=3),
    }
    return {
        **{name.format(8): encoding for name, encoding in eight_or_sixteen_bits.items()},
        **{name.format(16): replace(encoding, sample_bytes=2) for name, encoding in eight_or_sixteen_bits.items()},
        "uyvy": uyvy,
        "yuv422": uyvy,
        "yuyv": yuyv,
        "yuv422_yuy2": yuyv,
        "nv12": nv12,
        "nv21": replace(nv12, to_bgr=cv2.COLOR_YUV2BGR_NV21),
    }


ENCODINGS = _encodings()
