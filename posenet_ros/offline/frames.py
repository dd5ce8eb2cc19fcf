# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The images of a bag, decoded, in the order of time, and the other messages between them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from posenet_ros.errors import PoseNetError
from posenet_ros.image_decoding import decode_compressed_image, decode_image
from posenet_ros.offline.pairing import nanoseconds, to_seconds
from posenet_ros.offline.recording import Recording
from posenet_ros.offline.stage_thread import Items
from posenet_ros.offline.topics import COMPRESSED_IMAGE, IMAGE, Camera
from posenet_ros.streaming.rate_limit import RateLimit

_LARGE_BYTES = 100_000


@dataclass(frozen=True)
class Frame:
    """A message of a bag; of a camera's, what was decoded of it.

    :param time: of recording, in nanoseconds
    :param camera: None for a message in which nobody is looked for
    :param header: of the image; None if the message is damaged
    :param image: [height, width, 3] uint8 BGR; None if it is damaged, or not wanted
    :param problem: why it cannot be used
    """

    topic: str
    time: int
    data: bytes
    camera: Camera | None = None
    header: Any = None
    image: NDArray[np.uint8] | None = None
    problem: PoseNetError | None = None

    @property
    def is_large(self) -> bool:
        """Whether only few of its kind should be in memory."""
        return self.image is not None or len(self.data) > _LARGE_BYTES

    @property
    def stamp(self) -> int:
        """The image's stamp in nanoseconds."""
        return nanoseconds(self.header.stamp)

    @property
    def stamp_seconds(self) -> float:
        """The image's stamp in seconds, rounded as in the node."""
        return to_seconds(self.header.stamp)


def frames(
    recording: Recording,
    cameras: Collection[Camera],
    others: Collection[str] = (),
    *,
    start: int | None = None,
    stop: int | None = None,
    decode: bool = True,
    max_rate: float = 0.0,
) -> Items[Frame]:
    """Yield the messages of cameras and other topics, from ``start`` to before ``stop`` in nanoseconds.

    :param decode: whether pixels are wanted
    :param max_rate: of each camera's images, in Hz by the time of recording; others have no camera. 0 = unlimited
    """
    by_topic = {camera.image: camera for camera in cameras}
    rates = {topic: RateLimit() for topic in by_topic}
    for topic, time, data in recording.messages([*by_topic, *others], start, stop):
        camera = by_topic.get(topic)
        if camera is None or not rates[topic].passes((time - recording.start_time) / 1e9, max_rate):
            yield Frame(topic, time, data)
            continue
        try:
            message = recording.types.read(data, COMPRESSED_IMAGE if camera.compressed else IMAGE)
            image = None
            if decode:
                image = decode_compressed_image(message) if camera.compressed else decode_image(message)
        except PoseNetError as error:
            yield Frame(topic, time, data, camera, problem=error)
        else:
            yield Frame(topic, time, data, camera, message.header, image)
