# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The pixels of sensor_msgs/Image and sensor_msgs/CompressedImage as BGR arrays.

Messages are known by their fields, so that those of any library will do.
"""

from __future__ import annotations

import reprlib
import struct
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from posenet_ros.errors import ImageError
from posenet_ros.image_encodings import ENCODINGS, Encoding, bits_in_use

BgrImage = NDArray[np.uint8]

_JPEG_START, _JPEG_END = b"\xff\xd8\xff", b"\xff\xd9"
_PNG_START, _PNG_END = b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"
_START_OF_SCAN = 0xDA
# All of 0xC0 to 0xCF except the tables DHT and DAC, and JPG, which is reserved.
_START_OF_FRAME = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}

_MAX_PIXELS_PER_BYTE = 10_000
"""More than either format can hold: PNG packs 8 pixels into a byte, and deflate 1032 bytes into one."""


def decode_image(message: Any) -> BgrImage:
    """Return the image as [height, width, 3] uint8 BGR; a view of the message's data for bgr8 and 8UC3.

    :param message: a sensor_msgs/Image of any library, with ``data`` as a buffer of bytes

    Of 16-bit samples the eight highest bits in use are kept: images of 10, 12 or 14 bits, which cameras send in 16, are
    told by their largest sample. So are those of 16UC1, whatever it measures.
    Alpha is ignored. YUV has BT.601's video range.

    :raises ImageError: if the encoding is not supported, or data, step, height and width disagree
    """
    if not message.height or not message.width:
        raise ImageError(f"the image is empty: {message.width}x{message.height} pixels; check the camera driver")
    encoding = ENCODINGS.get(message.encoding)
    if encoding is None:
        raise ImageError(
            f"the encoding {reprlib.repr(message.encoding)} is not supported; publish one of {', '.join(ENCODINGS)}"
        )
    _check_layout(message, encoding)
    rows = np.frombuffer(message.data, np.uint8).reshape(-1, message.step)[:, : encoding.row_bytes(message.width)]
    try:
        return encoding.convert(rows, message.width, bool(message.is_bigendian))
    except cv2.error as error:
        raise ImageError(f"OpenCV cannot convert {_described(message)}; try another encoding: {error}") from error


def decode_compressed_image(message: Any) -> BgrImage:
    """Return a JPEG or PNG image as [height, width, 3] uint8 BGR.

    Of 16-bit samples the eight highest bits in use are kept. Grey becomes BGR, alpha is ignored, and so is EXIF's
    orientation, which would turn the image against its camera_info.

    :raises ImageError: if it cannot be decoded, or is incomplete
    """
    content = bytes(message.data)
    name = f"the compressed image (format {reprlib.repr(message.format)}, {len(content)} bytes)"
    if "compressedDepth" in message.format:
        raise ImageError(f"{name} is a depth map; subscribe to the colour image's .../compressed topic")
    if content.startswith(_JPEG_START):
        size = _size_of_jpeg(content)
    elif content.startswith(_PNG_START):
        size = _size_of_png(content)
    else:
        start = content[:4].hex(" ") or "nothing"
        raise ImageError(f"{name} is neither JPEG nor PNG: it begins with {start}; publish one of these")
    if size is None:
        raise ImageError(f"{name} is cut off before its end; check the camera driver and the network")
    # Decoders allocate what the header claims before they look at the data.
    if size[0] * size[1] > len(content) * _MAX_PIXELS_PER_BYTE:
        raise ImageError(f"{name} cannot hold the {size[1]}x{size[0]} pixels it claims; check the camera driver")
    try:
        image = cv2.imdecode(
            np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH | cv2.IMREAD_IGNORE_ORIENTATION
        )
    except cv2.error as error:
        raise ImageError(f"{name} cannot be decoded; publish an ordinary JPEG or PNG image: {error}") from error
    if image is None:
        raise ImageError(f"{name} cannot be decoded: its data are damaged; check the camera driver and the network")
    if image.dtype == np.uint16:
        image = np.right_shift(np.asarray(image, np.uint16), bits_in_use(int(image.max())) - 8)
    return np.asarray(image, np.uint8)


def _described(message: Any) -> str:
    return f"the {message.encoding} image of {message.width}x{message.height} pixels"


def _check_layout(message: Any, encoding: Encoding) -> None:
    misfit = encoding.misfit(message.height, message.width)
    if misfit:
        raise ImageError(f"{_described(message)} {misfit}")
    row, rows = encoding.row_bytes(message.width), encoding.rows(message.height)
    if message.step < row or len(message.data) != message.step * rows:
        raise ImageError(
            f"{_described(message)} has rows of {message.step} bytes and {len(message.data)} bytes in all; expected at"
            f" least {row} a row and {rows} rows of step = {message.step * rows} in all: check the camera driver"
        )


def _size_of_png(content: bytes) -> tuple[int, int] | None:
    """Return height and width; None if the end is missing."""
    if len(content) < 24 or _PNG_END not in content:
        return None
    width, height = struct.unpack_from(">II", content, 16)
    return height, width


def _size_of_jpeg(content: bytes) -> tuple[int, int] | None:
    """Return height and width; None if the end is missing.

    Only an end marker after the start of the scan counts, since a thumbnail in the header has one too. Anything may
    follow the end: cameras pad their buffers.
    """
    size = None
    position = 2
    while 0 <= (position := content.find(b"\xff", position)) <= len(content) - 9:
        marker, length = struct.unpack_from(">xBH", content, position)
        if marker == _START_OF_SCAN:
            return size if content.rfind(_JPEG_END, position) >= 0 else None
        if marker in _START_OF_FRAME:
            size = struct.unpack_from(">HH", content, position + 5)
        # 0xFF may be repeated as padding.
        position += 1 if marker == 0xFF else 2 + length
    return None
