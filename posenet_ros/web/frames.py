# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Images and the people found in them, brought together by their stamps."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

import numpy as np
from numpy.typing import NDArray

from posenet_ros.people import People

# Without people for so long, images are shown without waiting for them, and the other way round.
_PATIENCE_S = 1.0
# An image waits for its people for as long as the network takes: a few images, more of a fast camera's.
_MAX_WAITING_IMAGES = 32
_MAX_WAITING_BYTES = 96 * 2**20
_MAX_WAITING_PEOPLE = 8

_sequence = count(1)


@dataclass(frozen=True)
class LazyImage:
    """An image whose pixels are unpacked only if somebody looks at it.

    :param to_bgr: returns [height, width, 3] uint8; raises PoseNetError if the image cannot be read
    :param size_bytes: memory that the image takes as it is
    :param width: in pixels; 0 if it is not known before the image is unpacked
    :param content: a JPEG or PNG file that browsers can show as it is; empty for none
    """

    to_bgr: Callable[[], NDArray[np.uint8]]
    size_bytes: int
    width: int = 0
    content: bytes = b""


@dataclass(frozen=True)
class Frame:
    """What the page shows at a time: an image, the people in it, or both.

    :param stamp: of the image, in seconds
    :param age: seconds from the stamp to the arrival; None if the clocks do not agree
    :param image_size: (height, width) in pixels that the people's coordinates refer to; zeros if unknown
    """

    stamp: float
    age: float | None
    image: LazyImage | None
    people: People | None = None
    image_size: tuple[int, int] = (0, 0)
    frame_id: str = ""
    sequence: int = field(default_factory=lambda: next(_sequence))


class FramePairer:
    """Holds images back until the people in them are known.

    All times are in seconds of a clock that never jumps.
    """

    def __init__(self) -> None:
        self._images: OrderedDict[float, Frame] = OrderedDict()
        self._people: OrderedDict[float, Frame] = OrderedDict()
        self._last_people = self._last_image = -math.inf

    def add_image(self, frame: Frame, now: float) -> Frame | None:
        """Take an image without people; return what can be shown now."""
        self._last_image = now
        people = self._people.pop(frame.stamp, None)
        if people is not None:
            return self._pair(frame, people)
        if now - self._last_people > _PATIENCE_S:
            self._images.clear()
            return frame
        self._images[frame.stamp] = frame
        while len(self._images) > _MAX_WAITING_IMAGES or self._bytes() > _MAX_WAITING_BYTES:
            self._images.popitem(last=False)
        return None

    def add_people(self, frame: Frame, now: float) -> Frame | None:
        """Take people without their image; return what can be shown now."""
        self._last_people = now
        image = self._images.pop(frame.stamp, None)
        if image is not None:
            return self._pair(image, frame)
        if now - self._last_image > _PATIENCE_S:
            return frame
        # The image comes later than the people, or was lost.
        self._people[frame.stamp] = frame
        while len(self._people) > _MAX_WAITING_PEOPLE:
            self._people.popitem(last=False)
        return None

    def clear(self) -> None:
        """Forget what waits."""
        self._images.clear()
        self._people.clear()

    def _pair(self, image: Frame, people: Frame) -> Frame:
        for waiting in (self._images, self._people):
            for stamp in [stamp for stamp in waiting if stamp <= image.stamp]:
                del waiting[stamp]
        return Frame(image.stamp, people.age, image.image, people.people, people.image_size, people.frame_id)

    def _bytes(self) -> int:
        return sum(frame.image.size_bytes for frame in self._images.values() if frame.image is not None)
