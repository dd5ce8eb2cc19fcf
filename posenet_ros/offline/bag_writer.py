# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A bag that is written: its topics as recorders write them, so that every ros2 bag from Humble on plays it."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from rosbags.interfaces import Connection, Qos, QosDurability, QosHistory, QosLiveliness, QosReliability, QosTime
from rosbags.rosbag2 import StoragePlugin, Writer
from rosbags.typesys import Stores, TypesysError, get_types_from_msg, get_typestore

from posenet_ros.offline.message_types import MessageTypes
from posenet_ros.offline.recording import Topic
from posenet_ros.offline.request import PROVENANCE_KEY

STORAGES = {"mcap": StoragePlugin.MCAP, "sqlite3": StoragePlugin.SQLITE3}
# Newer metadata holds the quality of service in a form that Humble does not read.
_METADATA_VERSION: Literal[8] = 8
# What recorders write for no limit: 2^63 - 1 nanoseconds.
_FOREVER = QosTime(9223372036, 854775807)
_RELIABLE = Qos(
    QosHistory.KEEP_LAST,
    10,
    QosReliability.RELIABLE,
    QosDurability.VOLATILE,
    _FOREVER,
    _FOREVER,
    QosLiveliness.AUTOMATIC,
    _FOREVER,
    False,
)


class BagWriter:
    """Writes a bag into a folder that is made for it.

    :param folder: its name is the name of the bag
    :param storage: a key of :data:`STORAGES`
    :param types: the types of its messages
    """

    def __init__(self, folder: Path, storage: str, types: MessageTypes) -> None:
        self._types = types
        self._writer = Writer(folder, version=_METADATA_VERSION, storage_plugin=STORAGES[storage])
        self._connections: dict[str, Connection] = {}
        self._stack = ExitStack()

    def __enter__(self) -> BagWriter:
        """Make the folder."""
        self._stack.enter_context(self._writer)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Finish the bag, or leave it unfinished after an error."""
        self._stack.__exit__(kind, error, traceback)

    def add_topic(self, name: str, kind: str) -> None:
        """Add a topic with results."""
        self._connections[name] = self._writer.add_connection(
            name, kind, typestore=self._types.store, offered_qos_profiles=[_RELIABLE]
        )

    def copy_topic(self, topic: Topic) -> bool:
        """Add a topic of the input; return whether that can be done: without its definition it cannot."""
        store: Any = self._types.store
        if topic.kind not in store.fielddefs:
            try:
                store = get_typestore(Stores.EMPTY)
                store.register(get_types_from_msg(topic.definition, topic.kind))
                store.get_msgdef(topic.kind)
            except (TypesysError, LookupError):
                return False
        self._connections[topic.name] = self._writer.add_connection(
            topic.name, topic.kind, typestore=store, offered_qos_profiles=topic.qos
        )
        return True

    def write(self, topic: str, time: int, data: bytes | memoryview) -> None:
        """Write a serialized message with its time of recording in nanoseconds."""
        self._writer.write(self._connections[topic], time, data)

    def write_message(self, topic: str, time: int, message: Any) -> None:
        """Write a message."""
        self.write(topic, time, self._types.write(message))

    def has_topic(self, name: str) -> bool:
        """Return whether a topic was added."""
        return name in self._connections

    def set_provenance(self, text: str) -> None:
        """Keep a text in the metadata."""
        self._writer.set_custom_data(PROVENANCE_KEY, text)
