# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A bag that is read: its topics, and its messages in the order of time."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import yaml
import zstandard
from rosbags.interfaces import Qos
from rosbags.rosbag1 import Reader as Ros1Reader
from rosbags.rosbag2 import Reader as Ros2Reader

from posenet_ros.errors import BagError
from posenet_ros.offline.bag_files import METADATA, BagFiles, is_compressed
from posenet_ros.offline.locations import Location
from posenet_ros.offline.message_types import MessageTypes, full_type_name, message_types
from posenet_ros.offline.recovery import Recovery, recover_mcap, recover_sqlite3

# No CDR message begins like this.
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"

RawMessage: TypeAlias = tuple[str, int, bytes]
"""Topic, time of recording in nanoseconds, and serialized message (CDR)."""


@dataclass(frozen=True)
class Topic:
    """A topic of a bag; ``definition`` and ``digest`` are empty where the bag does not hold them."""

    name: str
    kind: str
    count: int
    qos: tuple[Qos, ...]
    definition: str
    digest: str


class Recording:
    """A bag. Files that are cut off or damaged are read as far as they can be; ``notes`` tell of it.

    :param bag: the files
    :param scratch: a folder for what must be unpacked or recovered; the caller removes it
    :raises BagError: if nothing of the bag can be read
    """

    def __init__(self, bag: BagFiles, scratch: Path) -> None:
        self.bag = bag
        self.notes: list[str] = []
        self._failed = False
        self._was_recovered = False
        self._scratch = scratch
        self._is_ros1 = bag.files[0].name.endswith(".bag")
        distribution = self._distribution()
        self.types: MessageTypes = message_types(distribution)
        self._files = [self._unpacked(file) for file in bag.files]
        self._spans: list[tuple[int, int]] = []
        topics: dict[str, Topic] = {}
        errors = []
        for index in range(len(self._files)):
            self._spans.append((0, 0))
            try:
                with closing(self._open(index)) as reader:
                    if reader.message_count:
                        self._spans[index] = reader.start_time, reader.end_time
                    for connection in reader.connections:
                        _merge(topics, connection)
            except BagError as error:
                errors.append(str(error))
        if len(errors) == len(self._files):
            raise BagError("; ".join(errors))
        self.notes += errors
        self.topics = topics
        spans = [span for span in self._spans if span[1]]
        self.start_time = min((span[0] for span in spans), default=0)
        """Nanoseconds, of the first message; 0 without messages."""
        self.end_time = max((span[1] for span in spans), default=0)
        """Nanoseconds, behind the last message."""

    def messages(
        self, topics: Collection[str], start: int | None = None, stop: int | None = None
    ) -> Iterator[RawMessage]:
        """Yield the messages of topics, from ``start`` to before ``stop`` in nanoseconds, in the order of time.

        Every call reads for itself, so that several can go on at once.

        :raises BagError: where the bag cannot be read on
        """
        # A bag of many files is read with few of them open.
        waiting = sorted(range(len(self._files)), key=lambda index: (self._spans[index][0], index), reverse=True)
        running: list[tuple[int, int, RawMessage, Iterator[RawMessage]]] = []
        while waiting or running:
            while waiting and (not running or self._spans[waiting[-1]][0] <= running[0][0]):
                index = waiting.pop()
                self._advance(running, index, self._messages_of(index, topics, start, stop))
            if running:
                _, index, message, source = heapq.heappop(running)
                yield message
                self._advance(running, index, source)

    def recover(self) -> bool:
        """Copy what can be read of damaged files, after an error; return whether it was one of reading."""
        if not self._failed or self._was_recovered or self._is_ros1:
            return False
        self._was_recovered = True
        for index in range(len(self._files)):
            self._recover(index, "is damaged")
        return True

    @staticmethod
    def _advance(running: list[Any], index: int, source: Iterator[RawMessage]) -> None:
        message = next(source, None)
        if message is not None:
            heapq.heappush(running, (message[1], index, message, source))

    def _messages_of(
        self, index: int, topics: Collection[str], start: int | None, stop: int | None
    ) -> Iterator[RawMessage]:
        first, behind = self._spans[index]
        if not behind or (stop is not None and first >= stop) or (start is not None and behind <= start):
            return
        with closing(self._open(index)) as reader:
            connections = [connection for connection in reader.connections if connection.topic in topics]
            if not connections:
                return
            try:
                for connection, time, data in reader.messages(connections, start, stop):
                    yield connection.topic, time, self._as_cdr(data, connection.msgtype)
            except BagError:
                raise
            # Damaged files make errors of every kind, those of the libraries for compression and databases too.
            except Exception as error:
                self._failed = True
                raise BagError(
                    f"{self._files[index].name} cannot be read on ({type(error).__name__}: {error})"
                ) from error

    def _as_cdr(self, data: bytes, kind: str) -> bytes:
        if self._is_ros1:
            return bytes(self.types.store.ros1_to_cdr(data, kind)) if kind in self.types.store.fielddefs else data
        return zstandard.ZstdDecompressor().decompressobj().decompress(data) if data[:4] == _ZSTD_MAGIC else data

    def _open(self, index: int) -> Any:
        """Return rosbags' reader of a file, which is recovered first if need be."""
        try:
            return _opened(self._files[index], self._is_ros1)
        except PermissionError:
            raise
        except Exception as error:
            if self._is_ros1 or not self._recover(index, str(error)):
                cure = "; run 'rosbag reindex' on it" if "not indexed" in str(error) else ""
                raise BagError(f"{self._files[index].name} cannot be read: {error}{cure}") from error
            return _opened(self._files[index], self._is_ros1)

    def _recover(self, index: int, reason: str) -> bool:
        file = self._files[index]
        target = self._scratch / f"recovered_{index}.mcap"
        if file == target:
            return False
        try:
            recovery = self._recovered(file, target)
        except PermissionError:
            raise
        # Whatever it is, the caller has an error that tells more.
        except Exception:  # noqa: BLE001
            return False
        self._files[index] = target
        if recovery.damages:
            self.notes.append(
                f"{file.name} is not whole ({'; '.join(recovery.damages)}): {recovery.messages} messages were read, the"
                f" last of {recovery.last_time / 1e9:.3f} s"
            )
        else:
            self.notes.append(f"{file.name} has no index ({reason}): all its {recovery.messages} messages were read")
        return True

    def _recovered(self, file: Location, target: Path) -> Recovery:
        with file.open("rb") as source:
            return (recover_sqlite3 if file.name.endswith(".db3") else recover_mcap)(source, target)

    def _unpacked(self, file: Location) -> Location:
        if not is_compressed(file):
            return file
        target = self._scratch / file.name.rsplit(".", 1)[0]
        try:
            with file.open("rb") as packed, target.open("wb") as copy:
                zstandard.ZstdDecompressor().copy_stream(packed, copy)
        except zstandard.ZstdError as error:
            self.notes.append(f"{file.name} cannot be unpacked to its end ({error})")
        return target

    def _distribution(self) -> str | None:
        folder = self.bag.location
        if self._is_ros1 or not folder.is_dir():
            return None
        try:
            content = yaml.safe_load((folder / METADATA).read_text(encoding="utf-8"))
            distribution = content["rosbag2_bagfile_information"].get("ros_distro")
        except FileNotFoundError:
            self.notes.append(f"there is no {METADATA}: the recorder was ended; what is in the files was read")
        except (OSError, yaml.YAMLError, LookupError, TypeError, AttributeError, UnicodeDecodeError) as error:
            self.notes.append(f"{METADATA} cannot be read ({type(error).__name__}): what is in the files was read")
        else:
            return str(distribution) if distribution else None
        return None


def _opened(file: Location, is_ros1: bool) -> Any:
    reader: Any = Ros1Reader(file) if is_ros1 else Ros2Reader(file)
    with ExitStack() as stack:
        reader.open()
        stack.callback(reader.close)
        reader.connections  # noqa: B018 - damaged files can fail here
        stack.pop_all()
    return reader


def _merge(topics: dict[str, Topic], connection: Any) -> None:
    """Add a connection to the topics; several publishers of a topic, and several files, are one topic."""
    known = topics.get(connection.topic)
    kind = full_type_name(connection.msgtype)
    if known is not None:
        if known.kind == kind:
            topics[connection.topic] = Topic(
                known.name,
                kind,
                known.count + connection.msgcount,
                known.qos,
                known.definition or connection.msgdef.data,
                known.digest or connection.digest,
            )
        return
    qos = tuple(getattr(connection.ext, "offered_qos_profiles", ()))
    topics[connection.topic] = Topic(
        connection.topic, kind, connection.msgcount, qos, connection.msgdef.data, connection.digest
    )
