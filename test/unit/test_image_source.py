# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import struct
import zlib

import cv2
import numpy as np
import pytest

from posenet_ros.camera.image_source import open_source, read_depth_picture
from posenet_ros.camera.live_source import DeviceMode, LiveSource
from posenet_ros.camera.source_names import described
from posenet_ros.errors import PictureError, SourceAwayError, SourceError

# 65535x65535 pixels in some bytes.
HUGE_PNG = (
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\xff\xff\0\0\xff\xff\x08\x02\0\0\0"
    + struct.pack(">I", zlib.crc32(b"IHDR\0\0\xff\xff\0\0\xff\xff\x08\x02\0\0\0"))
    + b"\0\0\0\0IDAT\x35\xaf\x06\x1e\0\0\0\0IEND\xaeB`\x82"
)


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
        (lambda folder: "http://me:secret@127.0.0.1:1/x", r"stream 'http://127.0.0.1:1/...' cannot be opened"),
        (lambda folder: "", "the source is empty: give a webcam index"),
        (lambda folder: "~nosuchuser/a.png", "no such home folder"),
        (lambda folder: "file://elsewhere/a.png", "a file of another machine"),
        (lambda folder: "gopher://me:secret@host", "unknown kind 'gopher'"),
        (lambda folder: "rtsp:/me:secret@host", "begins with 'rtsp:/': a URL has two slashes"),
        (lambda folder: "rtsp://me:${NO_SUCH_SECRET}@127.0.0.1:1/", "'NO_SUCH_SECRET', which is not set"),
        (lambda folder: write(folder / "huge.png", HUGE_PNG), "huge.png' cannot be decoded"),
    ],
)
def test_unusable_sources_say_why(tmp_path, make, word):
    with pytest.raises(SourceError, match=word) as caught:
        open_source(str(make(tmp_path)))
    assert "secret" not in str(caught.value)
    # Only what may come is waited for.
    assert isinstance(caught.value, SourceAwayError) == ("webcam /dev" in word or "stream" in word)


def test_depth_picture_that_claims_too_many_pixels(tmp_path):
    with pytest.raises(SourceError, match=r"huge\.png"):
        read_depth_picture(str(write(tmp_path / "huge.png", HUGE_PNG)))


def test_file_urls_may_be_percent_encoded(tmp_path):
    folder = tmp_path / "my pictures"
    folder.mkdir()
    cv2.imwrite(str(folder / "50%.png"), picture(70))
    assert (open_source(f"file://{tmp_path}/my%20pictures/50%25.png").read() == 70).all()
    assert (open_source(f"file://localhost{tmp_path}/my%20pictures").read() == 70).all()
    # A path is no URL.
    assert (open_source(str(folder / "50%.png")).read() == 70).all()


def test_folder_is_given_in_the_order_of_its_numbers(tmp_path):
    for name, value in (("frame1.png", 1), ("frame10.png", 10), ("frame2.png", 2), ("b.png", 50), ("Frame3.png", 0)):
        cv2.imwrite(str(tmp_path / name), picture(value))
    source = open_source(str(tmp_path))
    assert [int(source.read()[0, 0, 0]) for _ in range(5)] == [0, 50, 1, 2, 10]


@pytest.mark.parametrize(
    "url",
    [
        "rtsp://user:p@ss@camera/live",
        "rtsp://user:p@ss/w@camera/live",
        "rtsp://user:p/ss@camera:554/live",
        "rtsp://user:p?ss@camera:554/live",
        "rtsp://user:p#ss@camera:554/live",
        "rtsp://camera/user=admin&password=p@ss",
        "rtsp://camera/user=admin_password=pass_channel=1",
        "http://camera/video.cgi?usr=admin&pwd=pass",
        "http://camera?token=pass",
        "http://user:pass/video",
        "http://pass@camera",
        "http://a@b:pass@camera/x@y",
        "srt://camera:9000?passphrase=pass",
        "rtsp://user:pass@[fe80::1]:554/live",
        "RTSP://USER:pass@camera;pass",
    ],
)
def test_nothing_of_a_url_that_may_be_secret_is_told(url):
    text = described(url)
    for part in ("pass", "p@ss", "ss", "admin", "user", "USER"):
        assert part not in text
    assert text.startswith(f"stream '{url.partition('://')[0]}://")


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("rtsp://user:secret@camera:554/live", "stream 'rtsp://camera:554/...'"),
        ("http://10.0.0.7/video?a=b", "stream 'http://10.0.0.7/...'"),
        ("udp://[ff02::1]:5000", "stream 'udp://[ff02::1]:5000'"),
        ("rtsp://user:se/cret@camera/live", "stream 'rtsp://...'"),
    ],
)
def test_the_host_of_a_url_is_told_where_it_is_sure(url, text):
    assert described(url) == text


def test_a_password_can_come_from_the_environment(capture, monkeypatch):
    monkeypatch.setenv("CAMERA_LOGIN", "me:secret")
    source = open_source("rtsp://${CAMERA_LOGIN}@camera/live")
    assert capture.last.target[0] == "rtsp://me:secret@camera/live"
    assert "secret" not in source.description


def test_a_video_tells_the_times_of_its_images(tmp_path):
    path = str(tmp_path / "clip.avi")
    writer = cv2.VideoWriter(path, cv2.VideoWriter_fourcc(*"MJPG"), 10.0, (64, 48))
    for value in (10, 100, 200):
        writer.write(picture(value))
    writer.release()
    source = open_source(path)
    positions = []
    while source.read() is not None:
        positions.append(source.position)
    assert np.diff(positions) == pytest.approx([0.1, 0.1], abs=0.01)


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
