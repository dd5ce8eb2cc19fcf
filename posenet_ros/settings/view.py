# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The settings that all nodes share that show people in space."""

from __future__ import annotations

from dataclasses import dataclass

from posenet_ros.settings.parameter import RECTIFIED, Settings, parameter


@dataclass(frozen=True)
class ViewSettings(Settings):
    """What is shown, and where people stand whose positions are not known."""

    keypoint_threshold: float = parameter(
        0.4, "Minimum score of a keypoint that is shown, 0 to 1.", minimum=0.0, maximum=1.0
    )
    rectified: bool = parameter(False, RECTIFIED)
    plane_distance: float = parameter(
        2.0,
        "Distance in metres in front of the camera at which people without a known position are drawn in space.",
        minimum=0.01,
        maximum=1000.0,
    )
    field_of_view: float = parameter(
        60.0,
        "Horizontal field of view of the camera in degrees, used until a calibrated camera_info arrives.",
        minimum=1.0,
        maximum=179.0,
    )
