# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from sensor_msgs.msg import Image

from posenet_ros.depth_decoding import decode_depth_image
from posenet_ros.errors import ImageError

METRES = np.array([[1.0, 2.5, 0.0], [4.25, 0.5, 3.0]])


@pytest.mark.parametrize("encoding", ["16UC1", "mono16", "32FC1"])
@pytest.mark.parametrize("big_endian", [0, 1])
@pytest.mark.parametrize("padding", [0, 4, 3])
def test_metres_follow_from_the_encoding(encoding, big_endian, padding):
    values = METRES if encoding == "32FC1" else METRES * 1000
    values = values.astype((">" if big_endian else "<") + ("f4" if encoding == "32FC1" else "u2"))
    rows = [row.tobytes() + b"\xff" * padding for row in values]
    message = Image(height=2, width=3, step=len(rows[0]), encoding=encoding, is_bigendian=big_endian)
    message.data = b"".join(rows)
    depth = decode_depth_image(message, 20.0)
    rows, columns = np.indices(METRES.shape)
    np.testing.assert_allclose(depth.sample(rows, columns), np.where(METRES, METRES, np.nan), rtol=1e-6)
    assert np.shares_memory(depth.values, np.frombuffer(message.data, np.uint8))


@pytest.mark.parametrize(
    ("message", "word"),
    [
        (Image(height=2, width=3, step=9, encoding="bgr8", data=bytes(18)), "'bgr8', expected 16UC1"),
        (Image(height=2, width=3, step=6, encoding="16UC1", data=bytes(11)), "11 bytes in all"),
        (Image(height=2, width=3, step=5, encoding="16UC1", data=bytes(10)), "rows of 5 bytes"),
        (Image(height=0, width=0, encoding="16UC1"), "0x0 pixels"),
        (Image(height=2**31, width=2**31, step=2**32 - 1, encoding="32FC1", data=bytes(8)), "8 bytes in all"),
    ],
)
def test_what_is_no_depth_image_is_refused(message, word):
    with pytest.raises(ImageError, match=word):
        decode_depth_image(message, 20.0)
