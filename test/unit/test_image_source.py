# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import cv2
import numpy as np
import pytest

from posenet_ros.errors import SourceError
from posenet_ros.image_source import open_source


def picture(value: int) -> np.ndarray:
    return np.full((48, 64, 3), value, np.uint8)


def test_picture_is_given_once_and_again_after_rewinding(tmp_path):
    path = tmp_path / "one.png"
    cv2.imwrite(str(path), picture(70))
    source = open_source(str(path))
    assert (source.read() == 70).all()
    assert source.read() is None
    assert source.rewind()
    assert (source.read() == 70).all()


def test_folder_is_given_in_order(tmp_path):
    for number in (3, 1, 2):
        cv2.imwrite(str(tmp_path / f"{number}.png"), picture(number))
    (tmp_path / "notes.txt").touch()
    source = open_source(str(tmp_path))
    assert [int(source.read()[0, 0, 0]) for _ in range(3)] == [1, 2, 3]
    assert source.read() is None


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
        assert source.rewind()
    source.close()


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda folder: folder / "none.png", "there is no file"),
        (lambda folder: folder, "holds no pictures"),
        (lambda folder: write(folder / "cut.png", b"\x89PNG"), "cannot be decoded"),
        (lambda folder: write(folder / "empty.jpg", b""), "cannot be decoded"),
        (lambda folder: write(folder / "notes.txt", b"no video"), "cannot be opened"),
    ],
)
def test_unusable_sources_say_why(tmp_path, make, word):
    with pytest.raises(SourceError, match=word):
        open_source(str(make(tmp_path)))


def write(path, content):
    path.write_bytes(content)
    return path
