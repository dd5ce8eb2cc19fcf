# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""ROS messages without ROS: the types of rosbags, and this package's own from their definitions."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from rosbags.convert.converter import default_message
from rosbags.typesys import Stores, get_types_from_msg, get_typestore

from posenet_ros.errors import BagError

POSE_ARRAY = "posenet_ros/msg/PoseArray"
_OWN_MESSAGES = ("Keypoint", "Pose", "PoseArray")
_STORES = {
    "humble": Stores.ROS2_HUMBLE,
    "iron": Stores.ROS2_IRON,
    "jazzy": Stores.ROS2_JAZZY,
    "kilted": Stores.ROS2_KILTED,
    "lyrical": Stores.ROS2_LYRICAL,
    "rolling": Stores.ROS2_LYRICAL,
}
# Of bags that do not name theirs: Humble and Jazzy are what is in use.
_USUAL_DISTRIBUTION = "jazzy"


class MessageTypes:
    """The message types of a ROS distribution, and those of this package.

    :param store: rosbags' store of types
    """

    def __init__(self, store: Any) -> None:
        self.store = store
        self._blanks: dict[str, tuple[Any, dict[str, Any]]] = {}

    def new(self, kind: str, **fields: object) -> Any:
        """Return a message of zeros and empty texts, but for the fields that are given.

        Messages share what is not given: do not change it in place.
        """
        if kind not in self._blanks:
            blank: Any = default_message(self.store, kind)
            names = [name for name, _ in self.store.fielddefs[kind][1]]
            self._blanks[kind] = type(blank), {name: getattr(blank, name) for name in names}
        message, defaults = self._blanks[kind]
        return message(**(defaults | fields))

    def fresh(self, kind: str, **fields: object) -> Any:
        """Return a message as :meth:`new` does, of which nothing is shared."""
        message = default_message(self.store, kind)
        for name, value in fields.items():
            setattr(message, name, value)
        return message

    def read(self, data: bytes | memoryview, kind: str) -> Any:
        """Return the message in serialized bytes (CDR).

        :raises BagError: if they are no such message
        """
        try:
            return self.store.deserialize_cdr(data, kind)
        # Damaged bytes make errors of every kind.
        except Exception as error:
            raise BagError(f"its {len(data)} bytes are no {kind} ({type(error).__name__}: {error})") from error

    def write(self, message: Any) -> memoryview:
        """Return the message as serialized bytes (CDR)."""
        content: memoryview = self.store.serialize_cdr(message, message.__msgtype__)
        return content


@lru_cache
def message_types(distribution: str | None) -> MessageTypes:
    """Return the types of a ROS 2 distribution; of the usual one if there is none of that name."""
    store = get_typestore(_STORES.get(distribution or "", _STORES[_USUAL_DISTRIBUTION]))
    types: dict[str, Any] = {}
    for name in _OWN_MESSAGES:
        types |= get_types_from_msg(_definition(name), f"posenet_ros/msg/{name}")
    store.register(types)
    return MessageTypes(store)


def full_type_name(kind: str) -> str:
    """Return ``package/msg/Name`` for ``package/Name``, as old recorders wrote it."""
    package, _, name = kind.partition("/")
    return kind if "/" in name else f"{package}/msg/{name}"


def _definition(name: str) -> str:
    package = Path(__file__).parents[1]
    # Installed, the definitions are in the package; in the sources, beside it.
    for folder in (package / "message_definitions", package.parent / "msg"):
        path = folder / f"{name}.msg"
        if path.is_file():
            return path.read_text(encoding="utf-8")
    raise BagError(f"the definition of posenet_ros/{name} is missing beside {package}; install the package again")
