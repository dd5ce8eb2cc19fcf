# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The settings of the camera node."""

from __future__ import annotations

from dataclasses import dataclass

from posenet_ros.settings.parameter import AT_START, Settings, parameter


@dataclass(frozen=True)
class CameraSettings(Settings):
    """The parameters of the camera node."""

    source: str = parameter(
        "0",
        "Source of the images: webcam index or /dev path, image file, folder of images, video file or stream URL.",
        fixed=AT_START,
    )
    frame_rate: float = parameter(
        0.0,
        "Images per second; for a webcam or stream, the maximum. 0 = the video's own rate, 10 for image files, and"
        " every image of a webcam or stream.",
        minimum=0.0,
        maximum=1000.0,
        fixed=AT_START,
    )
    loop: bool = parameter(
        True, "Start a video or folder again at its end; false = end the node there.", fixed=AT_START
    )
    depth_picture: str = parameter(
        "",
        "16-bit PNG file in millimetres that is published on depth_image with every image, to try depth without a depth"
        " camera. Empty = no depth images.",
        fixed=AT_START,
    )
    frame_id: str = parameter("camera_optical_frame", "Optical frame in the header of the images.", fixed=AT_START)
    width: int = parameter(
        0,
        "Width in pixels that is requested from a webcam; 0 = the device's own width.",
        minimum=0,
        maximum=65535,
        fixed=AT_START,
    )
    height: int = parameter(
        0,
        "Height in pixels that is requested from a webcam; 0 = the device's own height.",
        minimum=0,
        maximum=65535,
        fixed=AT_START,
    )
    calibration: str = parameter(
        "",
        "Calibration for camera_info, as camera_calibration writes it: path of a YAML file, file:///path or"
        " package://package/path. Empty = camera_info follows from field_of_view.",
        fixed=AT_START,
    )
    field_of_view: float = parameter(
        60.0,
        "Horizontal field of view in degrees, for camera_info without a calibration; 0 = camera_info is marked as"
        " uncalibrated.",
        minimum=0.0,
        maximum=179.0,
        fixed=AT_START,
    )
