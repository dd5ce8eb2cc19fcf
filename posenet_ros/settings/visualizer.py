# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The settings of the visualizer node."""

from __future__ import annotations

from dataclasses import dataclass

from posenet_ros.settings.parameter import AT_START, parameter
from posenet_ros.settings.view import ViewSettings


@dataclass(frozen=True)
class VisualizerSettings(ViewSettings):
    """The parameters of the visualizer node."""

    cameras: tuple[str, ...] = parameter(
        ("",),
        "Names of the cameras whose poses are shown, as the pose node has them: <name>/pose gives <name>/pose/markers."
        " One empty name = topics without a prefix.",
        fixed=AT_START,
    )
    marker_lifetime: float = parameter(
        0.5, "Seconds after which markers vanish if no poses arrive; 0 = never.", minimum=0.0, maximum=60.0
    )
    joint_diameter: float = parameter(
        0.05,
        "Diameter of the joints and limbs of an adult in metres. People who are drawn smaller have thinner ones.",
        minimum=0.001,
        maximum=1.0,
    )
    show_boxes: bool = parameter(False, "Draw a box around each person, in the namespace boxes.")
    trail_duration: float = parameter(
        0.0,
        "Seconds for which each person's path is drawn, in the namespace trails; 0 = no paths. Needs tracking.",
        minimum=0.0,
        maximum=600.0,
    )
