# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import fcntl
import os

from posenet_ros.ros.middleware import remove_abandoned_segments


def make_segment(folder, name, age):
    for suffix in ("", "_el"):
        path = folder / (name + suffix)
        path.write_bytes(b"x")
        os.utime(path, (path.stat().st_atime - age, path.stat().st_mtime - age))
    return folder / f"{name}_el"


def test_only_segments_of_dead_processes_are_removed(tmp_path):
    make_segment(tmp_path, "fastrtps_0123456789abcdef", age=60)
    make_segment(tmp_path, "fastdds_0123456789abcdef", age=60)
    make_segment(tmp_path, "fastrtps_00000000000000aa", age=0)
    make_segment(tmp_path, "fastrtps_port7000", age=60)
    make_segment(tmp_path, "others_0123456789abcdef", age=60)
    with make_segment(tmp_path, "fastrtps_00000000000000bb", age=60).open() as owner:
        fcntl.flock(owner, fcntl.LOCK_EX)
        assert remove_abandoned_segments(tmp_path) == 2
    left = {path.name.removesuffix("_el") for path in tmp_path.iterdir()}
    assert left == {
        "fastrtps_00000000000000aa",
        "fastrtps_00000000000000bb",
        "fastrtps_port7000",
        "others_0123456789abcdef",
    }


def test_system_without_shared_memory_in_files(tmp_path):
    assert remove_abandoned_segments(tmp_path / "none") == 0
