# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The settings of the bridge node."""

from __future__ import annotations

from dataclasses import dataclass

from posenet_ros.settings.parameter import AT_START, Settings, parameter


@dataclass(frozen=True)
class BridgeSettings(Settings):
    """The parameters of the bridge node."""

    detections: bool = parameter(
        False,
        "Publish vision_msgs: boxes in the image on pose/detections, boxes in space on pose/detections_3d.",
        fixed=AT_START,
    )
    humans: bool = parameter(
        False,
        "Publish the bodies of REP-155 with hri_msgs under /humans/bodies, and their frames on /tf. Needs tracking.",
        fixed=AT_START,
    )
    tf: bool = parameter(
        False,
        "Publish a frame person_<id> on /tf for each person whose position is known. Needs tracking and depth.",
        fixed=AT_START,
    )
    tf_keypoints: bool = parameter(
        False,
        "Together with tf: also publish a frame person_<id>_<keypoint> for each keypoint whose position is known.",
        fixed=AT_START,
    )
    keypoint_threshold: float = parameter(
        0.4, "Minimum score of a keypoint that counts for frames and for boxes in space.", minimum=0.0, maximum=1.0
    )
    patience: float = parameter(
        1.0,
        "Seconds for which a body that is not seen stays in /humans/bodies/tracked.",
        minimum=0.0,
        maximum=60.0,
        fixed=AT_START,
    )
