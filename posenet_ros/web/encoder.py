# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Frames as bytes for browsers, made once for all who watch at a size, in a thread beside the server's."""

from __future__ import annotations

import asyncio
import json
import struct
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import cv2

from posenet_ros.errors import PoseNetError
from posenet_ros.web.frames import Frame, LazyImage

WIDTHS = (320, 480, 640, 960, 1280, 1920)
"""The widths in pixels to which larger images are scaled; each page gets the next one up, or the image as it is."""


def width_class(asked: int, image_width: int) -> int:
    """Return the width at which a page that has room for so many pixels gets its images; 0 is their own.

    :param image_width: 0 if it is not known yet
    """
    for width in WIDTHS:
        if width >= asked:
            return 0 if image_width and width >= image_width else width
    return 0


class FrameEncoder:
    """Makes each frame into bytes once for each width: a header's length, the header as JSON, the image.

    The length is 4 bytes, little-endian. The image is a JPEG or PNG file, or nothing.

    :param quality: of JPEG, 1 to 100
    """

    def __init__(self, quality: int) -> None:
        self._quality = quality
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="page_encoder")
        self._sequence = 0
        self._payloads: dict[int, asyncio.Future[bytes]] = {}
        self.encoded = 0
        """How many images were compressed since the start."""

    async def payload(self, frame: Frame, asked_width: int, describe: Callable[[], dict[str, Any]]) -> bytes:
        """Return the bytes of a frame for a page with room for so many pixels across; 0 is for the full size.

        :param describe: returns the header of the frame; called once a width, in the encoder's thread
        """
        if frame.sequence != self._sequence:
            # Those of an older frame are on their way, and nobody else asks for them.
            self._sequence, self._payloads = frame.sequence, {}
        width = width_class(asked_width, frame.image.width if frame.image else 1) if asked_width else 0
        payload = self._payloads.get(width)
        if payload is None:
            loop = asyncio.get_running_loop()
            payload = loop.run_in_executor(self._thread, self._encode, frame, width, describe)
            self._payloads[width] = payload
        # A page that is closed must not take the others' bytes away.
        return await asyncio.shield(payload)

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown(wait=True)

    def _encode(self, frame: Frame, width: int, describe: Callable[[], dict[str, Any]]) -> bytes:
        header, content = describe(), b""
        header["problem"] = ""
        if frame.image is not None:
            try:
                content = self._content(frame.image, width)
            except (PoseNetError, cv2.error) as error:
                header["problem"] = str(error)
        text = json.dumps(header, allow_nan=False, separators=(",", ":")).encode()
        return struct.pack("<I", len(text)) + text + content

    def _content(self, image: LazyImage, width: int) -> bytes:
        if image.content and not width:
            return image.content
        pixels = image.to_bgr()
        if width and width < pixels.shape[1]:
            height = max(round(pixels.shape[0] * width / pixels.shape[1]), 1)
            pixels = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA).astype(pixels.dtype, copy=False)
        elif image.content:
            return image.content
        self.encoded += 1
        _, data = cv2.imencode(".jpg", pixels, (cv2.IMWRITE_JPEG_QUALITY, self._quality))
        return data.tobytes()
