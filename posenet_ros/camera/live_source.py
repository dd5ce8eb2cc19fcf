# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Images from a webcam or a stream, as they come."""

from __future__ import annotations

import os
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from posenet_ros.camera.source_names import described, is_device, with_variables
from posenet_ros.errors import SourceAwayError

# FFmpeg's own patience is 30 s, far too long for a robot to notice that its camera has gone.
_OPEN_TIMEOUT_MS = 5000
_READ_TIMEOUT_MS = 5000


@dataclass(frozen=True)
class DeviceMode:
    """What a webcam is asked for; 0 leaves that to the device."""

    width: int = 0
    height: int = 0
    frame_rate: float = 0.0


class LiveSource:
    """A webcam or a stream: images are there when they are there, and there is no end, only failure."""

    def __init__(self, name: str, mode: DeviceMode) -> None:
        """Open it and wait for its first image, which is thrown away.

        :param name: webcam index, path below /dev or URL
        :raises SourceAwayError: if it cannot be opened or gives no images
        :raises SourceError: if it can never be
        """
        self.description = described(name)
        self._capture = _open(name if is_device(name) else with_variables(name))
        if not self._capture.isOpened():
            raise SourceAwayError(
                f"the {self.description} cannot be opened: check that it exists, that OpenCV can decode it and that"
                " no other program uses it"
            )
        if is_device(name):
            self._set(mode)
        # Devices that open but never give an image are found here, as a webcam's second, for metadata.
        if not self._capture.grab():
            self.close()
            raise SourceAwayError(
                f"the {self.description} can be opened, but gives no images: check that it is a camera"
            )
        self.size = (
            int(self._capture.get(cv2.CAP_PROP_FRAME_WIDTH)),
            int(self._capture.get(cv2.CAP_PROP_FRAME_HEIGHT)),
        )

    def wait(self) -> None:
        """Wait for the next image; this can take seconds, and nothing can cut it short.

        :raises SourceAwayError: if none comes any more
        """
        if not self._capture.grab():
            raise self._lost()

    def decode(self) -> NDArray[np.uint8]:
        """Return the image that was waited for, [height, width, 3] BGR.

        :raises SourceAwayError: if that fails
        """
        decoded, image = self._capture.retrieve()
        if not decoded:
            raise self._lost()
        return np.asarray(image, np.uint8)

    def close(self) -> None:
        """Release the device or connection."""
        self._capture.release()

    def _lost(self) -> SourceAwayError:
        return SourceAwayError(f"the {self.description} gives no images any more: check its cable or address")

    def _set(self, mode: DeviceMode) -> None:
        for setting, value in (
            (cv2.CAP_PROP_FRAME_WIDTH, mode.width),
            (cv2.CAP_PROP_FRAME_HEIGHT, mode.height),
            (cv2.CAP_PROP_FPS, mode.frame_rate),
        ):
            if value:
                self._capture.set(setting, value)


def quieten_opencv() -> None:
    """Leave reporting to our own messages: OpenCV complains at every failed attempt, and names the whole URL."""
    # cv2.utils.logging came with OpenCV 4.5.5.
    if "OPENCV_LOG_LEVEL" not in os.environ and hasattr(cv2.utils, "logging"):
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)


def _open(name: str) -> cv2.VideoCapture:
    if name.isdecimal():
        return cv2.VideoCapture(int(name))
    if is_device(name):
        return cv2.VideoCapture(name, cv2.CAP_V4L2)
    if cv2.CAP_FFMPEG not in cv2.videoio_registry.getStreamBackends():
        return cv2.VideoCapture(name)
    timeouts = (cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, _OPEN_TIMEOUT_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, _READ_TIMEOUT_MS)
    return cv2.VideoCapture(name, cv2.CAP_FFMPEG, timeouts)
