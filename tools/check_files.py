#!/usr/bin/env python3
# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Checks what the other linters do not read: copyright headers, XML, YAML, package.xml and the word keypoint."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree

import yaml
from catkin_pkg.package import InvalidPackage, parse_package

ROOT = Path(__file__).resolve().parents[1]
HEADER = ("Copyright 2026 The posenet_ros contributors", "SPDX-License-Identifier: Apache-2.0")
# Behind a line that names the interpreter or the kind of document.
HEADER_WITHIN = 3
# rosidl installs one of its own in its place.
WITHOUT_HEADER = {"posenet_ros/__init__.py"}
# One word, also where a line, or a line of a comment, ends in it.
TWO_WORDS = re.compile(r"\bkey(?:[ -]|\s+(?:# ?)?)points?\b", re.IGNORECASE)
TEXTS = {".md", ".msg", ".py", ".rst", ".sh", ".toml", ".txt", ".xml", ".yaml"}


def check_header(path: Path) -> str:
    """Return what is wrong with the first lines, or nothing."""
    first = path.read_text(encoding="utf-8").splitlines()[:HEADER_WITHIN]
    return (
        ""
        if all(any(text in line for line in first) for text in HEADER)
        else f"does not begin with {' / '.join(HEADER)}"
    )


def check_xml(path: Path) -> str:
    """Return why the file is no XML, or nothing."""
    try:
        ElementTree.parse(path)  # noqa: S314 - a file of ours
    except ElementTree.ParseError as error:
        return str(error)
    return ""


def check_yaml(path: Path) -> str:
    """Return why the file is no YAML, or nothing."""
    try:
        list(yaml.safe_load_all(path.read_text(encoding="utf-8")))
    except yaml.YAMLError as error:
        return " ".join(str(error).split())
    return ""


def check_words(path: Path) -> str:
    """Return where the text has two words for keypoint, or nothing."""
    text = path.read_text(encoding="utf-8")
    lines = [str(text.count("\n", 0, found.start()) + 1) for found in TWO_WORDS.finditer(text)]
    return f"write 'keypoint' as one word in line {', '.join(lines)}" if lines else ""


CHECKS: dict[str, Callable[[Path], str]] = {
    ".py": check_header,
    ".sh": check_header,
    ".js": check_header,
    ".css": check_header,
    ".html": check_header,
    ".svg": check_header,
    ".xml": check_xml,
    ".yaml": check_yaml,
    ".rviz": check_yaml,
}


def complaints_about(name: str, path: Path) -> Iterator[str]:
    """Return what each check that is meant for a file says, which may be nothing."""
    check = CHECKS.get(path.suffix)
    if check is not None and name not in WITHOUT_HEADER:
        yield check(path)
    if path.suffix in TEXTS:
        yield check_words(path)


def complaints() -> Iterator[str]:
    """Return a line for everything that is wrong with the files git knows."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in sorted(listing.splitlines()):
        path = ROOT / name
        if path.is_file():
            yield from (f"{name}: {complaint}" for complaint in complaints_about(name, path) if complaint)
    try:
        warnings: list[str] = []
        parse_package(str(ROOT / "package.xml"), warnings=warnings)
        yield from (f"package.xml: {warning}" for warning in warnings)
    except InvalidPackage as error:
        yield f"package.xml: {error}"


def main() -> int:
    """Print complaints; return whether there are any."""
    found = list(complaints())
    for complaint in found:
        print(complaint)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
