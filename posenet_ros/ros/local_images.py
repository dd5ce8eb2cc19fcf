# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Images handed from one node to another of the same process, without a copy through the middleware.

rclpy has no intra-process communication: it copies an image from one node to another four times or more. Here the
pixels are shared. This is safe because they are marked as read-only before they are handed over, and because the
publisher makes a new array for each image.
"""

from __future__ import annotations

import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from rclpy.context import Context
from rclpy.node import Node
from std_msgs.msg import Header

# Offset of the stamp in a serialized message that begins with a header: after the four bytes that name the encoding
# (CDR, little-endian).
_STAMP = struct.Struct("<iI")
_STAMP_OFFSET = 4


@dataclass(frozen=True)
class LocalImage:
    """An image of this process: [height, width, 3] uint8 BGR, not writeable."""

    pixels: NDArray[np.uint8]
    header: Header


Receiver = Callable[[LocalImage], None]


class LocalImages:
    """Which nodes of a context receive which image topics from nodes of the same process."""

    _of_contexts: ClassVar[WeakKeyDictionary[Context, LocalImages]] = WeakKeyDictionary()
    _lock = threading.Lock()

    def __init__(self) -> None:
        self._receivers: dict[str, tuple[Receiver, ...]] = {}

    @classmethod
    def of(cls, node: Node) -> LocalImages:
        """Return the instance of the node's context."""
        with cls._lock:
            return cls._of_contexts.setdefault(node.context, cls())

    def subscribe(self, topic: str, receiver: Receiver) -> None:
        """Hand the images of a resolved topic to a receiver, in the thread that publishes them."""
        with self._lock:
            self._receivers[topic] = (*self._receivers.get(topic, ()), receiver)

    def unsubscribe(self, topic: str, receiver: Receiver) -> None:
        """Remove a receiver; nothing happens if it was never added."""
        with self._lock:
            self._receivers[topic] = tuple(known for known in self._receivers.get(topic, ()) if known != receiver)

    def publish(self, topic: str, pixels: NDArray[np.uint8], header: Header) -> int:
        """Hand an image to all receivers of a topic; return how many there are.

        Each receiver also has a subscription of the middleware. If the image is also published there, for other
        processes, it arrives twice; receivers recognise the second copy by its stamp (:func:`stamp_of`).
        """
        receivers = self._receivers.get(topic, ())
        if receivers:
            pixels.setflags(write=False)
            image = LocalImage(pixels, header)
            for receiver in receivers:
                receiver(image)
        return len(receivers)


def stamp_of(serialized: bytes) -> tuple[int, int] | None:
    """Return seconds and nanoseconds of the stamp of a serialized message with a header; None if it is cut off."""
    if len(serialized) < _STAMP_OFFSET + _STAMP.size:
        return None
    seconds, nanoseconds = _STAMP.unpack_from(serialized, _STAMP_OFFSET)
    return seconds, nanoseconds
