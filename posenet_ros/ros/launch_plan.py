# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What the launch file starts: its arguments and the parameter file, checked before any process is started."""

from __future__ import annotations

import atexit
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ament_index_python.packages import PackageNotFoundError, get_package_prefix, get_package_share_directory

from posenet_ros.errors import SettingError
from posenet_ros.ros.launch_values import (
    absolute,
    camera_info_of,
    check_image_topic,
    check_namespace,
    check_topic,
    to_boolean,
    to_cameras,
    to_targets,
    to_value,
)
from posenet_ros.settings.files import SETTINGS, read_params_file

CONFIG = Path(get_package_share_directory("posenet_ros")) / "config"
# A parent launch file may have arguments of the same names, whose values reach an included launch file unasked. With
# this prefix, which wins, an argument is surely meant for this one.
PREFIX = "posenet_"
WEB_ARGUMENTS = ("address", "port", "token", "allow_changes")
BRIDGE_TARGETS = ("detections", "humans", "tf")
# The parameters that are worth an argument of their own; params_file sets any.
POSE_ARGUMENTS = (
    "model",
    "native_stride",
    "output_stride",
    "input_height",
    "input_width",
    "decoder",
    "max_poses",
    "pose_threshold",
    "num_threads",
    "delegate",
    "image_transport",
    "tracking",
    "smoothing",
    "depth",
)
CAMERA_ARGUMENTS = (
    "frame_rate",
    "loop",
    "depth_picture",
    "frame_id",
    "width",
    "height",
    "calibration",
    "field_of_view",
)


class LaunchPlan:
    """Which nodes start, with which parameters and topics.

    :param value: returns the value of a launch argument
    :param parent_namespace: in which the launch file is included
    :raises SettingError: if a value is wrong, so that nothing should start
    """

    def __init__(self, value: Callable[[str], str], parent_namespace: str = "") -> None:
        self.value = value
        self.warnings: list[str] = []
        self.namespace = check_namespace(self.value("namespace"))
        self.full_namespace = absolute(self.namespace, parent_namespace)
        self.cameras = to_cameras(self.value("cameras")) if self.value("cameras") else {}
        self.nodes = ["posenet"]
        if self.boolean("visualizer"):
            self.nodes.append("pose_visualizer")
        if self.value("bridge"):
            self.nodes.append("pose_bridge")
        if self.value("camera"):
            self.nodes.append("camera")
        if self.boolean("web"):
            self.nodes.append("pose_web")
        self.parameters = {node: self._parameters(node) for node in self.nodes}
        if not self.cameras:
            named = self.parameters["posenet"].get("cameras", [""])
            self.cameras = {name: f"{name}/image" for name in named if name}
        for node in {"posenet", "pose_visualizer"} & self.parameters.keys():
            if self.cameras:
                self.parameters[node]["cameras"] = list(self.cameras)
        self.remappings = self._remappings()
        if self.boolean("rviz"):
            self._check_rviz()

    def boolean(self, name: str) -> bool:
        """Return the value of an argument that is true or false."""
        return to_boolean(name, self.value(name))

    def write_parameters(self) -> str:
        """Return the path of a file with the parameters of all nodes, for whatever namespace they are in."""
        sections = {f"/**/{node}": {"ros__parameters": values} for node, values in self.parameters.items() if values}
        # JSON is YAML that leaves no doubt what is text and what a number.
        with tempfile.NamedTemporaryFile("w", prefix="posenet_ros_", suffix=".yaml", delete=False) as file:
            json.dump(sections, file, indent=2)
        atexit.register(Path(file.name).unlink, missing_ok=True)
        return file.name

    def _parameters(self, node: str) -> dict[str, Any]:
        """Return what the file says, and what the arguments say instead."""
        path = Path(self.value("params_file")).expanduser()
        if not path.is_file():
            raise SettingError(
                f"params_file:={path} is no file: give a parameter file such as {CONFIG / 'pose.yaml'}, or leave it out"
            )
        values: dict[str, Any] = {}
        try:
            values = read_params_file(path, node, self.full_namespace)
        except SettingError as error:
            if "cannot be read" in str(error):
                raise
            self.warnings.append(f"{error}; its defaults are used")
        arguments = {"posenet": POSE_ARGUMENTS, "camera": CAMERA_ARGUMENTS, "pose_web": WEB_ARGUMENTS}.get(node, ())
        specs = SETTINGS[node].parameters()
        for name in arguments:
            if self.value(name):
                values[name] = to_value(name, self.value(name), specs[name])
        if node == "pose_bridge":
            values |= to_targets(self.value("bridge"), BRIDGE_TARGETS)
        if node == "camera":
            values["source"] = self.value("camera")
        if self.value("use_sim_time"):
            values["use_sim_time"] = self.boolean("use_sim_time")
        return values

    def _remappings(self) -> list[tuple[str, str]]:
        if not self.cameras:
            image = check_image_topic(f"image:={self.value('image')}", self.value("image"))
            info = self.value("camera_info") or camera_info_of(image)
            topics = {"image": image, "camera_info": info, "depth_image": self.value("depth_image")}
            return [(name, check_topic(f"{name}:={topic}", topic)) for name, topic in topics.items()]
        return [
            (f"{name}/{topic}", target)
            for name, image in self.cameras.items()
            for topic, target in (("image", image), ("camera_info", camera_info_of(image)))
        ]

    def _check_rviz(self) -> None:
        try:
            get_package_prefix("rviz2")
        except PackageNotFoundError:
            raise SettingError(
                "rviz:=true needs the package rviz2: install ros-$ROS_DISTRO-rviz2, or leave rviz out"
            ) from None
        if not Path(self.value("rviz_config")).is_file():
            raise SettingError(f"rviz_config:={self.value('rviz_config')} is no file")
