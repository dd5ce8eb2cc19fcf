# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Images read where they were received, against rclpy's own reading."""

from __future__ import annotations

import array

import numpy as np
import pytest
from builtin_interfaces.msg import Time
from hypothesis import given
from hypothesis import strategies as st
from rclpy.serialization import serialize_message
from sensor_msgs.msg import Image
from std_msgs.msg import Header

from posenet_ros.ros.messages.images import to_bgr, to_image_message
from posenet_ros.ros.messages.serialized_image import read_serialized_image

COUNT = st.integers(0, 2**32 - 1)
# What UTF-8 can hold and a string can end behind; in words that old versions of hypothesis know, too.
TEXT = st.text(st.characters(blacklist_characters="\0", blacklist_categories=("Cs",)), max_size=9)


@st.composite
def images(draw) -> Image:
    stamp = Time(sec=draw(st.integers(-(2**31), 2**31 - 1)), nanosec=draw(COUNT))
    message = Image(header=Header(stamp=stamp, frame_id=draw(TEXT)), encoding=draw(TEXT))
    message.height, message.width, message.step = draw(COUNT), draw(COUNT), draw(COUNT)
    message.is_bigendian = draw(st.integers(0, 255))
    message.data = array.array("B", draw(st.binary(max_size=40)))
    return message


@given(images())
def test_every_field_is_what_was_sent(message):
    view = read_serialized_image(serialize_message(message))
    for name in ("header", "height", "width", "encoding", "is_bigendian", "step"):
        assert getattr(view, name) == getattr(message, name)
    assert bytes(view.data) == message.data.tobytes()


def test_pixels_stay_where_they_are():
    serialized = serialize_message(to_image_message(np.zeros((4, 5, 3), np.uint8), Header()))
    assert np.shares_memory(to_bgr(read_serialized_image(serialized)), np.frombuffer(serialized, np.uint8))


@given(images(), st.data())
def test_what_is_cut_off_is_left_to_rclpy(message, data):
    serialized = serialize_message(message)
    # What may follow the last field are bytes that fill up to four.
    kept = data.draw(st.integers(0, len(serialized) - 4))
    assert read_serialized_image(serialized[:kept]) is None or not message.data


@given(st.binary(max_size=80))
def test_any_bytes_are_an_image_or_none(content):
    view = read_serialized_image(b"\0\1\0\0" + content)
    assert view is None or len(view.data) <= len(content)


@pytest.mark.parametrize("first", [b"\0\0", b"\0\3", b"\0\7", b"\1\0"])
def test_other_encodings_are_left_to_rclpy(first):
    """Big-endian CDR, parameter lists and the second version of CDR."""
    serialized = serialize_message(to_image_message(np.zeros((4, 5, 3), np.uint8), Header()))
    assert read_serialized_image(first + serialized[2:]) is None
