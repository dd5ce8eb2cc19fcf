# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math

import numpy as np
import pytest

from posenet_ros.camera_model import PinholeCamera


def test_field_of_view_reaches_the_borders():
    camera = PinholeCamera.from_field_of_view(640, 480, 90.0)
    # The image reaches from half a pixel before the first centre to half a pixel behind the last.
    edges = camera.on_plane(np.array([[-0.5, 239.5], [639.5, 239.5]]), 2.0)
    np.testing.assert_allclose(edges, [[-2.0, 0.0, 2.0], [2.0, 0.0, 2.0]], atol=1e-12)


def test_points_project_back():
    camera = PinholeCamera(500.0, 510.0, 320.0, 240.0)
    pixels = np.random.default_rng(0).uniform(0, 640, (17, 2))
    points = camera.on_plane(pixels, 3.0)
    again = points[:, :2] / points[:, 2:] * (500.0, 510.0) + (320.0, 240.0)
    np.testing.assert_allclose(again, pixels)


@pytest.mark.parametrize("values", [(0.0, 1.0, 0.0, 0.0), (1.0, 1.0, math.nan, 0.0)])
def test_no_camera_is_refused(values):
    with pytest.raises(ValueError, match="no camera"):
        PinholeCamera(*values)


@pytest.mark.parametrize("angle", [0.0, 180.0, -3.0])
def test_impossible_angles_are_refused(angle):
    with pytest.raises(ValueError, match="field of view"):
        PinholeCamera.from_field_of_view(640, 480, angle)
