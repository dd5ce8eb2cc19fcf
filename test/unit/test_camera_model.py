# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posenet_ros.camera_model import PinholeCamera

LENSES = {
    "none": ("plumb_bob", (0.0,) * 5),
    "webcam": ("plumb_bob", (-0.35, 0.15, 0.001, -0.002, -0.02)),
    "four": ("plumb_bob", (0.1, -0.05, 0.001, 0.0)),
    "rational": ("rational_polynomial", (0.4, 0.1, 0.001, 0.0, 0.02, 0.8, 0.2, 0.05)),
    "fisheye": ("equidistant", (-0.03, 0.01, -0.004, 0.001)),
}


def test_field_of_view_reaches_the_borders():
    camera = PinholeCamera.from_field_of_view(640, 480, 90.0)
    # The image reaches from half a pixel before the first centre to half a pixel behind the last.
    edges = camera.on_plane(np.array([[-0.5, 239.5], [639.5, 239.5]]), 2.0)
    np.testing.assert_allclose(edges, [[-2.0, 0.0, 2.0], [2.0, 0.0, 2.0]], atol=1e-12)


@pytest.mark.parametrize("lens", LENSES)
@given(st.integers(0, 2**32 - 1), st.floats(0.1, 100.0))
def test_points_project_back(lens, seed, distance):
    camera = PinholeCamera(450.0, 455.0, 322.0, 238.0, *LENSES[lens])
    pixels = np.random.default_rng(seed).uniform((-20, -20), (660, 500), (3, 17, 2))
    points = camera.on_plane(pixels, distance)
    assert points.shape == (3, 17, 3)
    np.testing.assert_allclose(points[..., 2], distance)
    np.testing.assert_allclose(camera.project(points), pixels, atol=1e-6)


def test_pinhole_projection_is_that_of_the_formula():
    camera = PinholeCamera(500.0, 510.0, 320.0, 240.0)
    np.testing.assert_allclose(camera.project(np.array([0.2, -0.1, 2.0])), (320 + 500 * 0.1, 240 - 510 * 0.05))


@pytest.mark.parametrize("lens", ["webcam", "rational", "fisheye"])
@pytest.mark.parametrize("pixel", [(1e7, 1e7), (-1e9, 3.0), (math.nan, 0.0), (math.inf, 0.0)])
def test_pixels_that_no_ray_reaches_have_none(lens, pixel):
    rays = PinholeCamera(450.0, 455.0, 322.0, 238.0, *LENSES[lens]).rays(np.array([pixel, (100.0, 100.0)]))
    assert np.isnan(rays[0, :2]).all()
    assert np.isfinite(rays[1]).all()


def test_no_points_have_no_rays():
    assert PinholeCamera(450.0, 455.0, 322.0, 238.0, *LENSES["webcam"]).rays(np.zeros((0, 17, 2))).shape == (0, 17, 3)


@pytest.mark.parametrize(
    "values",
    [(0.0, 1.0, 0.0, 0.0), (1.0, 1.0, math.nan, 0.0), (1.0, 1.0, 0.0, 0.0, "plumb_bob", (math.inf, 0.0, 0.0, 0.0))],
)
def test_no_camera_is_refused(values):
    with pytest.raises(ValueError, match="no camera"):
        PinholeCamera(*values)


def test_unknown_lens_is_refused_with_the_choices():
    with pytest.raises(
        ValueError, match="'thin_prism', expected one of plumb_bob, rational_polynomial, equidistant, fisheye"
    ):
        PinholeCamera(1.0, 1.0, 0.0, 0.0, "thin_prism", (0.1,) * 4)
    with pytest.raises(ValueError, match="3 distortion coefficients, expected 4 or 5"):
        PinholeCamera(1.0, 1.0, 0.0, 0.0, "plumb_bob", (0.1,) * 3)
    # Without distortion, its name does not matter.
    PinholeCamera(1.0, 1.0, 0.0, 0.0, "", (0.0,) * 5)


@pytest.mark.parametrize("angle", [0.0, 180.0, -3.0])
def test_impossible_angles_are_refused(angle):
    with pytest.raises(ValueError, match="field of view"):
        PinholeCamera.from_field_of_view(640, 480, angle)


def test_fisheye_is_another_name_of_equidistant():
    coefficients = (-0.03, 0.01, -0.004, 0.001)
    points = np.array([[10.0, 20.0], [300.0, 200.0]])
    rays = [
        PinholeCamera(300.0, 310.0, 320.0, 240.0, name, coefficients).rays(points)
        for name in ("equidistant", "fisheye")
    ]
    np.testing.assert_array_equal(*rays)
    assert np.isfinite(rays[0]).all()
