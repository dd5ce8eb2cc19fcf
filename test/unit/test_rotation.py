# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Images that are turned for the network, and keypoints that are turned back."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from posenet_ros.errors import SettingError
from posenet_ros.estimator import PoseEstimator
from posenet_ros.rotation import ROTATIONS, points_before, size_before, turn_into

# numpy turns the other way round.
QUARTERS = {0: 0, 90: -1, 180: -2, 270: -3}


@pytest.mark.parametrize("degrees", ROTATIONS)
@pytest.mark.parametrize("size", [(3, 5), (4, 4), (1, 7)])
def test_every_pixel_is_found_where_it_was(size, degrees):
    image = np.random.default_rng(1).integers(0, 256, (*size, 3), np.uint8)
    turned = np.empty((*size_before(size, degrees), 3), np.uint8)
    turn_into(image, degrees, turned)
    np.testing.assert_array_equal(turned, np.rot90(image, QUARTERS[degrees]))
    rows, columns = np.indices(turned.shape[:2])
    points = np.stack((columns, rows), axis=-1).astype(np.float64)
    x, y = points_before(points, turned.shape[:2], degrees).astype(int).transpose(2, 0, 1)
    np.testing.assert_array_equal(image[y, x], turned)
    assert size_before(turned.shape[:2], degrees) == size


@pytest.mark.parametrize("degrees", ROTATIONS)
@pytest.mark.parametrize("input_size", [(257, 257), (193, 353)])
def test_people_are_found_in_images_of_a_turned_camera(any_model, person, degrees, input_size):
    """The same pixels reach the network, so that the same people are found, to rounding, at the turned places."""
    image = np.ascontiguousarray(np.rot90(person, -QUARTERS[degrees]))
    upright = PoseEstimator(any_model, input_size=input_size).estimate(person)
    found = PoseEstimator(any_model, input_size=input_size, rotation=degrees).estimate(image)
    assert len(found) == len(upright) == 1
    assert found.scores == pytest.approx(upright.scores, abs=0.02)
    expected = points_before(upright.keypoints, person.shape[:2], degrees)
    sure = upright.keypoint_scores > 0.5
    assert np.abs(found.keypoints - expected)[sure].max() < 2.0
    # It is there that the person is: the image's own pixels, not those of the network.
    size = np.array(image.shape[1::-1])
    assert (found.keypoints[sure] < size).all()


def test_rotation_may_change_from_image_to_image(any_model, person):
    estimator = PoseEstimator(any_model)
    before = estimator.estimate(person)
    estimator.estimate(cv2.rotate(person, cv2.ROTATE_180), type(estimator.settings)(rotation=180))
    np.testing.assert_array_equal(estimator.estimate(person).keypoints, before.keypoints)


def test_other_angles_are_refused(any_model):
    with pytest.raises(SettingError, match="rotation is 45, expected one of 0, 90, 180, 270"):
        PoseEstimator(any_model, rotation=45)
