# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Settings of the middleware without which large images between processes are slow or get lost."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ament_index_python.packages import get_package_share_directory

# Fast DDS 2 reads the first, Fast DDS 3 the second, and warns of the first.
_PROFILE_VARIABLES = ("FASTRTPS_DEFAULT_PROFILES_FILE", "FASTDDS_DEFAULT_PROFILES_FILE")
_WITH_FAST_DDS_2 = ("humble", "iron", "jazzy")
# glibc otherwise hands the memory of each image back to the system and asks for it again, page by page.
_MALLOC = {
    "MALLOC_MMAP_THRESHOLD_": "1073741824",
    "MALLOC_TRIM_THRESHOLD_": "1073741824",
    "MALLOC_TOP_PAD_": "134217728",
}


def large_image_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables to add to a node's environment.

    Nothing where another middleware is chosen or the user has set a Fast DDS profile; malloc settings that
    the user has made stay.
    """
    if not environment.get("RMW_IMPLEMENTATION", "rmw_fastrtps_cpp").startswith("rmw_fastrtps"):
        return {}
    if any(environment.get(name) for name in _PROFILE_VARIABLES):
        return {}
    profile = str(Path(get_package_share_directory("posenet_ros")) / "config" / "fastdds.xml")
    malloc = {name: value for name, value in _MALLOC.items() if name not in environment}
    variable = _PROFILE_VARIABLES[0 if environment.get("ROS_DISTRO") in _WITH_FAST_DDS_2 else 1]
    return {variable: profile} | malloc
