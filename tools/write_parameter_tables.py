#!/usr/bin/env python3
# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Writes config/pose.yaml and the tables of parameters in the documentation from the settings in the code."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from posenet_ros.settings.files import SETTINGS, defaults_as_yaml, meaning
from posenet_ros.settings.parameter import Parameter, Settings

ROOT = Path(__file__).resolve().parents[1]
CONFIG = ROOT / "config" / "pose.yaml"
PAGE = ROOT / "docs" / "parameters.md"


def table(settings: type[Settings]) -> str:
    """Return the table of a node's parameters."""
    rows = ["| parameter | default | |", "|---|---|---|"]
    rows += [
        f"| `{name}` | {_default(spec.default)} | {_meaning(spec)} |" for name, spec in settings.parameters().items()
    ]
    return "\n".join(rows)


def _default(value: Any) -> str:
    """Return a value as YAML writes it, an empty text as nothing."""
    if value == "":
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "`[" + ", ".join(f'"{item}"' for item in value) + "]`"
    if isinstance(value, str):
        return f'`"{value}"`' if value.isdigit() else f"`{value}`"
    return str(value)


def _meaning(spec: Parameter) -> str:
    # What stands in quotes is code; angle brackets would be HTML.
    text = re.sub(r"(?<!\w)'([^']*)'(?!\w)", r"`\1`", meaning(spec)).replace("<", "&lt;")
    return text + (" *" if spec.read_only else "")


def with_tables(text: str) -> str:
    """Return the page with its tables written anew.

    :raises ValueError: if a table's place is not marked
    """
    for node, settings in SETTINGS.items():
        begin, end = f"<!-- parameters of {node}, written by 'make docs' -->", "<!-- end -->"
        before, mark, rest = text.partition(begin)
        _, end_mark, after = rest.partition(end)
        if not mark or not end_mark:
            raise ValueError(f"{PAGE.name} has no '{begin}' with '{end}' behind it")
        text = f"{before}{begin}\n{table(settings)}\n{end}{after}"
    return text


def main() -> int:
    """Write what is out of date."""
    for path, new in ((CONFIG, defaults_as_yaml()), (PAGE, with_tables(PAGE.read_text(encoding="utf-8")))):
        if path.read_text(encoding="utf-8") != new:
            path.write_text(new, encoding="utf-8")
            print(f"{path.relative_to(ROOT)} written anew")
    return 0


if __name__ == "__main__":
    sys.exit(main())
