#!/usr/bin/env python3
# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Writes the tables of parameters in the README from those in the code and the defaults in config/pose.yaml."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from posenet_ros.ros.parameter_tables import CAMERA_PARAMETERS, POSE_PARAMETERS, VISUALIZER_PARAMETERS
from posenet_ros.ros.parameters import ParameterSpec, defaults

README = Path(__file__).resolve().parents[1] / "README.md"
TABLES = {"posenet": POSE_PARAMETERS, "pose_visualizer": VISUALIZER_PARAMETERS, "camera": CAMERA_PARAMETERS}


def table(specs: Sequence[ParameterSpec], values: dict[str, Any]) -> str:
    """Return the table of a node's parameters, in the order of the defaults."""
    by_name = {spec.name: spec for spec in specs}
    rows = ["| parameter | default | |", "|---|---|---|"]
    rows += [f"| `{name}` | {_default(value)} | {_meaning(by_name[name])} |" for name, value in values.items()]
    return "\n".join(rows)


def _default(value: Any) -> str:
    """Return a value as YAML writes it, an empty text as nothing."""
    if value == "":
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "`[" + ", ".join(f'"{item}"' for item in value) + "]`"
    if isinstance(value, str):
        return f'`"{value}"`' if value.isdigit() else f"`{value}`"
    return str(value)


def _meaning(spec: ParameterSpec) -> str:
    # What stands in quotes is code; angle brackets would be HTML.
    text = re.sub(r"(?<!\w)'([^']*)'(?!\w)", r"`\1`", spec.description).replace("<", "&lt;")
    if spec.choices and isinstance(spec.choices[0], int):
        text += f" One of {', '.join(map(str, spec.choices))}."
    elif spec.minimum is not None and spec.maximum is not None:
        text += f" {spec.minimum:g} to {spec.maximum:g}."
    return text + (" *" if spec.fixed else "")


def with_tables(text: str) -> str:
    """Return the README with its tables written anew.

    :raises ValueError: if a table's place is not marked
    """
    for node, specs in TABLES.items():
        begin, end = f"<!-- parameters of {node}, written by 'make docs' -->", "<!-- end -->"
        before, mark, rest = text.partition(begin)
        _, end_mark, after = rest.partition(end)
        if not mark or not end_mark:
            raise ValueError(f"the README has no '{begin}' with '{end}' behind it")
        text = f"{before}{begin}\n{table(specs, defaults(node))}\n{end}{after}"
    return text


def main() -> int:
    """Write the README."""
    old = README.read_text(encoding="utf-8")
    new = with_tables(old)
    if new != old:
        README.write_text(new, encoding="utf-8")
        print("README.md: tables of parameters written anew")
    return 0


if __name__ == "__main__":
    sys.exit(main())
