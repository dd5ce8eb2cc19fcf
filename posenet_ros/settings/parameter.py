# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Settings as frozen dataclasses: each field has a default, a description and its valid values.

ROS parameters, ``config/pose.yaml``, the tables in the documentation and command lines follow from them.
"""

from __future__ import annotations

import reprlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar

from posenet_ros.errors import SettingError

AT_START = "it is read when the node starts"
"""Why a setting can never change while the node runs."""

ON_CONFIGURE = "it takes effect on configure"
"""Why a setting cannot change while the node is configured."""

RECTIFIED = (
    "True if the images are rectified: positions then follow from P of camera_info, else from K and the distortion."
)
"""A description that nodes share."""

Value = bool | int | float | str | tuple[str, ...]
_METADATA = "parameter"
_T = TypeVar("_T", bound="Settings")
_KINDS = {bool: "true or false", int: "an integer", float: "a number", str: "text", tuple: "a list of texts"}


@dataclass(frozen=True)
class Parameter:
    """What a setting means, and its valid values.

    :param default: its type is the setting's type
    :param description: a text that stands alone: what it is, its unit, what 0 or empty means
    :param choices: all valid values, if there are few
    :param minimum: smallest number
    :param maximum: largest number
    :param fixed: AT_START or ON_CONFIGURE; empty if the value may change at any time
    """

    default: Any
    description: str
    choices: tuple[int | str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    fixed: str = ""

    @property
    def read_only(self) -> bool:
        """Whether the value never changes while the node runs."""
        return self.fixed == AT_START

    def meaning(self) -> str:
        """Return the description, and when a change takes effect if that is not at once."""
        return f"{self.description} Takes effect on configure." if self.fixed == ON_CONFIGURE else self.description

    def expected(self) -> str:
        """Return the valid values, as in 'an integer from 1 to 100'."""
        if self.choices:
            return f"one of {', '.join(map(str, self.choices))}"
        kind = _KINDS[type(self.default)]
        if self.minimum is None or self.maximum is None:
            return kind
        return f"{kind} from {self.minimum:g} to {self.maximum:g}"

    def converted(self, name: str, value: object) -> Value:
        """Return a value as the type of the default.

        An integer is accepted for a number or a text, since command lines cannot tell them apart.

        :raises SettingError: if it is of another type, or out of range
        """
        kind = type(self.default)
        result: Value | None = None
        if kind is tuple:
            if isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value):
                result = tuple(value)
        elif isinstance(value, bool) or kind is bool:
            result = value if isinstance(value, bool) and kind is bool else None
        elif isinstance(value, (int, float)) and kind is float:
            result = float(value)
        elif isinstance(value, int) and kind is str:
            result = str(value)
        elif isinstance(value, (int, str)) and isinstance(value, kind):
            result = value
        # NaN is in no range.
        if (
            result is None
            or (self.choices and result not in self.choices)
            or (isinstance(result, (int, float)) and self.minimum is not None and not result >= self.minimum)
            or (isinstance(result, (int, float)) and self.maximum is not None and not result <= self.maximum)
        ):
            raise SettingError(f"{name} is {reprlib.repr(value)}, expected {self.expected()}")
        return result


def parameter(
    default: Any,
    description: str,
    *,
    choices: tuple[int | str, ...] = (),
    minimum: float | None = None,
    maximum: float | None = None,
    fixed: str = "",
) -> Any:
    """Return the field of a :class:`Settings` class; the arguments are those of :class:`Parameter`."""
    return field(
        default=default,
        metadata={_METADATA: Parameter(default, description, choices, minimum, maximum, fixed)},
    )


@dataclass(frozen=True)
class Settings:
    """The base of all settings: its fields are made by :func:`parameter`.

    :raises SettingError: if a value is of another type than its default, or out of range
    """

    def __post_init__(self) -> None:
        """Check every value."""
        for name, spec in self.parameters().items():
            object.__setattr__(self, name, spec.converted(name, getattr(self, name)))

    @classmethod
    def parameters(cls) -> dict[str, Parameter]:
        """Return the parameter of each setting by name, in the order of the fields."""
        return {entry.name: entry.metadata[_METADATA] for entry in fields(cls)}

    @classmethod
    def defaults(cls) -> dict[str, Any]:
        """Return the default of each setting."""
        return {name: spec.default for name, spec in cls.parameters().items()}

    @classmethod
    def from_values(cls: type[_T], values: Mapping[str, object]) -> _T:
        """Return the settings with these values, and the defaults for all others.

        :raises SettingError: if there is no such setting, or a value is wrong
        """
        specs = cls.parameters()
        for name in values:
            if name not in specs:
                raise SettingError(f"there is no parameter '{name}'; the parameters are {', '.join(specs)}")
        return cls(**values)

    @classmethod
    def taken_from(cls: type[_T], settings: Settings) -> _T:
        """Return the part of larger settings that this class names."""
        return cls(**{name: getattr(settings, name) for name in cls.parameters()})


def as_yaml(value: Any) -> str:
    """Return a value as a parameter file and ``-p name:=value`` write it."""
    if isinstance(value, tuple):
        return "[" + ", ".join(f'"{item}"' for item in value) + "]"
    if isinstance(value, str) and (not value or value.isdigit()):
        return f'"{value}"'
    return str(value).lower() if isinstance(value, bool) else str(value)
