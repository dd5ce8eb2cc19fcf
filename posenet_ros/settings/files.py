# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Parameter files, such as ``config/pose.yaml``: written from the settings, and read without ROS."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import Any

import yaml

from posenet_ros.errors import SettingError
from posenet_ros.settings.bridge import BridgeSettings
from posenet_ros.settings.camera import CameraSettings
from posenet_ros.settings.parameter import Parameter, Settings, as_yaml
from posenet_ros.settings.pose import PoseSettings
from posenet_ros.settings.visualizer import VisualizerSettings
from posenet_ros.settings.web import WebSettings

SETTINGS: dict[str, type[Settings]] = {
    "posenet": PoseSettings,
    "pose_visualizer": VisualizerSettings,
    "pose_bridge": BridgeSettings,
    "camera": CameraSettings,
    "pose_web": WebSettings,
}
"""The settings of each node, by the node's default name."""

_ANY_NAMESPACE = "/**/"
_LINE = 118


def defaults_as_yaml() -> str:
    """Return the text of a parameter file with the default of every parameter of every node.

    Its sections match the nodes in every namespace.
    """
    lines = ["# Every parameter of every node with its default. Written by 'make docs' from posenet_ros/settings/."]
    for node, settings in SETTINGS.items():
        lines += ["", f"{_ANY_NAMESPACE}{node}:", "  ros__parameters:"]
        for name, spec in settings.parameters().items():
            lines += textwrap.wrap(meaning(spec), _LINE, initial_indent="    # ", subsequent_indent="    # ")
            lines.append(f"    {name}: {as_yaml(spec.default)}")
    return "\n".join(lines) + "\n"


def meaning(spec: Parameter) -> str:
    """Return what a parameter means, with its range, or with its choices if they are numbers."""
    if spec.choices and isinstance(spec.choices[0], int):
        return f"{spec.meaning()} One of {', '.join(map(str, spec.choices))}."
    if spec.minimum is not None and spec.maximum is not None:
        return f"{spec.meaning()} Range {spec.minimum:g} to {spec.maximum:g}."
    return spec.meaning()


def read_params_file(path: Path, node: str, namespace: str | None = None) -> dict[str, Any]:
    """Return the parameters that a file gives to a node; the most exact section has the last word.

    Sections match as ROS matches them (``*`` is one name, ``**`` any number of them). A section without a namespace
    counts in every one: ROS would ignore it without a word as soon as the node is started in a namespace.

    :param namespace: of the node, as in '/robot'; None takes sections of any namespace
    :raises SettingError: if the file cannot be read, or no section of it names the node
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingError(f"the parameter file '{path}' cannot be read: {' '.join(str(error).split())}") from error
    sections = _sections(content)
    matches = [(_exactness(name, node, namespace), values) for name, values in sections]
    found = sorted(((how, values) for how, values in matches if how is not None), key=lambda match: match[0])
    if not found:
        names = ", ".join(name for name, _ in sections) or "none"
        where = "" if namespace is None else f" in the namespace '{namespace}'"
        raise SettingError(
            f"the parameter file '{path}' has no parameters of the node '{node}'{where}: expected a section"
            f" '{_ANY_NAMESPACE}{node}:' with 'ros__parameters:' in it; its sections are {names}"
        )
    values: dict[str, Any] = {}
    for _, parameters in found:
        values |= parameters
    return values


def _exactness(section: str, node: str, namespace: str | None) -> int | None:
    """Return how exactly a section names a node, from 0 for all nodes to 3; None if it names others."""
    *parents, name = section.strip("/").split("/")
    if name == "**":
        pattern, exactness = "", 0
    elif name != node:
        return None
    elif not parents:
        return 2
    else:
        pattern, exactness = name, 1 if "*" in section else 3
    if namespace is None:
        return exactness
    parts = [r"(/[^/]+)*" if part == "**" else r"/[^/]+" if part == "*" else re.escape(f"/{part}") for part in parents]
    matched = re.fullmatch(
        "".join(parts) + (re.escape(f"/{pattern}") if pattern else "(/[^/]+)+"), _join(namespace, node)
    )
    return exactness if matched else None


def _join(namespace: str, node: str) -> str:
    return f"{namespace.rstrip('/')}/{node}"


def _sections(content: object, prefix: str = "") -> list[tuple[str, dict[str, Any]]]:
    """Return the sections of a file, including those nested by namespace."""
    if not isinstance(content, dict):
        return []
    found = []
    for key, value in content.items():
        if key == "ros__parameters" and isinstance(value, dict):
            found.append((prefix, value))
        else:
            found += _sections(value, f"{prefix}/{str(key).strip('/')}")
    return found
