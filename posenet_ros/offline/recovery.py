# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What is left of a storage file whose recorder was killed, or that is damaged, as a whole MCAP file.

The layout of an MCAP file is that of its specification (https://mcap.dev/spec): records of one byte that names their
kind, eight bytes of length, and content. Chunks hold compressed records.
"""

from __future__ import annotations

import shutil
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import lz4.frame
import zstandard
from mcap.data_stream import ReadDataStream
from mcap.opcode import Opcode
from mcap.records import Channel, Chunk, Message, Schema
from mcap.writer import CompressionType, Writer

_MAGIC = b"\x89MCAP0\r\n"
_RECORD_HEAD = 9
# https://www.sqlite.org/fileformat.html
_SQLITE_HEAD = 100


@dataclass
class Recovery:
    """What was found in a damaged file."""

    messages: int = 0
    last_time: int = 0
    """Nanoseconds, of the last message."""
    damages: list[str] = field(default_factory=list)
    """What could not be read, in the order of the file."""


def recover_mcap(source: BinaryIO, target: Path) -> Recovery:
    """Write every message that can be read to a whole MCAP file.

    Damaged chunks are passed over; of the one in which the file ends, the messages before the cut are read.

    :raises ValueError: if the file is no MCAP file
    """
    if source.read(len(_MAGIC)) != _MAGIC:
        raise ValueError("the file does not begin as an MCAP file does")
    copy = _Copy(target)
    try:
        for kind, content, offset, whole in _records(source):
            if kind == Opcode.CHUNK:
                _copy_chunk(copy, content, offset, whole)
            elif whole:
                copy.add(kind, content)
            if not whole:
                copy.found.damages.append(f"the file ends at byte {offset + _RECORD_HEAD + len(content)}")
            if kind == Opcode.DATA_END:
                break
    finally:
        copy.finish()
    return copy.found


def recover_sqlite3(source: BinaryIO, target: Path) -> Recovery:
    """Write the messages before the first that cannot be read to a whole MCAP file.

    :raises sqlite3.Error: if not even the topics can be read
    """
    padded = target.with_suffix(".db3")
    try:
        with padded.open("wb") as copy:
            shutil.copyfileobj(source, copy, 1 << 20)
        with padded.open("r+b") as copy:
            head = copy.read(_SQLITE_HEAD)
            page = int.from_bytes(head[16:18], "big")
            pages = int.from_bytes(head[28:32], "big")
            # SQLite opens no file that is shorter than its head says.
            copy.truncate(max(pages * (65536 if page == 1 else page), padded.stat().st_size))
        return _copy_rows(padded, target)
    finally:
        padded.unlink(missing_ok=True)


def _copy_rows(source: Path, target: Path) -> Recovery:
    with closing(sqlite3.connect(f"file:{source}?immutable=1", uri=True)) as database:
        columns = {row[1] for row in database.execute("PRAGMA table_info(topics)")}
        qos = "offered_qos_profiles" if "offered_qos_profiles" in columns else "''"
        topics = list(database.execute(f"SELECT id, name, type, {qos} FROM topics"))  # noqa: S608 - a constant
        copy = _Copy(target)
        try:
            for number, name, kind, profiles in topics:
                copy.schema(Schema(id=number, name=kind, encoding="ros2msg", data=b""))
                metadata = {"offered_qos_profiles": profiles or ""}
                copy.channel(
                    Channel(id=number, topic=name, message_encoding="cdr", metadata=metadata, schema_id=number)
                )
            for number, time, data in database.execute("SELECT topic_id, timestamp, data FROM messages ORDER BY id"):
                copy.message(Message(channel_id=number, log_time=time, publish_time=time, sequence=0, data=data))
        except sqlite3.Error as error:
            copy.found.damages.append(str(error))
        finally:
            copy.finish()
    return copy.found


class _Copy:
    """An MCAP file to which the records of another are added."""

    def __init__(self, target: Path) -> None:
        self.found = Recovery()
        self._stream = target.open("wb")
        self._writer = Writer(self._stream, compression=CompressionType.NONE)
        self._writer.start(profile="ros2", library="posenet_ros")
        self._schemas: dict[int, int] = {0: 0}
        self._channels: dict[int, int] = {}

    def add(self, kind: int, content: bytes) -> None:
        stream = ReadDataStream(BytesIO(content))
        if kind == Opcode.SCHEMA:
            self.schema(Schema.read(stream))
        elif kind == Opcode.CHANNEL:
            self.channel(Channel.read(stream))
        elif kind == Opcode.MESSAGE:
            self.message(Message.read(stream, len(content)))

    def schema(self, record: Schema) -> None:
        if record.id not in self._schemas:
            self._schemas[record.id] = self._writer.register_schema(record.name, record.encoding, record.data)

    def channel(self, record: Channel) -> None:
        if record.id not in self._channels:
            self._channels[record.id] = self._writer.register_channel(
                record.topic, record.message_encoding, self._schemas[record.schema_id], record.metadata
            )

    def message(self, record: Message) -> None:
        channel = self._channels[record.channel_id]
        self._writer.add_message(channel, record.log_time, record.data, record.publish_time, record.sequence)
        self.found.messages += 1
        self.found.last_time = max(self.found.last_time, record.log_time)

    def finish(self) -> None:
        self._writer.finish()
        self._stream.close()


def _records(source: BinaryIO) -> Iterator[tuple[int, bytes, int, bool]]:
    """Yield kind, content and offset of each record, and whether it is whole."""
    while True:
        offset = source.tell()
        head = source.read(_RECORD_HEAD)
        if len(head) < _RECORD_HEAD:
            yield 0, b"", offset, False
            return
        length = int.from_bytes(head[1:], "little")
        content = source.read(length)
        whole = len(content) == length
        yield head[0], content, offset, whole
        if not whole:
            return


def _copy_chunk(copy: _Copy, content: bytes, offset: int, whole: bool) -> None:
    try:
        records = _unpacked(content, whole)
        for kind, record, _, record_whole in _records(BytesIO(records)):
            if record_whole:
                copy.add(kind, record)
    # The libraries for compression raise errors of many kinds, and damaged records anything.
    except Exception as error:  # noqa: BLE001
        copy.found.damages.append(f"the chunk of {len(content)} bytes at byte {offset} is damaged ({error})")


def _unpacked(content: bytes, whole: bool) -> bytes:
    """Return the records of a chunk, as far as they can be had."""
    if whole:
        chunk = Chunk.read(ReadDataStream(BytesIO(content)))
        data = _decompress(chunk.compression, chunk.data)
        if chunk.uncompressed_crc and zlib.crc32(data) != chunk.uncompressed_crc:
            raise ValueError("its checksum is wrong")
        return data
    name_length = int.from_bytes(content[28:32], "little")
    return _decompress(content[32 : 32 + name_length].decode(), content[40 + name_length :])


def _decompress(compression: str, data: bytes) -> bytes:
    """Return the data; of a stream that is cut off, what comes before the cut."""
    decompressor: Any
    if compression == "zstd":
        decompressor = zstandard.ZstdDecompressor().decompressobj()
    elif compression == "lz4":
        decompressor = lz4.frame.LZ4FrameDecompressor()
    elif not compression:
        return data
    else:
        raise ValueError(f"its compression is '{compression}', expected zstd, lz4 or none")
    unpacked: bytes = decompressor.decompress(data)
    return unpacked
