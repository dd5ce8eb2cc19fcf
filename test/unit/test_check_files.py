# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The check of words in 'make lint'."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

pytest.importorskip("catkin_pkg", reason="catkin_pkg is not installed; it comes with ROS")

ROOT = Path(__file__).resolve().parents[2]
CHECK = runpy.run_path(str(ROOT / "tools" / "check_files.py"))


# Joined here, so that the check does not find them in this file.
@pytest.mark.parametrize("between", [" ", "-", "\n", "\n# ", "\n    "])
@pytest.mark.parametrize("word", ["point", "points"])
def test_keypoint_in_two_words_is_found(tmp_path, between, word):
    path = tmp_path / "notes.md"
    path.write_text("first line\nthe " + "Key" + between + word + " of a person")
    assert CHECK["check_words"](path) == "write 'keypoint' as one word in line 2"


def test_other_words_are_left_alone(tmp_path):
    path = tmp_path / "notes.md"
    path.write_text("A keypoint, its keypoints, a monkey points, keys point at it, a key. Point by point.")
    assert CHECK["check_words"](path) == ""
