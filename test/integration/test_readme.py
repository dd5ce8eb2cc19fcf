# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""README and docs say what is there: parameters, topics, files, functions and commands."""

from __future__ import annotations

import ast
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from posenet_ros.image_encodings import ENCODINGS
from posenet_ros.settings.files import defaults_as_yaml
from posenet_ros.settings.pose import PoseSettings

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "training" / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
]
TABLES = runpy.run_path(str(ROOT / "tools" / "write_parameter_tables.py"))


# README.md is what a newcomer reads: two screens before the first reference table.
_MAXIMUM_CHARACTERS = 14_000
_MAXIMUM_LINES_BEFORE_TABLE = 90


def prose(text: str) -> str:
    """Return a page without its blocks of code, in which '#' begins a comment."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def code(text: str) -> str:
    """Return the blocks and spans of code in a page."""
    return "\n".join(re.findall(r"^```.*?^```$|(?<!`)`[^`\n]+`", text, re.MULTILINE | re.DOTALL))


def headings(text: str) -> set[str]:
    """Return the anchors that GitHub makes of a page's headings."""
    titles = re.findall(r"^#+ (.*)$", prose(text), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def architecture() -> str:
    return (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


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
    assert rows["autostart"].endswith(" * |")
    assert rows["model"].endswith("Takes effect on configure. |")


@pytest.mark.parametrize(
    "topic",
    ["image", "image/compressed", "depth_image", "camera_info", "pose", "pose/overlay", "pose/markers", "/diagnostics"],
)
def test_every_topic_is_named(topic):
    assert f"`{topic}`" in README


def test_every_encoding_is_named():
    page = (ROOT / "docs" / "cameras.md").read_text(encoding="utf-8")
    named = set(re.findall(r"\w+", re.search(r"^Encodings: .*?\n\n", page, re.MULTILINE | re.DOTALL).group()))
    for encoding in ENCODINGS:
        # As many bits as the page names, and any order of colours.
        name = "bayer_" if encoding.startswith("bayer_") else encoding.replace("16", "8")
        assert name in named, encoding


def test_readme_is_short():
    before, table, _ = README.partition("\n|---")
    assert table
    assert len(README) <= _MAXIMUM_CHARACTERS
    # The last line before it is the table's title.
    assert before.count("\n") <= _MAXIMUM_LINES_BEFORE_TABLE


def test_readme_lists_every_page():
    for page in (ROOT / "docs").glob("*.md"):
        assert f"](docs/{page.name})" in README, page.name


def test_readme_names_demo_and_test():
    assert {"demo", "test"} <= set(re.findall(r"\bmake ([a-z][a-z-]+)", README))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_command_of_make_is_there(page):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z][a-z-]+)", code(page.read_text(encoding="utf-8"))))
    assert named <= targets


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_to_files_and_headings(page):
    text = page.read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)]+)\)", prose(text)):
        if "://" in link:
            continue
        path, _, heading = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), link
        assert not heading or heading in headings(target.read_text(encoding="utf-8")), link


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_executables_and_launch_arguments_are_there(page):
    text = code(page.read_text(encoding="utf-8")).replace("\\\n", " ")
    cmake = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
    assert set(re.findall(r"ros2 run posenet_ros (\w+)", text)) <= set(
        re.findall(r"add_python_executable\((\w+)", cmake)
    )
    # Read, not run: launch is not among the wheels.
    files = [ROOT / "launch" / "pose.launch.py", *(ROOT / "posenet_ros" / "ros").glob("**/launch*.py")]
    files += (ROOT / "posenet_ros" / "ros" / "launch").glob("*.py")
    trees = [ast.parse(file.read_text(encoding="utf-8")) for file in files]
    arguments = {node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    for line in text.splitlines():
        if "pose.launch.py" in line:
            assert set(re.findall(r"(\w+):=", line)) <= arguments, line


def test_way_of_an_image_is_that_of_the_code():
    rows = re.findall(r"^\| `([\w/]+\.py)` \| (`.*?`) \| ", architecture(), re.MULTILINE)
    hops = [(file, name) for file, names in rows for name in re.findall(r"`([\w.]+)`", names)]
    assert len(hops) > 10
    for file, name in hops:
        scope = ast.parse((ROOT / "posenet_ros" / file).read_text(encoding="utf-8")).body
        for part in name.split("."):
            found = [node for node in scope if isinstance(node, (ast.ClassDef, ast.FunctionDef)) and node.name == part]
            assert found, f"{file} has no {name}"
            scope = found[0].body


def test_files_of_the_architecture_are_there():
    named = set(re.findall(r"`((?:\w+/)*(?:\w+\.(?:py|yaml|txt|xml)|\w+/))`", architecture()))
    assert len(named) > 20
    for name in named:
        places = [ROOT / name, ROOT / "posenet_ros" / name, *ROOT.glob(f"test/*/{name}")]
        assert any(place.exists() for place in places), name


def test_script_of_the_architecture_runs():
    script = re.search(r"^```python\n(.*?)^```$", architecture(), re.MULTILINE | re.DOTALL).group(1)
    command = [sys.executable, "-c", script]
    lines = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(lines) == 48
    assert re.match(r"000\.jpg \[\d+ \d+\] \[0\.", lines[0])
