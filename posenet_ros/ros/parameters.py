# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Parameters from a table, with the defaults of ``config/pose.yaml``, and every change checked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from ament_index_python.packages import get_package_share_directory
from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor, SetParametersResult
from rclpy.exceptions import InvalidParameterTypeException, InvalidParameterValueException
from rclpy.node import Node
from rclpy.parameter import Parameter


@dataclass(frozen=True)
class ParameterSpec:
    """What a parameter means and which values it takes; its type and default come from the YAML file."""

    name: str
    description: str
    choices: tuple[int | str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    fixed: str = ""
    """Why the value cannot change while the node is configured; empty where it can."""

    def descriptor(self, default: Any) -> ParameterDescriptor:
        """Return the ROS description of the parameter."""
        descriptor = ParameterDescriptor(name=self.name, description=self.description)
        if self.choices:
            descriptor.additional_constraints = f"one of {', '.join(map(str, self.choices))}"
        if self.minimum is not None and self.maximum is not None:
            if isinstance(default, int):
                limits = IntegerRange(from_value=int(self.minimum), to_value=int(self.maximum), step=0)
                descriptor.integer_range = [limits]
            else:
                limits = FloatingPointRange(from_value=self.minimum, to_value=self.maximum, step=0.0)
                descriptor.floating_point_range = [limits]
        return descriptor

    def complaint(self, value: Any) -> str:
        """Return what is wrong with a value of the right type, or nothing."""
        if self.choices and value not in self.choices:
            return f"{self.name} is '{value}', expected one of {', '.join(map(str, self.choices))}"
        return ""


_OF_EVERY_NODE = {"use_sim_time", "start_type_description_service"}


def defaults(section: str) -> dict[str, Any]:
    """Return the default parameters of a node, a section of ``config/pose.yaml``."""
    path = Path(get_package_share_directory("posenet_ros")) / "config" / "pose.yaml"
    values: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))[section]["ros__parameters"]
    return values


class NodeParameters:
    """Declares a node's parameters from a table and checks every change.

    A bad value at start does not keep the node from starting: the default is declared in its place and
    the reason is kept in ``problems`` until the parameter is set to a good value.
    """

    def __init__(self, node: Node, section: str, table: Sequence[ParameterSpec]) -> None:
        self._node = node
        self._specs = {spec.name: spec for spec in table}
        self.problems: dict[str, str] = {}
        self.locked = False
        """Whether parameters that take effect on configure are refused."""
        node.add_on_set_parameters_callback(self._check)
        values = defaults(section)
        for unknown in sorted(getattr(node, "_parameter_overrides", {}).keys() - values.keys() - _OF_EVERY_NODE):
            if not unknown.startswith("qos_overrides."):
                node.get_logger().warning(
                    f"there is no parameter '{unknown}', so that its value is ignored; the parameters are"
                    f" {', '.join(values)}"
                )
        for name, default in values.items():
            descriptor = self._specs[name].descriptor(default)
            try:
                node.declare_parameter(name, default, descriptor)
            except (InvalidParameterValueException, InvalidParameterTypeException) as error:
                node.declare_parameter(name, default, descriptor, ignore_override=True)
                self.problems[name] = " ".join(str(error).split())

    def __getitem__(self, name: str) -> Any:
        """Return the value in force."""
        return self._node.get_parameter(name).value

    def select(self, names: Iterable[str]) -> dict[str, Any]:
        """Return several values in force, by name."""
        return {name: self[name] for name in names}

    def _check(self, parameters: Sequence[Parameter]) -> SetParametersResult:
        for parameter in parameters:
            spec = self._specs.get(parameter.name)
            if spec is None:
                continue
            complaint = spec.complaint(parameter.value)
            if not complaint and self.locked and spec.fixed:
                complaint = f"{spec.name} cannot change now: {spec.fixed}"
            if complaint:
                return SetParametersResult(successful=False, reason=complaint)
        for parameter in parameters:
            self.problems.pop(parameter.name, None)
        return SetParametersResult(successful=True)
