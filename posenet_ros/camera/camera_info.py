# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The camera that a sensor_msgs/CameraInfo describes (REP-104)."""

from __future__ import annotations

from typing import Any

from posenet_ros.camera_model import PinholeCamera
from posenet_ros.errors import CalibrationError

_CURE = "let the camera driver publish the camera_info of these images"


def to_camera(info: Any, image_size: tuple[int, int], *, rectified: bool) -> PinholeCamera:
    """Return the camera of images of (height, width) pixels.

    K and the distortion describe the raw image, P the rectified one, both at full resolution: region of interest
    and binning are applied as image_geometry does it.

    :raises CalibrationError: if the message is not calibrated, or is for images of another size
    """
    across, down = max(info.binning_x, 1), max(info.binning_y, 1)
    width, height = (info.roi.width or info.width) / across, (info.roi.height or info.height) / down
    # A message without a size fits all images; drivers round odd sizes up or down.
    if info.width and not (abs(width - image_size[1]) < 1.0 and abs(height - image_size[0]) < 1.0):
        raise CalibrationError(
            f"camera_info is for images of {width:g}x{height:g} pixels (region of interest and binning applied),"
            f" the images have {image_size[1]}x{image_size[0]}: {_CURE}"
        )
    fx, fy, cx, cy = (info.p[i] for i in (0, 5, 2, 6)) if rectified else (info.k[i] for i in (0, 4, 2, 5))
    if not (fx and fy):
        raise CalibrationError(
            f"camera_info is not calibrated ({'P' if rectified else 'K'} is zero): calibrate the camera, or {_CURE}"
        )
    try:
        return PinholeCamera(
            fx / across,
            fy / down,
            (cx - info.roi.x_offset) / across,
            (cy - info.roi.y_offset) / down,
            info.distortion_model,
            () if rectified else tuple(info.d),
        )
    except ValueError as error:
        raise CalibrationError(f"camera_info cannot be used: {error}; calibrate the camera, or {_CURE}") from error
