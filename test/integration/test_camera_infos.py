# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from sensor_msgs.msg import CameraInfo, RegionOfInterest

from depth_scene import make_body, metres, millimetres, render, right, with_holes
from posenet_ros.camera.camera_info import to_camera
from posenet_ros.camera_model import PinholeCamera
from posenet_ros.depth import locate
from posenet_ros.errors import CalibrationError
from posenet_ros.people import People

SENSOR = PinholeCamera(800.0, 810.0, 640.5, 350.25, "plumb_bob", (-0.3, 0.1, 0.001, -0.001, 0.0))


def info(**changes) -> CameraInfo:
    """Return the calibration of a 1280x720 sensor."""
    message = CameraInfo(width=1280, height=720, distortion_model="plumb_bob", d=list(SENSOR.distortion))
    message.k = [SENSOR.fx, 0.0, SENSOR.cx, 0.0, SENSOR.fy, SENSOR.cy, 0.0, 0.0, 1.0]
    message.p = [700.0, 0.0, 650.0, 0.0, 0.0, 705.0, 355.0, 0.0, 0.0, 0.0, 1.0, 0.0]
    for name, value in changes.items():
        setattr(message, name, value)
    return message


def test_raw_images_have_k_and_the_distortion():
    assert to_camera(info(), (720, 1280), rectified=False) == SENSOR


def test_rectified_images_have_p():
    assert to_camera(info(), (720, 1280), rectified=True) == PinholeCamera(700.0, 705.0, 650.0, 355.0)


@pytest.mark.parametrize(
    ("roi", "binning", "size"),
    [
        ((0, 0, 0, 0), (0, 0), (720, 1280)),
        ((0, 0, 0, 0), (2, 2), (360, 640)),
        ((100, 60, 640, 480), (1, 1), (480, 640)),
        ((100, 60, 641, 480), (2, 4), (120, 320)),
    ],
)
def test_point_is_seen_where_region_and_binning_put_it(roi, binning, size):
    x, y, width, height = roi
    message = info(
        roi=RegionOfInterest(x_offset=x, y_offset=y, width=width, height=height),
        binning_x=binning[0],
        binning_y=binning[1],
    )
    camera = to_camera(message, size, rectified=False)
    point = np.array((0.3, -0.2, 2.0))
    on_sensor = SENSOR.project(point)
    np.testing.assert_allclose(camera.project(point), (on_sensor - (x, y)) / np.maximum(binning, 1), rtol=0, atol=1e-9)


@pytest.mark.parametrize(
    ("roi", "binning"), [((0, 0, 0, 0), (2, 2)), ((420, 60, 480, 640), (1, 1)), ((400, 40, 500, 660), (2, 2))]
)
@pytest.mark.parametrize("make", [millimetres, metres])
def test_person_is_located_in_images_with_region_and_binning(person_keypoints, roi, binning, make):
    """What the whole sensor sees is cut and thinned out as the camera does it: that is the truth, not to_camera."""
    joints = make_body(person_keypoints) + (0.1, 0.0, 2.5)
    x, y, width, height = roi
    whole = with_holes(render(joints, SENSOR, 4.5, (720, 1280), (720, 1280)), 0.3, 0.0)
    depth = whole[y : y + (height or 720) : binning[1], x : x + (width or 1280) : binning[0]]
    message = info(
        roi=RegionOfInterest(x_offset=x, y_offset=y, width=width, height=height),
        binning_x=binning[0],
        binning_y=binning[1],
    )
    keypoints = (SENSOR.project(joints) - (x, y)) / binning
    people = People(keypoints[None], np.full((1, 17), 0.9), np.array([0.9]))
    camera = to_camera(message, depth.shape, rectified=False)
    found = locate(people, make(depth), depth.shape, camera).positions[0]
    assert right(found, joints).mean() >= 0.95
    assert np.nanmax(found[:, 2]) < 3.0


@pytest.mark.parametrize(
    ("message", "size", "word"),
    [
        (CameraInfo(), (480, 640), r"not calibrated \(K is zero\)"),
        (info(), (480, 640), "1280x720 pixels .* the images have 640x480"),
        (info(binning_x=2, binning_y=2), (720, 1280), "640x360 pixels"),
        (info(distortion_model="mystery"), (720, 1280), "'mystery', expected one of plumb_bob"),
        (info(d=[0.1]), (720, 1280), "1 distortion coefficients"),
        (info(k=[float("nan")] * 9), (720, 1280), "no camera"),
        (info(k=[-1.0] * 9), (720, 1280), "no camera"),
    ],
)
def test_what_is_no_camera_of_these_images_is_refused(message, size, word):
    with pytest.raises(CalibrationError, match=word):
        to_camera(message, size, rectified=False)
