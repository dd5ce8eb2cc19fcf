# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The parameters of the pose node, read and set from another node through its services."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from rcl_interfaces.msg import Parameter, ParameterDescriptor, ParameterType, ParameterValue
from rcl_interfaces.srv import DescribeParameters, GetParameters, SetParameters
from rclpy.node import Node

from posenet_ros.settings.pose import PoseSettings
from posenet_ros.web.status import TunableParameter

_FIELDS = {
    ParameterType.PARAMETER_BOOL: ("bool", "bool_value"),
    ParameterType.PARAMETER_INTEGER: ("integer", "integer_value"),
    ParameterType.PARAMETER_DOUBLE: ("double", "double_value"),
    ParameterType.PARAMETER_STRING: ("string", "string_value"),
    ParameterType.PARAMETER_STRING_ARRAY: ("strings", "string_array_value"),
}
_TYPES: dict[str, tuple[type, ...]] = {"bool": (bool,), "integer": (int,), "double": (int, float), "string": (str,)}
_INT64 = 2**63
# How the pose node words the constraints of its descriptors.
_CHOICES = "one of "
_FIXED = "cannot change"


class RemoteParameters:
    """Asks for the parameters whenever it is told to, and hands on what comes.

    :param name: of the pose node
    :param on_values: called in the executor's thread with the parameters; with none once the node is gone
    """

    def __init__(
        self, node: Node, name: str, on_values: Callable[[list[TunableParameter], dict[str, Any]], None]
    ) -> None:
        self._name = name
        self._on_values = on_values
        self._names = list(PoseSettings.parameters())
        self._describe = node.create_client(DescribeParameters, f"{name}/describe_parameters")
        self._get = node.create_client(GetParameters, f"{name}/get_parameters")
        self._set = node.create_client(SetParameters, f"{name}/set_parameters")
        self._descriptors: dict[str, ParameterDescriptor] = {}
        self._kinds: dict[str, str] = {}

    @property
    def known(self) -> bool:
        """Whether the node is there and has told its parameters."""
        return bool(self._kinds)

    def refresh(self) -> None:
        """Ask for the values, and at first for what they mean; answers come later."""
        if not self._get.service_is_ready():
            if self._descriptors:
                # The node that comes in its place may be another version.
                self._descriptors, self._kinds = {}, {}
                self._on_values([], {})
            return
        if not self._descriptors:
            request = DescribeParameters.Request(names=self._names)
            self._describe.call_async(request).add_done_callback(self._take_descriptors)
        self._get.call_async(GetParameters.Request(names=self._names)).add_done_callback(self._take_values)

    def set(self, name: str, value: bool | int | float | str) -> Future[str]:
        """Ask for a change, from any thread; the result is why it was refused, empty if it was not."""
        answer: Future[str] = Future()
        kind = self._kinds.get(name, "")
        if not self._set.service_is_ready() or not kind:
            answer.set_result(f"the node '{self._name}' is not there: start it, or wait until it is back")
        elif type(value) not in _TYPES.get(kind, ()):
            answer.set_result(f"{name} is of type {kind}, not {type(value).__name__}")
        elif isinstance(value, int) and not -_INT64 <= value < _INT64:
            # The middleware would fail.
            answer.set_result(f"{name} is too large a number")
        else:
            request = SetParameters.Request(parameters=[_to_parameter(name, kind, value)])
            call = self._set.call_async(request)
            call.add_done_callback(lambda done: self._take_result(done, answer))
        return answer

    def _take_descriptors(self, done: Any) -> None:
        self._descriptors = dict(zip(self._names, done.result().descriptors, strict=False))
        self.refresh()

    def _take_values(self, done: Any) -> None:
        if not self._descriptors:
            return
        found: list[TunableParameter] = []
        values: dict[str, Any] = {}
        for name, value in zip(self._names, done.result().values, strict=False):
            if value.type not in _FIELDS:
                continue
            kind, field = _FIELDS[value.type]
            values[name] = list(getattr(value, field)) if kind == "strings" else getattr(value, field)
            self._kinds[name] = kind
            if kind != "strings":
                found.append(_tunable(name, kind, values[name], self._descriptors[name]))
        self._on_values(found, values)

    def _take_result(self, done: Any, answer: Future[str]) -> None:
        result = done.result().results[0]
        # Nobody waits any more if the answer took too long.
        if answer.set_running_or_notify_cancel():
            answer.set_result("" if result.successful else result.reason or "the node refuses, without a reason")
        self.refresh()


def _to_parameter(name: str, kind: str, value: bool | int | float | str) -> Parameter:
    type_id, field = next((type_id, field) for type_id, (known, field) in _FIELDS.items() if known == kind)
    converted = float(value) if kind == "double" else value
    return Parameter(name=name, value=ParameterValue(type=type_id, **{field: converted}))


def _tunable(name: str, kind: str, value: Any, descriptor: ParameterDescriptor) -> TunableParameter:
    ranges = [*descriptor.integer_range, *descriptor.floating_point_range]
    constraints = descriptor.additional_constraints.split("; ")
    choices: list[Any] = []
    if constraints[0].startswith(_CHOICES):
        choices = constraints[0][len(_CHOICES) :].split(", ")
    if kind == "integer":
        choices = [int(choice) for choice in choices]
    return TunableParameter(
        name,
        kind,
        value,
        descriptor.description,
        ranges[0].from_value if ranges else None,
        ranges[0].to_value if ranges else None,
        tuple(choices),
        live=not descriptor.read_only and not constraints[-1].startswith(_FIXED),
    )
