# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Fast DDS: settings for large images, and cleaning up the shared memory that killed processes leave behind."""

from __future__ import annotations

import fcntl
import os
import re
import time
from collections.abc import Mapping
from pathlib import Path

from ament_index_python.packages import get_package_share_directory

# Fast DDS 2 reads the first; Fast DDS 3 reads the second, and warns about the first.
_PROFILE_VARIABLES = ("FASTRTPS_DEFAULT_PROFILES_FILE", "FASTDDS_DEFAULT_PROFILES_FILE")
_WITH_FAST_DDS_2 = ("humble", "iron", "jazzy")
# Otherwise glibc returns the memory of each image to the system and requests it again, page by page.
_MALLOC = {
    "MALLOC_MMAP_THRESHOLD_": "1073741824",
    "MALLOC_TRIM_THRESHOLD_": "1073741824",
    "MALLOC_TOP_PAD_": "134217728",
}


def large_image_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables to add to a node's environment.

    Empty if another middleware is chosen or the user has set a Fast DDS profile. malloc settings of the user
    stay.
    """
    if not environment.get("RMW_IMPLEMENTATION", "rmw_fastrtps_cpp").startswith("rmw_fastrtps"):
        return {}
    if any(environment.get(name) for name in _PROFILE_VARIABLES):
        return {}
    profile = str(Path(get_package_share_directory("posenet_ros")) / "config" / "fastdds.xml")
    malloc = {name: value for name, value in _MALLOC.items() if name not in environment}
    variable = _PROFILE_VARIABLES[0 if environment.get("ROS_DISTRO") in _WITH_FAST_DDS_2 else 1]
    return {variable: profile} | malloc


# Fast DDS 2 and 3 name a participant's segment like this, and add '_el' for its lock file. The process that owns
# the segment keeps the file locked until it ends, however it ends.
_LOCK_FILE = re.compile(r"(fastrtps|fastdds)_[0-9a-f]{16}_el")
# A process that has just created its lock file may not have locked it yet.
_MINIMUM_AGE_S = 10.0


def remove_abandoned_segments(folder: Path = Path("/dev/shm")) -> int:  # noqa: S108 - the place of shared memory
    """Remove Fast DDS segments whose process has ended; return how many were removed.

    Fast DDS does not do this itself. With room for large images, a segment takes 64 MB: a node that is killed
    and restarted repeatedly would fill the memory. ``fastdds shm clean`` does the same.
    """
    try:
        names = [name for name in os.listdir(folder) if _LOCK_FILE.fullmatch(name)]
    except OSError:
        return 0  # This system has no shared memory in files.
    return sum(_remove_if_abandoned(folder / name) for name in names)


def _remove_if_abandoned(lock: Path) -> bool:
    try:
        if time.time() - lock.stat().st_mtime < _MINIMUM_AGE_S:
            return False
        with lock.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            lock.with_name(lock.name.removesuffix("_el")).unlink(missing_ok=True)
            lock.unlink(missing_ok=True)
    except OSError:
        return False  # In use, owned by another user, or removed by another node meanwhile.
    return True
