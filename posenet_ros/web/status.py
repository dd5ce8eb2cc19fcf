# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What the page tells beside the frames: diagnostics and parameters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Protocol

LEVELS = ("ok", "warning", "error", "stale")
_MAX_STATUSES = 24
_MAX_VALUES = 32
# rqt_robot_monitor and diagnostic_aggregator call a status stale after this time, too.
_STALE_S = 5.0
_FORGOTTEN_S = 60.0
_MAX_TEXT = 400
_NUMBER = re.compile(r"\d+(\.\d+)?")


@dataclass(frozen=True)
class Status:
    """A line of diagnostics; ``level`` is one of :data:`LEVELS`."""

    name: str
    level: str
    message: str
    hardware_id: str = ""
    values: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the status with long texts cut."""
        return {
            "name": self.name[:_MAX_TEXT],
            "level": self.level,
            "message": self.message[:_MAX_TEXT],
            "values": {key[:_MAX_TEXT]: text[:_MAX_TEXT] for key, text in list(self.values.items())[:_MAX_VALUES]},
        }


class StatusBoard:
    """The newest status of each name; times are in seconds of a clock that never jumps."""

    def __init__(self) -> None:
        self._statuses: dict[str, tuple[Status, float]] = {}

    def update(self, statuses: Iterable[Status], now: float) -> None:
        """Take over what came."""
        for status in statuses:
            self._statuses[status.name] = (status, now)

    def current(self, now: float) -> list[Status]:
        """Return errors before warnings, and mark what has not been renewed; no more than a page has room for."""
        self._statuses = {
            name: (status, time) for name, (status, time) in self._statuses.items() if now - time < _FORGOTTEN_S
        }
        found = [
            status
            if now - time < _STALE_S
            else replace(status, level="stale", message=f"no news for {now - time:.0f} s; it was: {status.message}")
            for status, time in self._statuses.values()
        ]
        order = ("error", "stale", "warning", "ok")
        return sorted(found, key=lambda status: order.index(status.level))[:_MAX_STATUSES]


def inference_ms(statuses: Sequence[Status], topic: str) -> float | None:
    """Return the median time of the network for the camera with that image topic, as the pose node reports it."""
    for status in statuses:
        if status.hardware_id == topic:
            for key, text in status.values.items():
                number = _NUMBER.match(text) if key.startswith("inference median (ms)") else None
                if number is not None:
                    return float(number.group())
    return None


@dataclass(frozen=True)
class TunableParameter:
    """A parameter of the pose node, as its descriptor describes it.

    :param kind: ``bool``, ``integer``, ``double`` or ``string``
    :param choices: the values that are accepted; empty where ``minimum`` and ``maximum`` or nothing say so
    :param live: whether a change takes effect while the node runs
    """

    name: str
    kind: str
    value: bool | int | float | str
    description: str = ""
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[int | float | str, ...] = ()
    live: bool = True

    def as_json(self) -> dict[str, Any]:
        """Return the fields by name."""
        return asdict(self)


class ParameterSetter(Protocol):
    """Passes a change on to the node whose parameter it is."""

    def __call__(self, name: str, value: bool | int | float | str) -> Future[str]:
        """Return at once; the result is the reason of a refusal, empty if the change was accepted."""
