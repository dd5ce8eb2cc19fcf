# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posenet_ros.geometry import Letterbox, snap_input_size

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


@pytest.mark.parametrize("image_size", [(1, 1), (1, 5000), (5000, 1), (4320, 7680)])
def test_extreme_images_are_drawn(image_size):
    letterbox = Letterbox.fit(image_size, (257, 257))
    canvas = np.zeros((257, 257, 3), np.uint8)
    letterbox.resize_into(np.full((*image_size, 3), 255, np.uint8), canvas)
    assert canvas.any()


def test_image_of_another_size_is_refused():
    letterbox = Letterbox.fit((100, 200), (257, 257))
    with pytest.raises(ValueError, match="do not fit"):
        letterbox.resize_into(np.zeros((100, 201, 3), np.uint8), np.zeros((257, 257, 3), np.uint8))
