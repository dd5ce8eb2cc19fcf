# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The folder of the outputs: each appears whole or not at all, whenever the program is killed."""

from __future__ import annotations

import errno
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from posenet_ros.errors import BagError
from posenet_ros.offline.bag_files import METADATA
from posenet_ros.offline.locations import Location, is_local
from posenet_ros.offline.request import PROVENANCE_KEY

PART = ".part"
SEGMENTS = ".segments"


@dataclass(frozen=True)
class OutputFolder:
    """Where outputs go: a folder, or a URL. One run at a time may write to it."""

    location: Location

    def make(self) -> None:
        """Make the folder, if it is not there.

        :raises BagError: if that cannot be done
        """
        try:
            self.location.mkdir(parents=True, exist_ok=True)
            if is_local(self.location) and not os.access(self.location, os.W_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        except OSError as error:
            reason = error.strerror or error
            raise BagError(f"cannot write to '{self.location}': {reason}; choose another --output") from error

    def prepare(self) -> None:
        """Make the folder, and remove what an earlier run that was killed has left.

        :raises BagError: if that cannot be done
        """
        self.make()
        self.sweep()
        for kept in self.location.glob(f"*{SEGMENTS}"):
            try:
                if self.provenance(kept.name.removesuffix(SEGMENTS)) is not None:
                    remove_folder(kept)
            except BagError:
                continue  # Told when that bag's turn comes.

    def sweep(self) -> None:
        """Remove unfinished outputs."""
        if is_local(self.location):
            for leftover in self.location.glob(f"*{PART}"):
                _remove(leftover)

    def of(self, name: str) -> Location:
        """Return where the output of that name is, or will be."""
        return self.location / name

    def segments_of(self, name: str) -> Location:
        """Return the folder of what is known so far of a bag that is read in segments."""
        return self.location / f"{name}{SEGMENTS}"

    def provenance(self, name: str) -> dict[str, Any] | None:
        """Return what made an output and what is in it; None if there is no whole output.

        :raises BagError: if something else is in its place
        """
        path = self.of(name) / METADATA
        try:
            content = yaml.load(path.read_text(encoding="utf-8"), _YAML)  # noqa: S506 - a safe one
            found = json.loads(content["rosbag2_bagfile_information"]["custom_data"][PROVENANCE_KEY])
        except FileNotFoundError:
            if is_local(self.location) and self.of(name).exists():
                raise BagError(f"'{self.of(name)}' is there and is no bag: choose another --output") from None
            return None
        except (OSError, yaml.YAMLError, LookupError, TypeError, ValueError) as error:
            raise BagError(
                f"'{self.of(name)}' is there and was not made by posenet-bag: choose another --output"
            ) from error
        assert isinstance(found, dict)
        return found

    @contextmanager
    def part(self, name: str) -> Iterator[Path]:
        """Give a folder of this machine for work on an output; it is removed at the end."""
        if not is_local(self.location):
            with tempfile.TemporaryDirectory(prefix="posenet-bag-") as folder:
                yield Path(folder)
            return
        part: Path = self.location / f"{name}{PART}"
        _remove(part)
        part.mkdir()
        try:
            yield part
        finally:
            _remove(part)

    def publish(self, folder: Path) -> None:
        """Move a bag that is finished to its place, under its name."""
        if is_local(self.location):
            for file in folder.iterdir():
                _sync(file)
            _sync(folder)
            folder.rename(self.of(folder.name))
            _sync(self.location)
            return
        target = self.of(folder.name)
        # A bag is there once its metadata is: it goes last.
        for file in sorted(folder.iterdir(), key=lambda file: file.name == METADATA):
            with file.open("rb") as source, (target / file.name).open("wb") as copy:
                shutil.copyfileobj(source, copy, 1 << 20)


_YAML = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def remove_folder(location: Location) -> None:
    """Remove a folder of flat files, here or behind a URL."""
    if is_local(location):
        _remove(location)
    elif location.exists():
        location.fs.rm(location.path, recursive=True)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    """Have the disk hold what was written, so that a rename never comes before it."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
