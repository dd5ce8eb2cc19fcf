# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The README says what is there: parameters, topics, files and commands."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from posenet_ros.image_encodings import ENCODINGS
from posenet_ros.settings.files import defaults_as_yaml
from posenet_ros.settings.pose import PoseSettings

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
TABLES = runpy.run_path(str(ROOT / "tools" / "write_parameter_tables.py"))


def test_tables_are_those_of_the_code():
    page = TABLES["PAGE"].read_text(encoding="utf-8")
    assert TABLES["with_tables"](page) == page, "run 'make docs'"


def test_config_is_that_of_the_code():
    assert (ROOT / "config" / "pose.yaml").read_text(encoding="utf-8") == defaults_as_yaml(), "run 'make docs'"


def test_tables_tell_defaults_and_ranges():
    rows = {row.split("`")[1]: row for row in TABLES["table"](PoseSettings).splitlines()[2:]}
    assert list(rows) == list(PoseSettings.parameters())
    assert rows["output_stride"].startswith("| `output_stride` | 16 | ")
    assert "8, 16, 32" in rows["output_stride"]
    assert rows["cameras"].startswith('| `cameras` | `[""]` | ')
    assert "<" not in rows["cameras"]
    assert rows["max_poses"].endswith("Range 1 to 100. |")
    assert rows["model"].endswith(" * |")


@pytest.mark.parametrize(
    "topic",
    ["image", "image/compressed", "depth_image", "camera_info", "pose", "pose/overlay", "pose/markers", "/diagnostics"],
)
def test_every_topic_is_named(topic):
    assert f"`{topic}`" in README


def test_every_encoding_is_named():
    named = set(re.findall(r"\w+", re.search(r"^Encodings: .*?\n\n", README, re.MULTILINE | re.DOTALL).group()))
    for encoding in ENCODINGS:
        # As many bits as the README names, and any order of colours.
        name = "bayer_" if encoding.startswith("bayer_") else encoding.replace("16", "8")
        assert name in named, encoding


def test_every_command_of_make_is_there():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z][a-z-]+)", README))
    assert {"demo", "test"} <= named <= targets


def test_links_lead_to_files():
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if "://" not in link]
    assert links
    for link in links:
        path, _, heading = link.partition("#")
        assert not path or (ROOT / path).exists(), link
        titles = re.findall(r"^#+ (.*)$", README, re.MULTILINE)
        assert path or heading in {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}, link
