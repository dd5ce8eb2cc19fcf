# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import cv2
import numpy as np
import pytest

from posenet_ros.camera.image_source import open_source
from posenet_ros.camera.live_source import DeviceMode, LiveSource
from posenet_ros.errors import PictureError, SourceError


def picture(value: int) -> np.ndarray:
    return np.full((48, 64, 3), value, np.uint8)


def write(path, content):
    path.write_bytes(content)
    return path


def test_picture_is_given_once_and_again_after_rewinding(tmp_path):
    path = tmp_path / "one.png"
    cv2.imwrite(str(path), picture(70))
    source = open_source(f"file://{path}")
    assert (source.read() == 70).all()
    assert source.read() is None
    source.rewind()
    assert (source.read() == 70).all()


def test_folder_is_given_in_order(tmp_path):
    for number in (3, 1, 2):
        cv2.imwrite(str(tmp_path / f"{number}.png"), picture(number))
    (tmp_path / "notes.txt").touch()
    source = open_source(str(tmp_path))
    assert [int(source.read()[0, 0, 0]) for _ in range(3)] == [1, 2, 3]
    assert source.read() is None


def test_damaged_picture_is_reported_once_and_left_out(tmp_path):
    write(tmp_path / "0.png", b"\x89PNG")
    cv2.imwrite(str(tmp_path / "1.png"), picture(1))
    source = open_source(str(tmp_path))
    with pytest.raises(PictureError, match=r"0\.png"):
        source.read()
    assert (source.read() == 1).all()
    assert source.read() is None
    source.rewind()
    assert (source.read() == 1).all()
    assert source.read() is None


def test_folder_without_any_readable_picture_is_an_error_not_an_end(tmp_path):
    for number in range(3):
        write(tmp_path / f"{number}.png", b"")
    source = open_source(str(tmp_path))
    for number in range(3):
        with pytest.raises(PictureError, match=rf"{number}\.png"):
            source.read()
    with pytest.raises(SourceError, match="none of the 3 pictures") as caught:
        source.read()
    assert not isinstance(caught.value, PictureError)


def test_video_has_its_rate_and_rewinds(tmp_path):
    path = str(tmp_path / "clip.avi")
    writer = cv2.VideoWriter(path, cv2.VideoWriter_fourcc(*"MJPG"), 12.0, (64, 48))
    for value in (10, 100, 200):
        writer.write(picture(value))
    writer.release()
    source = open_source(path)
    assert source.frame_rate == pytest.approx(12.0)
    for _ in range(2):
        values = []
        while (image := source.read()) is not None:
            values.append(image.mean())
        np.testing.assert_allclose(values, (10, 100, 200), atol=4)
        source.rewind()
    source.close()


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda folder: folder / "none.png", "there is no file"),
        (lambda folder: folder, "holds no pictures"),
        (lambda folder: write(folder / "cut.png", b"\x89PNG"), "cannot be decoded"),
        (lambda folder: write(folder / "empty.jpg", b""), "cannot be decoded"),
        (lambda folder: write(folder / "notes.txt", b"no video"), "cannot be opened"),
        (lambda folder: "/dev/video99", "webcam /dev/video99 cannot be opened"),
        (lambda folder: "http://me:secret@127.0.0.1:1/x", r"stream 'http://\*\*\*@127.0.0.1:1/x' cannot be opened"),
    ],
)
def test_unusable_sources_say_why(tmp_path, make, word):
    with pytest.raises(SourceError, match=word):
        open_source(str(make(tmp_path)))


class FakeCapture:
    """A webcam of 640x480 pixels that takes any size, and fails after some images."""

    def __init__(self, *target: object) -> None:
        self.target = target
        self.settings = {cv2.CAP_PROP_FRAME_WIDTH: 640.0, cv2.CAP_PROP_FRAME_HEIGHT: 480.0}
        self.images = FakeCapture.images
        self.grabbed = -1
        self.released = False
        FakeCapture.last = self

    def isOpened(self) -> bool:  # noqa: N802 - OpenCV's name
        return True

    def set(self, setting: int, value: float) -> bool:
        self.settings[setting] = float(value)
        return True

    def get(self, setting: int) -> float:
        return self.settings[setting]

    def grab(self) -> bool:
        self.grabbed += 1
        return self.grabbed < self.images

    def retrieve(self) -> tuple[bool, np.ndarray]:
        return True, picture(self.grabbed)

    def release(self) -> None:
        self.released = True


@pytest.fixture
def capture(monkeypatch):
    monkeypatch.setattr(cv2, "VideoCapture", FakeCapture)
    FakeCapture.images = 3
    return FakeCapture


def test_webcam_gets_its_mode_and_gives_images_until_it_fails(capture):
    source = open_source("2", DeviceMode(width=1280, height=720, frame_rate=15.0))
    assert isinstance(source, LiveSource)
    assert capture.last.target == (2,)
    assert source.size == (1280, 720)
    assert capture.last.settings[cv2.CAP_PROP_FPS] == 15.0
    for value in (1, 2):
        source.wait()
        assert (source.decode() == value).all()
    with pytest.raises(SourceError, match="webcam 2 gives no images any more"):
        source.wait()


def test_webcam_keeps_its_own_mode(capture):
    assert open_source("0").size == (640, 480)
    assert cv2.CAP_PROP_FPS not in capture.last.settings


def test_webcam_that_gives_no_image_is_refused_and_released(capture):
    capture.images = 0
    with pytest.raises(SourceError, match="webcam 0 can be opened, but gives no images"):
        open_source("0")
    assert capture.last.released
