# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Images from a picture, a folder of pictures, a video, a webcam or a stream, one after another."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from posenet_ros.camera.live_source import DeviceMode, LiveSource
from posenet_ros.camera.source_names import KINDS, is_device, is_stream, natural_order, to_path
from posenet_ros.errors import PictureError, SourceError

BgrImage = NDArray[np.uint8]

PICTURE_SUFFIXES = frozenset((".bmp", ".jpeg", ".jpg", ".png", ".ppm", ".pgm", ".tif", ".tiff", ".webp"))
PICTURE_RATE = 10.0
# Some containers know no rate and give their time base, such as 90000, instead.
_MOST_IMAGES_A_SECOND = 1000.0


class FileSource(Protocol):
    """Gives images until there are no more."""

    description: str
    frame_rate: float
    """Images a second that the source was recorded at."""
    position: float | None
    """Seconds from the first image to the last one that was read, as they were recorded; None if unknown."""

    def read(self) -> BgrImage | None:
        """Return the next image, [height, width, 3] uint8 BGR, or None at the end.

        :raises PictureError: if the next image cannot be read, but those after it may
        :raises SourceError: if none can
        """

    def rewind(self) -> None:
        """Start again with the first image."""

    def close(self) -> None:
        """Release the file."""


def open_source(name: str, mode: DeviceMode | None = None) -> FileSource | LiveSource:
    """Open a webcam index, a picture, a folder of pictures, a video file or a stream URL.

    :param mode: what to ask of a webcam
    :raises SourceAwayError: if a webcam or stream is not there at present
    :raises SourceError: if it can never be opened, or nothing in it can be read
    """
    is_file = name.startswith("file://")
    if is_device(name) or (not is_file and is_stream(name)):
        return LiveSource(name, mode or DeviceMode())
    path = to_path(name)
    if path.is_dir():
        pictures = [entry for entry in path.iterdir() if entry.suffix.lower() in PICTURE_SUFFIXES]
        pictures.sort(key=natural_order)
        if not pictures:
            raise SourceError(f"the folder '{path}' holds no pictures ({', '.join(sorted(PICTURE_SUFFIXES))})")
        return PictureSource(pictures, f"folder '{path}'")
    if not path.is_file():
        raise SourceError(f"there is no file '{path}'; give {KINDS}")
    if path.suffix.lower() in PICTURE_SUFFIXES:
        return PictureSource([path], f"picture '{path}'")
    return VideoSource(path)


class PictureSource:
    """Pictures from files."""

    frame_rate = PICTURE_RATE
    position: float | None = None

    def __init__(self, paths: list[Path], description: str) -> None:
        """Read a lone picture, so that a wrong file is found at once.

        :raises SourceError: if it cannot be read
        """
        self.description = description
        self._paths = paths
        self._reported: set[Path] = set()
        # A picture is often shown again and again: the last one is kept decoded.
        self._kept = (paths[0], _read_picture(paths[0])) if len(paths) == 1 else None
        self.rewind()

    def read(self) -> BgrImage | None:
        """Return the next picture, or None after the last; a damaged one is reported the first time only."""
        for path in self._left:
            try:
                if self._kept is None or self._kept[0] != path:
                    self._kept = (path, _read_picture(path))
            except SourceError as error:
                if path not in self._reported:
                    self._reported.add(path)
                    raise PictureError(str(error)) from error
            else:
                self._found = True
                return self._kept[1]
        if not self._found:
            raise SourceError(f"none of the {len(self._paths)} pictures in the {self.description} can be read")
        return None

    def rewind(self) -> None:
        """Start again with the first picture."""
        self._left = iter(self._paths)
        self._found = False

    def close(self) -> None:
        """Nothing is held open."""


class VideoSource:
    """A video file."""

    def __init__(self, path: Path) -> None:
        """Open the file.

        :raises SourceError: if that fails
        """
        self.description = f"video '{path}'"
        self._path = path
        self.position: float | None = None
        self.rewind()
        rate = float(self._capture.get(cv2.CAP_PROP_FPS))
        self.frame_rate = rate if 0.0 < rate <= _MOST_IMAGES_A_SECOND else PICTURE_RATE

    def read(self) -> BgrImage | None:
        """Return the next image, or None at the end of the file."""
        received, image = self._capture.read()
        if received:
            self.position = 1e-3 * float(self._capture.get(cv2.CAP_PROP_POS_MSEC))
            self._found = True
            return np.asarray(image, np.uint8)
        if not self._found:
            raise SourceError(f"the {self.description} holds no image that can be read: it is damaged or empty")
        return None

    def rewind(self) -> None:
        """Open the file again: not every format can be sought in.

        :raises SourceError: if that fails
        """
        self.position = None
        self._capture = cv2.VideoCapture(str(self._path))
        self._found = False
        if not self._capture.isOpened():
            raise SourceError(
                f"the {self.description} cannot be opened: check that it is a video that OpenCV can decode"
            )

    def close(self) -> None:
        """Release the file."""
        self._capture.release()


def read_depth_picture(path: str) -> NDArray[np.uint16]:
    """Return a depth picture, [height, width] millimetres.

    :raises SourceError: if the file cannot be read, or holds anything but one channel of 16 bits
    """
    depth = _decode(to_path(path), cv2.IMREAD_UNCHANGED)
    if depth.ndim != 2 or depth.dtype != np.uint16:
        raise SourceError(
            f"the depth picture '{path}' has {depth.shape[2] if depth.ndim == 3 else 1} channels of {depth.dtype},"
            " expected one of uint16, in millimetres"
        )
    return np.asarray(depth, np.uint16)


def _read_picture(path: Path) -> BgrImage:
    return np.asarray(_decode(path, cv2.IMREAD_COLOR), np.uint8)


def _decode(path: Path, flags: int) -> NDArray[Any]:
    # imdecode names no reason either, but takes every path that Python can open.
    try:
        content = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError as error:
        raise SourceError(f"the picture '{path}' cannot be read: {error.strerror}") from error
    try:
        image = cv2.imdecode(content, flags) if content.size else None
    except (cv2.error, MemoryError) as error:  # Its header claims more pixels than OpenCV takes.
        raise SourceError(f"the picture '{path}' cannot be decoded: {' '.join(str(error).split())}") from error
    if image is None:
        raise SourceError(f"the picture '{path}' cannot be decoded: it is damaged or of a format OpenCV does not know")
    return np.asarray(image)
