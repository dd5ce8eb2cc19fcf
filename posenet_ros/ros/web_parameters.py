# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The parameters of the web node; types and defaults are those of ``config/pose.yaml``."""

from posenet_ros.ros.parameter_tables import RECTIFIED
from posenet_ros.ros.parameters import ParameterSpec

_READ_AT_START = "it is read at start"

WEB_PARAMETERS = (
    ParameterSpec(
        "address",
        "IP address or host name on which the page is served. Any but this machine's own, such as 127.0.0.1, needs a"
        " token.",
        fixed=_READ_AT_START,
    ),
    ParameterSpec(
        "port",
        "TCP port of the page; 0 takes any free one, which the log names.",
        minimum=0,
        maximum=65535,
        fixed=_READ_AT_START,
    ),
    ParameterSpec(
        "token",
        "Secret that a browser needs once, as http://address:port/?token=...; empty for none.",
        fixed=_READ_AT_START,
    ),
    ParameterSpec(
        "allow_changes",
        "Whether the page may change the pose node's parameters; false shows them only.",
        fixed=_READ_AT_START,
    ),
    ParameterSpec(
        "max_clients",
        "Maximum number of pages that are open at a time.",
        minimum=1,
        maximum=100,
        fixed=_READ_AT_START,
    ),
    ParameterSpec(
        "jpeg_quality",
        "JPEG quality of the images that the page shows: 100 is best, and needs most bandwidth.",
        minimum=1,
        maximum=100,
        fixed=_READ_AT_START,
    ),
    ParameterSpec(
        "max_rate",
        "Maximum rate in Hz at which each page gets images; 0 is unlimited.",
        minimum=0.0,
        maximum=1000.0,
        fixed=_READ_AT_START,
    ),
    ParameterSpec("pose_node", "Name of the pose node whose cameras are shown.", fixed=_READ_AT_START),
    ParameterSpec("rectified", RECTIFIED),
    ParameterSpec("keypoint_threshold", "Minimum score of a keypoint that is shown.", minimum=0.0, maximum=1.0),
    ParameterSpec(
        "plane_distance",
        "Metres in front of the camera at which people without a known distance are drawn in 3-D.",
        minimum=0.01,
        maximum=1000.0,
    ),
    ParameterSpec(
        "field_of_view",
        "Horizontal angle in degrees that the camera sees, used until a camera_info with a calibration arrives.",
        minimum=1.0,
        maximum=179.0,
    ),
)
