# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A node's parameters, declared from its settings class; every change is checked."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, Generic, TypeVar

from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor, SetParametersResult
from rclpy.exceptions import InvalidParameterTypeException, InvalidParameterValueException
from rclpy.node import Node
from rclpy.parameter import Parameter as RosParameter

from posenet_ros.errors import SettingError
from posenet_ros.settings.parameter import Parameter, Settings, as_yaml

S = TypeVar("S", bound=Settings)

_OF_EVERY_NODE = {"use_sim_time", "start_type_description_service"}


def descriptor_of(name: str, spec: Parameter) -> ParameterDescriptor:
    """Return the ROS description of a parameter."""
    constraints = [spec.expected()] if spec.choices else []
    if spec.fixed:
        constraints.append(
            f"cannot change while the node {'runs' if spec.read_only else 'is configured'}: {spec.fixed}"
        )
    # Values are converted and checked here: rclpy would refuse 20 for 20.0, without saying what to do.
    descriptor = ParameterDescriptor(
        name=name,
        description=spec.meaning(),
        additional_constraints="; ".join(constraints),
        read_only=spec.read_only,
        dynamic_typing=True,
    )
    if spec.minimum is not None and spec.maximum is not None:
        if isinstance(spec.default, int):
            limits = IntegerRange(from_value=int(spec.minimum), to_value=int(spec.maximum), step=0)
            descriptor.integer_range = [limits]
        else:
            limits = FloatingPointRange(from_value=spec.minimum, to_value=spec.maximum, step=0.0)
            descriptor.floating_point_range = [limits]
    return descriptor


class NodeParameters(Generic[S]):
    """Declares a node's parameters and keeps the current settings.

    A wrong value at the start does not prevent the node from starting: the default is declared instead, and
    the reason stays in ``problems`` until the parameter is set to a valid value.

    :param node: gets the parameters
    :param settings_class: defines the parameters
    """

    def __init__(self, node: Node, settings_class: type[S]) -> None:
        self._specs = settings_class.parameters()
        self.current: S = settings_class()
        """The current settings; replaced as a whole, so that no reader sees half of a change."""
        self.problems: dict[str, str] = {}
        self.locked = False
        """Whether changes of parameters that take effect on configure are refused."""
        self._apply_on_check: Callable[[Sequence[RosParameter]], None] = lambda parameters: None
        node.add_on_set_parameters_callback(self._check)
        for unknown in sorted(getattr(node, "_parameter_overrides", {}).keys() - self._specs.keys() - _OF_EVERY_NODE):
            if not unknown.startswith("qos_overrides."):
                node.get_logger().warning(
                    f"there is no parameter '{unknown}', and its value is ignored; the parameters are"
                    f" {', '.join(self._specs)}"
                )
        for name, spec in self._specs.items():
            default = list(spec.default) if isinstance(spec.default, tuple) else spec.default
            try:
                node.declare_parameter(name, default, descriptor_of(name, spec))
            except (InvalidParameterValueException, InvalidParameterTypeException) as error:
                node.declare_parameter(name, default, descriptor_of(name, spec), ignore_override=True)
                self.problems[name] = " ".join(str(error).split())
        self.current = settings_class(**{name: node.get_parameter(name).value for name in self._specs})
        if hasattr(node, "add_post_set_parameters_callback"):
            node.add_post_set_parameters_callback(self._apply)
        else:  # Humble has no callback after a change: it is applied when it is checked.
            self._apply_on_check = self._apply

    def knows(self, name: str) -> bool:
        """Return whether a parameter is one of the settings."""
        return name in self._specs

    def refusal(self, parameter: RosParameter) -> str:
        """Return why a parameter that is fixed cannot be set to a value; empty if it has that value already."""
        name, spec = parameter.name, self._specs[parameter.name]
        try:
            value = spec.converted(name, parameter.value)
        except SettingError as error:
            return str(error)
        present = getattr(self.current, name)
        if value == present:
            return ""
        cure = "deactivate and clean up the node first"
        if spec.read_only:
            cure = f"restart the node with -p {shlex.quote(f'{name}:={as_yaml(value)}')}"
        return f"{name} is {as_yaml(present)}, and cannot change to {as_yaml(value)} now: {spec.fixed}; {cure}"

    def forget_problems(self, names: Iterable[str]) -> None:
        """Note that parameters have been set to valid values."""
        for name in names:
            self.problems.pop(name, None)

    def _check(self, parameters: Sequence[RosParameter]) -> SetParametersResult:
        for parameter in parameters:
            spec = self._specs.get(parameter.name)
            if spec is None:
                continue
            try:
                spec.converted(parameter.name, parameter.value)
            except SettingError as error:
                return SetParametersResult(successful=False, reason=str(error))
            refusal = self.refusal(parameter) if self.locked and spec.fixed else ""
            if refusal:
                return SetParametersResult(successful=False, reason=refusal)
        self._apply_on_check(parameters)
        return SetParametersResult(successful=True)

    def _apply(self, parameters: Sequence[RosParameter]) -> None:
        changes: dict[str, Any] = {
            parameter.name: parameter.value for parameter in parameters if parameter.name in self._specs
        }
        self.current = replace(self.current, **changes)
        self.forget_problems(changes)
