# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The README names every parameter with its default, and every topic."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from posenet_ros.ros.parameters import defaults

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
HEADINGS = {"posenet": "pose_node", "pose_visualizer": "visualizer_node", "camera": "camera_node"}


def section_of(node: str) -> str:
    return re.search(rf"^### {HEADINGS[node]} .*?(?=^##)", README, re.MULTILINE | re.DOTALL).group()


def cell(value: object) -> str:
    """Return a default as the table shows it."""
    if value == "":
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'`"{value}"`' if value.isdigit() else f"`{value}`"
    if isinstance(value, list):
        return '`[""]`' if value == [""] else f"`{value}`"
    return str(value)


@pytest.mark.parametrize("node", HEADINGS)
def test_every_parameter_is_in_the_table_with_its_default(node):
    rows = {}
    for names, default in re.findall(r"^\| ((?:`\w+`(?:, )?)+) \| (.*?) ?\|", section_of(node), re.MULTILINE):
        rows |= dict.fromkeys(re.findall(r"\w+", names), default)
    for name, value in defaults(node).items():
        assert rows[name] == cell(value), name


@pytest.mark.parametrize("topic", ["image", "image/compressed", "depth_image", "camera_info", "pose", "pose/overlay"])
def test_every_topic_is_in_the_table(topic):
    assert f"| `{topic}` |" in section_of("posenet")
