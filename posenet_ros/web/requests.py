# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What a page may say to the server: small JSON objects, each checked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TypeAlias

from posenet_ros.errors import BadRequestError

MAX_REQUEST_BYTES = 4096
_MAX_WIDTH = 16384
_MAX_NAME = 256


@dataclass(frozen=True)
class Watch:
    """Send the frames of a camera, for a canvas of so many pixels across; 0 asks for the full size."""

    camera: str
    width: int


@dataclass(frozen=True)
class Pause:
    """Send no more frames."""


@dataclass(frozen=True)
class Ready:
    """The last frame is drawn: the next one may come."""


@dataclass(frozen=True)
class Change:
    """Set a parameter."""

    name: str
    value: bool | int | float | str


Request: TypeAlias = Watch | Pause | Ready | Change

_FIELDS: dict[str, tuple[type, dict[str, tuple[type, ...]]]] = {
    "watch": (Watch, {"camera": (str,), "width": (int,)}),
    "pause": (Pause, {}),
    "ready": (Ready, {}),
    "set": (Change, {"name": (str,), "value": (bool, int, float, str)}),
}


def parse_request(text: str) -> Request:
    """Return the request in a message.

    :raises BadRequestError: if it is none
    """
    try:
        message = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise BadRequestError("not JSON") from error
    kind = message.get("type") if isinstance(message, dict) else None
    if not isinstance(kind, str) or kind not in _FIELDS:
        raise BadRequestError(f"no type of {', '.join(_FIELDS)}")
    make, fields = _FIELDS[kind]
    if message.keys() != {"type", *fields}:
        raise BadRequestError(f"{kind} has the fields {', '.join(fields) or 'none'}")
    for name, types in fields.items():
        # bool is an int to Python, but not to a page.
        if type(message[name]) not in types:
            raise BadRequestError(f"{name} of {kind} has the wrong type")
    request: Request = make(**{name: message[name] for name in fields})
    if isinstance(request, Watch) and not 0 <= request.width <= _MAX_WIDTH:
        raise BadRequestError(f"width is not between 0 and {_MAX_WIDTH}")
    if isinstance(request, Change) and len(request.name) > _MAX_NAME:
        raise BadRequestError("the name is too long")
    return request


def _refuse(constant: str) -> None:
    raise BadRequestError(f"{constant} is not JSON")
