# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""package.xml and CHANGELOG.rst, as the tools of ROS read them, and the one file of the runtime's packages."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


def test_the_changelog_has_the_version_with_its_date():
    changelog = pytest.importorskip("catkin_pkg.changelog", reason="catkin_pkg comes with ROS and its wheels")
    versions = {
        version: date
        for version, date, _ in changelog.get_changelog_from_path(
            str(REPOSITORY / "CHANGELOG.rst"), "posenet_ros"
        ).foreach_version()
    }
    version = ElementTree.parse(REPOSITORY / "package.xml").findtext("version")
    assert versions[version] is not None


def test_the_package_says_where_it_lives_and_what_its_launch_file_starts():
    root = ElementTree.parse(REPOSITORY / "package.xml").getroot()
    assert {url.get("type") for url in root.findall("url")} == {"website", "repository", "bugtracker"}
    assert len(root.findall("maintainer")) == 1
    assert {"launch", "launch_ros", "rviz2"} <= {entry.text for entry in root.findall("exec_depend")}


@pytest.mark.parametrize("name", ["README.md", ".github/workflows/ci.yaml", "tools/setup.sh", "Makefile"])
def test_the_runtime_is_installed_from_one_file_without_what_it_depends_on(name):
    """With its dependencies, pip puts numpy 2 before the numpy for which OpenCV and scipy of ROS are built."""
    text = (REPOSITORY / name).read_text()
    if name == "tools/setup.sh":
        assert "runtime=$root/requirements/litert.txt" in text
        text = text.replace('"$runtime"', "requirements/litert.txt")
    lines = [line for line in text.splitlines() if "requirements/litert.txt" in line and "install" in line]
    assert lines
    assert all("--no-deps" in line for line in lines)
    assert not re.search(r"pip install (-\S+ )*ai-edge-litert", text)


def test_system_packages_bring_no_runtime():
    assert "litert" not in re.sub(r"#.*", "", (REPOSITORY / "requirements" / "system.txt").read_text())
