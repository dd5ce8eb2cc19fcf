# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The base of all nodes: parameters of a settings class, of which some are read-only."""

from __future__ import annotations

from typing import Any, TypeVar

from rcl_interfaces.msg import SetParametersResult
from rclpy.node import Node
from rclpy.parameter import Parameter as RosParameter

from posenet_ros.ros.parameters import NodeParameters
from posenet_ros.settings.parameter import Settings

S = TypeVar("S", bound=Settings)


class SettingsNode(Node):
    """A node whose read-only parameters may be set to the value that they have.

    rclpy refuses that, too, so that ``ros2 param load`` would fail on what ``ros2 param dump`` wrote.
    """

    # rclpy declares parameters of its own before the settings are declared.
    _declared: NodeParameters[Any] | None = None

    def declare_settings(self, settings_class: type[S]) -> NodeParameters[S]:
        """Declare the parameters of a settings class, and return what keeps them."""
        parameters = NodeParameters(self, settings_class)
        self._declared = parameters
        return parameters

    def set_parameters(self, parameter_list: list[RosParameter]) -> list[SetParametersResult]:
        """Set parameters one by one, as :class:`rclpy.node.Node` does; equal values are accepted."""
        return [self.set_parameters_atomically([parameter]) for parameter in parameter_list]

    def set_parameters_atomically(self, parameter_list: list[RosParameter]) -> SetParametersResult:
        """Set all parameters or none, as :class:`rclpy.node.Node` does; equal values are accepted.

        The parameter services call this method.
        """
        changes = []
        for parameter in parameter_list:
            if not self.has_parameter(parameter.name) or not self.describe_parameter(parameter.name).read_only:
                changes.append(parameter)
            elif self._declared is not None and self._declared.knows(parameter.name):
                refusal = self._declared.refusal(parameter)
                if refusal:
                    return SetParametersResult(successful=False, reason=refusal)
            elif parameter.value != self.get_parameter(parameter.name).value:
                changes.append(parameter)  # One of rclpy's own, and refused there.
        result = SetParametersResult(successful=True)
        if changes or not parameter_list:
            result = super().set_parameters_atomically(changes)
        if result.successful and self._declared is not None:
            self._declared.forget_problems(parameter.name for parameter in parameter_list)
        return result
