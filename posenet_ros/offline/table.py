# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Poses as a table, for pandas, polars and spreadsheets. docs/bags.md describes the columns."""

from __future__ import annotations

import csv
import math
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from posenet_ros.errors import BagError
from posenet_ros.offline.bag_files import find_bags
from posenet_ros.offline.locations import Location, as_location, is_local
from posenet_ros.offline.message_types import POSE_ARRAY
from posenet_ros.offline.output_folder import OutputFolder
from posenet_ros.offline.recording import Recording
from posenet_ros.skeleton import KeypointId

Row = tuple[Any, ...]

# Name and type (of Arrow) of the columns that both kinds of rows begin with.
_IMAGE_COLUMNS = (
    ("bag", "string"),
    ("topic", "string"),
    ("frame_id", "string"),
    ("stamp_ns", "int64"),
    ("image_width", "int32"),
    ("image_height", "int32"),
    ("person", "int32"),
    ("id", "int32"),
    ("score", "float32"),
)
_KEYPOINT_COLUMNS = (
    ("x", "float32"),
    ("y", "float32"),
    ("score", "float32"),
    ("position_x", "float64"),
    ("position_y", "float64"),
    ("position_z", "float64"),
)
_ROWS_AT_ONCE = 20_000
_FORMATS = (".parquet", ".csv")


@dataclass(frozen=True)
class TableOptions:
    """Where a table goes, and what its rows are.

    :param by_keypoint: whether a row is a keypoint instead of a person
    """

    path: Location
    by_keypoint: bool

    @classmethod
    def of(cls, text: str, rows: str) -> TableOptions:
        """Return the options of a command line.

        :raises BagError: if the format is unknown, or its library is not installed
        """
        if not text.endswith(_FORMATS):
            raise BagError(f"'{text}' is no table: expected a file that ends in {' or '.join(_FORMATS)}")
        if text.endswith(".parquet"):
            try:
                import pyarrow.parquet  # noqa: F401, PLC0415 - an extra
            except ImportError as error:
                raise BagError(
                    f"a .parquet table needs pyarrow ({error}); install posenet_ros[tables], or name a .csv file"
                ) from error
        return cls(as_location(text), rows == "keypoint")

    @property
    def columns(self) -> tuple[tuple[str, str], ...]:
        """Name and type of each column."""
        if self.by_keypoint:
            names = tuple((f"keypoint_{name}" if name == "score" else name, kind) for name, kind in _KEYPOINT_COLUMNS)
            return (*_IMAGE_COLUMNS, ("keypoint", "string"), *names)
        parts = (part.name.lower() for part in KeypointId)
        return (*_IMAGE_COLUMNS, *((f"{part}_{name}", kind) for part in parts for name, kind in _KEYPOINT_COLUMNS))


def write_table(options: TableOptions, output: OutputFolder, names: Sequence[str]) -> int:
    """Write the poses of outputs to a table, which appears whole or not at all; return the number of rows.

    :raises BagError: if it cannot be written
    """
    count = 0
    try:
        with _whole_file(options.path) as path, ExitStack() as stack:
            writer = _csv_writer if path.suffix == ".csv" else _parquet_writer
            write = stack.enter_context(writer(path, options.columns))
            rows: list[Row] = []
            for name in sorted(names):
                for row in _rows(output, name, options.by_keypoint):
                    rows.append(row)
                    count += 1
                    if len(rows) == _ROWS_AT_ONCE:
                        write(rows)
                        rows = []
            write(rows)
    except OSError as error:
        raise BagError(f"cannot write '{options.path}': {error.strerror or error}; name another file") from error
    return count


def _rows(output: OutputFolder, name: str, by_keypoint: bool) -> Iterator[Row]:
    bags, _ = find_bags([output.of(name)])
    recording = Recording(bags[0], Path())
    topics = [topic.name for topic in recording.topics.values() if topic.kind == POSE_ARRAY]
    for topic, _, data in recording.messages(topics):
        message = recording.types.read(data, POSE_ARRAY)
        stamp = message.header.stamp
        image = (
            name,
            topic,
            message.header.frame_id,
            int(stamp.sec) * 10**9 + int(stamp.nanosec),
            message.image_width,
            message.image_height,
        )
        for place, pose in enumerate(message.poses):
            person = (*image, place, pose.id, pose.score)
            keypoints = [
                (k.x, k.y, k.score, _known(k.position.x), _known(k.position.y), _known(k.position.z))
                for k in pose.keypoints
            ]
            if by_keypoint:
                yield from (
                    (*person, part.name.lower(), *values) for part, values in zip(KeypointId, keypoints, strict=True)
                )
            else:
                yield (*person, *(value for values in keypoints for value in values))


def _known(metres: float) -> float | None:
    """Return the value; None, an empty cell, for NaN."""
    return None if math.isnan(metres) else metres


@contextmanager
def _whole_file(target: Location) -> Iterator[Path]:
    """Give a local file to write to; it is moved to the target at the end."""
    if is_local(target):
        part: Path = target.with_name(f"{target.name}.part{target.suffix}")
        try:
            yield part
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / target.name
        yield path
        with path.open("rb") as source, target.open("wb") as copy:
            while block := source.read(1 << 20):
                copy.write(block)


@contextmanager
def _csv_writer(path: Path, columns: Sequence[tuple[str, str]]) -> Iterator[Callable[[list[Row]], object]]:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([name for name, _ in columns])
        yield writer.writerows


@contextmanager
def _parquet_writer(path: Path, columns: Sequence[tuple[str, str]]) -> Iterator[Callable[[list[Row]], object]]:
    import pyarrow  # noqa: PLC0415 - an extra
    import pyarrow.parquet  # noqa: PLC0415

    schema = pyarrow.schema([(name, getattr(pyarrow, kind)()) for name, kind in columns])
    with pyarrow.parquet.ParquetWriter(path, schema, compression="zstd") as writer:

        def write(rows: list[Row]) -> None:
            cells = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
            arrays = [pyarrow.array(cell, field.type) for cell, field in zip(cells, schema, strict=True)]
            writer.write_table(pyarrow.table(arrays, schema=schema))

        yield write
