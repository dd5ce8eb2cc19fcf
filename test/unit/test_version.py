# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""One version, in package.xml; everything else agrees with it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[2]


def version_of_package() -> str:
    return ElementTree.parse(ROOT / "package.xml").getroot().findtext("version")


def test_setup_takes_the_version_of_the_package():
    command = [sys.executable, "setup.py", "--version"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.split()[-1] == version_of_package()


def test_changelog_tells_of_the_version():
    versions = re.findall(r"^(\d+\.\d+\.\d+).*\n-+$", (ROOT / "CHANGELOG.rst").read_text(), re.MULTILINE)
    assert versions[0] == version_of_package()
