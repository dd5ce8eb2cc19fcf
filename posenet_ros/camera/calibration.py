# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Calibrations of cameras: from the YAML files of camera_calibration, or from a field of view."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from posenet_ros.camera_model import DISTORTION_COEFFICIENTS, PinholeCamera
from posenet_ros.errors import CalibrationError

_IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)


@dataclass(frozen=True)
class Calibration:
    """What sensor_msgs/CameraInfo says of a camera; matrices row by row."""

    width: int
    height: int
    distortion_model: str
    distortion: tuple[float, ...]
    camera_matrix: tuple[float, ...]
    rectification: tuple[float, ...]
    projection: tuple[float, ...]

    @classmethod
    def from_field_of_view(cls, width: int, height: int, horizontal_degrees: float) -> Calibration:
        """Return the calibration of a camera without distortion, with square pixels and the angle."""
        camera = PinholeCamera.from_field_of_view(width, height, horizontal_degrees)
        rows = ((camera.fx, 0.0, camera.cx), (0.0, camera.fy, camera.cy), (0.0, 0.0, 1.0))
        return cls(
            width,
            height,
            "plumb_bob",
            distortion=(0.0,) * 5,
            camera_matrix=tuple(value for row in rows for value in row),
            rectification=_IDENTITY,
            projection=tuple(value for row in rows for value in (*row, 0.0)),
        )

    def scaled_to(self, width: int, height: int) -> Calibration:
        """Return the calibration of the same camera with its images resized; the shape must be the same."""
        horizontal, vertical = width / self.width, height / self.height
        return Calibration(
            width,
            height,
            self.distortion_model,
            self.distortion,
            _scale_rows(self.camera_matrix, horizontal, vertical),
            self.rectification,
            _scale_rows(self.projection, horizontal, vertical),
        )


def calibration_for(
    calibration: Calibration | None, field_of_view: float, width: int, height: int
) -> tuple[Calibration | None, str]:
    """Return the calibration of images of a size, None if there is none, and what is doubtful about it.

    Without a calibration file, the field of view in degrees counts; 0 is unknown.
    """
    if calibration is None:
        return (Calibration.from_field_of_view(width, height, field_of_view) if field_of_view > 0.0 else None), ""
    if (width, height) == (calibration.width, calibration.height):
        return calibration, ""
    sizes = f"the images have {width}x{height} pixels, the calibration {calibration.width}x{calibration.height}"
    # A crop or a sensor mode of another shape moves the principal point by an amount that nobody knows.
    if width * calibration.height != height * calibration.width:
        return None, (
            f"{sizes}, which is another shape: camera_info is marked as uncalibrated;"
            " calibrate at the images' size, or set width and height to the calibration's"
        )
    return calibration.scaled_to(width, height), (
        f"{sizes}: camera_info is scaled, which is right unless the camera crops; if it does, calibrate at that size"
    )


def load_calibration(location: str, package_folder: Callable[[str], str]) -> Calibration:
    """Read a YAML file as camera_calibration and camera_info_manager write it.

    :param location: path, file:///path or package://package/path
    :param package_folder: returns the share folder of a package, or raises LookupError
    :raises CalibrationError: if it cannot be found, read or used
    """
    path = _locate(location, package_folder)
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CalibrationError(
            f"the calibration '{path}' cannot be read: {error.strerror}; give the path of a camera_calibration"
            " YAML file, or leave calibration empty to use field_of_view"
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        problem = " ".join(str(error).split())
        raise CalibrationError(f"the calibration '{path}' is no YAML: {problem}; {_CURE}") from error
    try:
        return _parse(content)
    except CalibrationError as error:
        raise CalibrationError(f"the calibration '{path}' cannot be used: {error}; {_CURE}") from error


_CURE = "use a file that camera_calibration wrote"


def _locate(location: str, package_folder: Callable[[str], str]) -> Path:
    scheme, separator, rest = location.partition("://")
    if not separator:
        return Path(location).expanduser()
    if scheme == "file":
        return Path(rest)
    if scheme != "package":
        raise CalibrationError(
            f"the calibration is '{location}', expected a path, file:///path or package://package/path"
        )
    package, _, path = rest.partition("/")
    try:
        return Path(package_folder(package)) / path
    # ament_index_python raises ValueError for what cannot be a package's name.
    except (LookupError, ValueError) as error:
        raise CalibrationError(
            f"the calibration is '{location}', but there is no package '{package}': build and source it, or give a path"
        ) from error


def _parse(content: Any) -> Calibration:
    if not isinstance(content, dict):
        raise CalibrationError("it holds no image_width, camera_matrix and so on")
    model = content.get("distortion_model", "plumb_bob")
    if not isinstance(model, str) or model not in DISTORTION_COEFFICIENTS:
        raise CalibrationError(f"distortion_model is '{model}', expected one of {', '.join(DISTORTION_COEFFICIENTS)}")
    distortion = _numbers(content, "distortion_coefficients")
    if len(distortion) not in DISTORTION_COEFFICIENTS[model]:
        lengths = " or ".join(map(str, DISTORTION_COEFFICIENTS[model]))
        raise CalibrationError(f"distortion_coefficients has {len(distortion)} numbers, {model} has {lengths}")
    calibration = Calibration(
        _size(content, "image_width"),
        _size(content, "image_height"),
        model,
        distortion,
        camera_matrix=_numbers(content, "camera_matrix", (3, 3)),
        rectification=_numbers(content, "rectification_matrix", (3, 3)),
        projection=_numbers(content, "projection_matrix", (3, 4)),
    )
    for name, fx, fy in (
        ("camera_matrix", calibration.camera_matrix[0], calibration.camera_matrix[4]),
        ("projection_matrix", calibration.projection[0], calibration.projection[5]),
    ):
        if fx <= 0.0 or fy <= 0.0:
            raise CalibrationError(f"{name} has the focal lengths {fx} and {fy}, expected more than 0")
    return calibration


def _size(content: dict[str, Any], key: str) -> int:
    value = content.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        raise CalibrationError(f"{key} is {value}, expected a number of pixels")
    return value


def _numbers(content: dict[str, Any], key: str, shape: tuple[int, int] | None = None) -> tuple[float, ...]:
    entry = content.get(key)
    if not isinstance(entry, dict) or not isinstance(entry.get("data"), list):
        raise CalibrationError(f"{key} is missing, expected rows, cols and data")
    rows, columns, data = entry.get("rows"), entry.get("cols"), entry["data"]
    if shape is not None and (rows, columns) != shape:
        raise CalibrationError(f"{key} is {rows}x{columns}, expected {shape[0]}x{shape[1]}")
    if not isinstance(rows, int) or not isinstance(columns, int) or len(data) != rows * columns:
        raise CalibrationError(f"{key} is {rows}x{columns}, but has {len(data)} numbers")
    try:
        # yaml-cpp writes 1e-05, which is text to YAML 1.1 for want of a point.
        values = tuple(float(value) for value in data)
    except (TypeError, ValueError) as error:
        raise CalibrationError(f"{key} holds something else than numbers: {error}") from error
    if not all(map(math.isfinite, values)):
        raise CalibrationError(f"{key} holds numbers that are not finite: {values}")
    return values


def _scale_rows(matrix: tuple[float, ...], horizontal: float, vertical: float) -> tuple[float, ...]:
    columns = len(matrix) // 3
    factors = (horizontal,) * columns + (vertical,) * columns + (1.0,) * columns
    return tuple(value * factor for value, factor in zip(matrix, factors, strict=True))
