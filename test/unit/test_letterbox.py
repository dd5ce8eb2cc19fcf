# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import re

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posenet_ros.letterbox import Letterbox, snap_input_size

SIZES = st.tuples(st.integers(1, 8000), st.integers(1, 8000))
INPUTS = st.tuples(st.integers(9, 1300), st.integers(9, 1300))


@pytest.mark.parametrize(
    ("size", "stride", "expected"),
    [
        ((257, 257), 16, (257, 257)),
        ((353, 481), 32, (353, 481)),
        ((256, 256), 16, (257, 257)),
        ((255, 240), 16, (241, 241)),
        ((224, 224), 32, (225, 225)),
        ((1, 1), 32, (33, 33)),
    ],
)
def test_snapping_follows_tfjs(size, stride, expected):
    assert snap_input_size(*size, stride) == expected


def test_snapping_refuses_nothing_silently():
    with pytest.raises(ValueError, match="0x257"):
        snap_input_size(0, 257, 16)


@given(SIZES, INPUTS, st.lists(st.tuples(st.floats(-9e3, 9e3), st.floats(-9e3, 9e3)), min_size=1, max_size=17))
def test_points_mapped_in_and_back_do_not_move(image_size, input_size, points):
    letterbox = Letterbox.fit(image_size, input_size)
    points = np.array(points)
    assert np.abs(letterbox.to_image(letterbox.to_input(points)) - points).max() < 1e-3


@given(SIZES, INPUTS)
def test_the_whole_image_fits_and_touches_two_borders(image_size, input_size):
    letterbox = Letterbox.fit(image_size, input_size)
    assert 1 <= letterbox.content_size[0] <= input_size[0]
    assert 1 <= letterbox.content_size[1] <= input_size[1]
    assert letterbox.content_size[0] == input_size[0] or letterbox.content_size[1] == input_size[1]


@pytest.mark.parametrize("image_size", [(480, 640), (1080, 1920), (100, 90), (33, 700), (257, 257)])
@pytest.mark.parametrize("input_size", [(257, 257), (353, 481), (129, 513)])
def test_drawn_spot_is_found_where_the_map_says(image_size, input_size):
    """The map and the resampling agree: half-pixel centres, no shift by the margins."""
    letterbox = Letterbox.fit(image_size, input_size)
    rows, columns = np.mgrid[: image_size[0], : image_size[1]]
    centre = np.array((0.37 * image_size[1], 0.61 * image_size[0]))
    width = 2.0 * max(*letterbox.scale, 1.0)
    spot = 255.0 * np.exp(-((columns - centre[0]) ** 2 + (rows - centre[1]) ** 2) / (2 * width**2))
    canvas = np.full((*input_size, 3), 7, np.uint8)
    letterbox.resize_into(np.repeat(np.rint(spot).astype(np.uint8)[..., None], 3, axis=2), canvas)
    seen = canvas[..., 0].astype(float)
    rows, columns = np.mgrid[: input_size[0], : input_size[1]]
    found = np.array(((columns * seen).sum(), (rows * seen).sum())) / seen.sum()
    assert np.abs(found - letterbox.to_input(centre)).max() < 0.1


def test_margins_are_black():
    letterbox = Letterbox.fit((100, 200), (257, 257))
    canvas = np.full((257, 257, 3), 99, np.uint8)
    letterbox.resize_into(np.full((100, 200, 3), 255, np.uint8), canvas)
    top, bottom = letterbox.origin[0], letterbox.origin[0] + letterbox.content_size[0]
    assert not canvas[:top].any()
    assert not canvas[bottom:].any()
    assert (canvas[top:bottom] == 255).all()


@pytest.mark.parametrize("image_size", [(1, 1), (1, 2), (2, 1), (1, 5000), (5000, 1), (4320, 7680)])
def test_extreme_images_are_drawn(image_size):
    letterbox = Letterbox.fit(image_size, (257, 257))
    canvas = np.zeros((257, 257, 3), np.uint8)
    letterbox.resize_into(np.full((*image_size, 3), 255, np.uint8), canvas)
    assert canvas.any()


def test_image_of_another_size_is_refused():
    letterbox = Letterbox.fit((100, 200), (257, 257))
    with pytest.raises(ValueError, match="do not fit"):
        letterbox.resize_into(np.zeros((100, 201, 3), np.uint8), np.zeros((257, 257, 3), np.uint8))


@given(SIZES, INPUTS)
def test_the_image_keeps_its_shape_and_lies_in_the_middle(image_size, input_size):
    letterbox = Letterbox.fit(image_size, input_size)
    for content, whole, start, along in zip(
        letterbox.content_size, input_size, letterbox.origin, image_size, strict=True
    ):
        # To the pixel, on either side.
        assert abs(whole - content - 2 * start) <= 1
        ratio = max(image_size[0] / input_size[0], image_size[1] / input_size[1])
        assert abs(content - along / ratio) <= 1.0


def test_one_pixel_of_the_input_is_enough_for_the_thinnest_image():
    assert Letterbox.fit((1, 5000), (257, 257)).content_size == (1, 257)
    assert Letterbox.fit((5000, 1), (257, 257)).content_size == (257, 1)


@pytest.mark.parametrize("image_size", [(1024, 768), (1030, 770), (4097, 2049), (300, 400)])
def test_fine_patterns_turn_grey(image_size):
    """Shrinking averages: what is finer than a pixel of the input leaves no pattern."""
    rows, columns = np.indices(image_size)
    image = np.repeat(((rows + columns) % 2 * 255).astype(np.uint8)[..., None], 3, axis=2)
    letterbox = Letterbox.fit(image_size, (129, 129))
    canvas = np.zeros((129, 129, 3), np.uint8)
    letterbox.resize_into(image, canvas)
    (top, left), (height, width) = letterbox.origin, letterbox.content_size
    content = canvas[top : top + height, left : left + width].astype(float)
    assert abs(content.mean() - 127.5) < 3.0
    assert content.std() < 10.0


@pytest.mark.parametrize("image_size", [(480, 640), (1080, 1920), (97, 131), (1310, 97)])
def test_shrinking_is_as_good_as_averaging_over_each_pixel(image_size):
    """Against OpenCV's area interpolation, on a picture of waves."""
    letterbox = Letterbox.fit(image_size, (65, 97))
    rows, columns = np.indices(image_size)
    waves = 127.5 + 60.0 * np.sin(rows / letterbox.scale[0]) + 60.0 * np.cos(columns / letterbox.scale[1])
    image = np.repeat(waves.astype(np.uint8)[..., None], 3, axis=2)
    canvas = np.zeros((65, 97, 3), np.uint8)
    letterbox.resize_into(image, canvas)
    (top, left), (height, width) = letterbox.origin, letterbox.content_size
    averaged = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA).astype(float)
    assert np.abs(canvas[top : top + height, left : left + width] - averaged).mean() < 4.0


@pytest.mark.parametrize(("image_size", "input_size"), [((0, 5), (9, 9)), ((5, 5), (9, 0))])
def test_nothing_fits_into_nothing(image_size, input_size):
    with pytest.raises(ValueError, match=re.escape(f"{image_size} pixels into {input_size}")):
        Letterbox.fit(image_size, input_size)
