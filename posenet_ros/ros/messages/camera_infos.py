# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Calibrations -> sensor_msgs/CameraInfo (REP-104)."""

from __future__ import annotations

from sensor_msgs.msg import CameraInfo

from posenet_ros.camera.calibration import Calibration


def to_camera_info(calibration: Calibration | None, info: CameraInfo) -> CameraInfo:
    """Fill the message; without a calibration, it keeps zeros, which mean uncalibrated."""
    if calibration is not None:
        info.distortion_model = calibration.distortion_model
        info.d = list(calibration.distortion)
        info.k = list(calibration.camera_matrix)
        info.r = list(calibration.rectification)
        info.p = list(calibration.projection)
    return info
