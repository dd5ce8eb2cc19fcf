# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from posenet_ros.camera.calibration import Calibration, calibration_for, load_calibration
from posenet_ros.errors import CalibrationError

# As camera_calibration's cameracalibrator writes it, but for a number in yaml-cpp's notation.
FILE = """\
image_width: 640
image_height: 480
camera_name: head_camera
camera_matrix:
  rows: 3
  cols: 3
  data: [438.78309, 0., 305.59332, 0., 437.30266, 243.73818, 0., 0., 1.]
distortion_model: plumb_bob
distortion_coefficients:
  rows: 1
  cols: 5
  data: [-0.36144, 0.11054, 1e-05, -0.00177, 0]
rectification_matrix:
  rows: 3
  cols: 3
  data: [1, 0, 0, 0, 1, 0, 0, 0, 1]
projection_matrix:
  rows: 3
  cols: 4
  data: [393.65326, 0., 322.79717, -20., 0., 410.92453, 242.36908, 10., 0., 0., 1., 0.]
"""


def no_package(name: str) -> str:
    raise KeyError(name)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "head camera.yaml"
    path.write_text(FILE)
    return path


def test_file_is_read_as_it_was_written(path):
    calibration = load_calibration(str(path), no_package)
    assert (calibration.width, calibration.height) == (640, 480)
    assert calibration.distortion_model == "plumb_bob"
    assert calibration.distortion == (-0.36144, 0.11054, 1e-05, -0.00177, 0.0)
    assert calibration.camera_matrix == (438.78309, 0.0, 305.59332, 0.0, 437.30266, 243.73818, 0.0, 0.0, 1.0)
    assert calibration.rectification == (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
    assert calibration.projection[3:8] == (-20.0, 0.0, 410.92453, 242.36908, 10.0)


def test_urls_lead_to_the_file(path, tmp_path):
    expected = load_calibration(str(path), no_package)
    assert load_calibration(f"file://{path}", no_package) == expected
    folders = {"my_robot": str(tmp_path.parent)}
    url = f"package://my_robot/{tmp_path.name}/{path.name}"
    assert load_calibration(url, folders.__getitem__) == expected
    with pytest.raises(CalibrationError, match="no package 'other'"):
        load_calibration("package://other/a.yaml", folders.__getitem__)
    with pytest.raises(CalibrationError, match=r"'http://host/a\.yaml', expected a path"):
        load_calibration("http://host/a.yaml", no_package)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("image_width: 640", "image_width: -640", "image_width is -640"),
        ("image_height: 480", "", "image_height is None"),
        ("image_height: 480", "image_height: true", "image_height is True"),
        ("camera_matrix:", "matrix:", "camera_matrix is missing"),
        ("  cols: 4", "  cols: 3", "projection_matrix is 3x3, expected 3x4"),
        ("[1, 0, 0, 0, 1, 0, 0, 0, 1]", "[1, 0, 0]", "rectification_matrix is 3x3, but has 3 numbers"),
        ("438.78309", "wide", "camera_matrix holds something else than numbers.*wide"),
        ("438.78309", ".nan", "camera_matrix holds numbers that are not finite"),
        ("438.78309", "0", "camera_matrix has the focal lengths 0.0 and"),
        ("410.92453", "-1", "projection_matrix has the focal lengths"),
        ("plumb_bob", "equidistant", "has 5 numbers, equidistant has 4"),
        ("plumb_bob", "[plumb]", "distortion_model is '.*plumb.*', expected one of plumb_bob"),
        ("camera_name: head_camera", "camera_name: [", "is no YAML"),
    ],
)
def test_unusable_files_say_why(path, old, new, words):
    assert old in FILE
    path.write_text(FILE.replace(old, new))
    with pytest.raises(CalibrationError, match=words) as caught:
        load_calibration(str(path), no_package)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"just text", b"[1, 2]", b"\xff\xfe\x00"])
def test_other_files_are_refused(path, content):
    path.write_bytes(content)
    with pytest.raises(CalibrationError, match="camera_calibration"):
        load_calibration(str(path), no_package)


def test_missing_file_is_named(tmp_path):
    with pytest.raises(CalibrationError, match=r"none\.yaml' cannot be read: No such file"):
        load_calibration(str(tmp_path / "none.yaml"), no_package)


def test_images_of_the_calibrated_size_get_it_as_it_is(path):
    calibration = load_calibration(str(path), no_package)
    assert calibration_for(calibration, 60.0, 640, 480) == (calibration, "")


def test_resized_images_get_it_scaled(path):
    scaled, doubt = calibration_for(load_calibration(str(path), no_package), 60.0, 320, 240)
    assert "320x240" in doubt
    assert "640x480" in doubt
    assert (scaled.width, scaled.height) == (320, 240)
    assert scaled.camera_matrix == pytest.approx((219.391545, 0, 152.79666, 0, 218.65133, 121.86909, 0, 0, 1))
    assert scaled.projection == pytest.approx(
        (196.82663, 0, 161.398585, -10, 0, 205.462265, 121.18454, 5, 0, 0, 1, 0), abs=1e-9
    )
    assert scaled.distortion == (-0.36144, 0.11054, 1e-05, -0.00177, 0.0)


def test_images_of_another_shape_are_uncalibrated(path):
    fitted, doubt = calibration_for(load_calibration(str(path), no_package), 60.0, 1280, 720)
    assert fitted is None
    assert "uncalibrated" in doubt


def test_field_of_view_stands_in_for_a_file():
    calibration, doubt = calibration_for(None, 90.0, 640, 480)
    assert doubt == ""
    assert calibration == Calibration(
        640,
        480,
        "plumb_bob",
        distortion=(0.0,) * 5,
        camera_matrix=pytest.approx((320.0, 0, 319.5, 0, 320.0, 239.5, 0, 0, 1)),
        rectification=(1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0),
        projection=pytest.approx((320.0, 0, 319.5, 0, 0, 320.0, 239.5, 0, 0, 0, 1, 0)),
    )
    assert calibration_for(None, 0.0, 640, 480) == (None, "")
