# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A sensor_msgs/Image as it was received, whose pixels are not copied.

rclpy copies the pixels twice while it makes a message, which takes longer for large images than scaling them down. The
layout of the bytes is CDR (OMG, DDS-XTypes 1.3, 7.4). Each field is aligned to its size, counted from after the four
bytes that name the encoding. Strings and sequences begin with their length.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from builtin_interfaces.msg import Time
from std_msgs.msg import Header

# Plain CDR, little-endian; the next two bytes are options that have no meaning here.
_LITTLE_ENDIAN = b"\x00\x01"
_ENCAPSULATION = 4


@dataclass(frozen=True)
class SerializedImage:
    """The fields of a sensor_msgs/Image; ``data`` is a view of the bytes that were received."""

    header: Header
    height: int
    width: int
    encoding: str
    is_bigendian: int
    step: int
    data: memoryview


def read_serialized_image(serialized: bytes) -> SerializedImage | None:
    """Return the image in the bytes of a serialized message; None if they are laid out in another way, or damaged."""
    if serialized[:2] != _LITTLE_ENDIAN:
        return None
    reader = _Reader(memoryview(serialized)[_ENCAPSULATION:])
    try:
        seconds, nanoseconds = reader.number("i"), reader.number("I")
        header = Header(stamp=Time(sec=seconds, nanosec=nanoseconds), frame_id=reader.text())
        height, width = reader.number("I"), reader.number("I")
        encoding = reader.text()
        return SerializedImage(
            header, height, width, encoding, reader.number("B"), reader.number("I"), reader.sequence()
        )
    except (struct.error, ValueError):
        return None


class _Reader:
    def __init__(self, body: memoryview) -> None:
        self._body = body
        self._place = 0

    def number(self, kind: str) -> int:
        size = struct.calcsize(kind)
        self._place += -self._place % size
        value: int = struct.unpack_from("<" + kind, self._body, self._place)[0]
        self._place += size
        return value

    def sequence(self) -> memoryview:
        length = self.number("I")
        content = self._body[self._place : self._place + length]
        if len(content) != length:
            raise ValueError(f"expected {length} bytes, found {len(content)}")
        self._place += length
        return content

    def text(self) -> str:
        content = bytes(self.sequence())
        if not content.endswith(b"\0"):
            raise ValueError("a string without its end")
        return content[:-1].decode()
