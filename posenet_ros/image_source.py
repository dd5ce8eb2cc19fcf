# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Images from a picture, a folder of pictures, a video, a webcam or a stream, one after another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from posenet_ros.errors import SourceError

BgrImage = NDArray[np.uint8]

PICTURE_SUFFIXES = frozenset((".bmp", ".jpeg", ".jpg", ".png", ".ppm", ".pgm", ".tif", ".tiff", ".webp"))


class ImageSource(Protocol):
    """Gives images until there are no more."""

    frame_rate: float
    """Images a second that the source was recorded at; 0 where it has no rate of its own."""

    def read(self) -> BgrImage | None:
        """Return the next image, [height, width, 3] uint8 BGR, or None at the end."""

    def rewind(self) -> bool:
        """Start again; False where a source cannot, as a camera."""

    def close(self) -> None:
        """Release the device or file."""


def open_source(name: str) -> ImageSource:
    """Open a webcam index, a picture, a folder of pictures, a video file or a stream URL.

    :raises SourceError: if it cannot be opened, or nothing in it can be read
    """
    if name.isdecimal():
        return VideoSource(int(name), f"webcam {name}")
    if "://" in name:
        return VideoSource(name, f"stream '{name}'")
    path = Path(name).expanduser()
    if path.is_dir():
        pictures = sorted(entry for entry in path.iterdir() if entry.suffix.lower() in PICTURE_SUFFIXES)
        if not pictures:
            raise SourceError(f"the folder '{path}' holds no pictures ({', '.join(sorted(PICTURE_SUFFIXES))})")
        return PictureSource(pictures)
    if not path.is_file():
        raise SourceError(
            f"there is no file '{path}'; give a webcam index, a picture, a folder of pictures, a video or a URL"
        )
    if path.suffix.lower() in PICTURE_SUFFIXES:
        return PictureSource([path])
    return VideoSource(str(path), f"video '{path}'")


class PictureSource:
    """Pictures from files."""

    frame_rate = 0.0

    def __init__(self, paths: list[Path]) -> None:
        """Check the first picture, so that a wrong file is found at once.

        :raises SourceError: if it cannot be read
        """
        self._paths = paths
        # A picture is often shown again and again: the last one is kept decoded.
        self._kept = (paths[0], _read_picture(paths[0]))
        self._left: Iterator[Path] = iter(paths)

    def read(self) -> BgrImage | None:
        """Return the next picture, or None after the last.

        :raises SourceError: if it cannot be read
        """
        path = next(self._left, None)
        if path is None:
            return None
        if self._kept[0] != path:
            self._kept = (path, _read_picture(path))
        return self._kept[1]

    def rewind(self) -> bool:
        """Start again with the first picture."""
        self._left = iter(self._paths)
        return True

    def close(self) -> None:
        """Nothing is held open."""


class VideoSource:
    """Whatever OpenCV's VideoCapture opens: a device, a video file or a stream."""

    def __init__(self, target: int | str, description: str) -> None:
        """Open the video.

        :raises SourceError: if that fails
        """
        self._description = description
        self._seekable = isinstance(target, str) and "://" not in target
        self._capture = cv2.VideoCapture(target)
        if not self._capture.isOpened():
            raise SourceError(
                f"the {description} cannot be opened: check that it exists, that OpenCV can decode it and that"
                " no other program uses it"
            )
        rate = self._capture.get(cv2.CAP_PROP_FPS) if self._seekable else 0.0
        self.frame_rate = rate if np.isfinite(rate) and rate > 0.0 else 0.0

    def read(self) -> BgrImage | None:
        """Return the next image, or None at the end of a file.

        :raises SourceError: if a device or stream gives no image
        """
        received, image = self._capture.read()
        if received:
            return np.asarray(image, np.uint8)
        if self._seekable:
            return None
        raise SourceError(f"the {self._description} gives no images any more: check its cable or address")

    def rewind(self) -> bool:
        """Start again at the first image of a file."""
        return self._seekable and bool(self._capture.set(cv2.CAP_PROP_POS_FRAMES, 0))

    def close(self) -> None:
        """Release the device or file."""
        self._capture.release()


def _read_picture(path: Path) -> BgrImage:
    # imdecode names no reason either, but takes every path that Python can open.
    try:
        content = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError as error:
        raise SourceError(f"the picture '{path}' cannot be read: {error.strerror}") from error
    image = cv2.imdecode(content, cv2.IMREAD_COLOR) if content.size else None
    if image is None:
        raise SourceError(f"the picture '{path}' cannot be decoded: it is damaged or of a format OpenCV does not know")
    return np.asarray(image, np.uint8)
