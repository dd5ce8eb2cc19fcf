# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Which files are a bag, with or without its metadata.yaml."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from posenet_ros.errors import BagError
from posenet_ros.offline.locations import Location

METADATA = "metadata.yaml"
_COMPRESSED = (".zstd", ".zst")
_STORAGE = (".mcap", ".db3", ".bag")


@dataclass(frozen=True)
class BagFiles:
    """A bag: its name, where it is, and the files that hold its messages, in order."""

    name: str
    location: Location
    files: tuple[Location, ...]

    @property
    def sizes(self) -> dict[str, int]:
        """Name and size in bytes of each file: what a bag is recognised by."""
        return {file.name: file.stat().st_size for file in self.files}


def find_bags(inputs: Iterable[Location]) -> tuple[list[BagFiles], list[str]]:
    """Return the bags at the locations, and an error for each location without one.

    A location is a storage file (``.mcap``, ``.db3``, ``.bag``, also with ``.zstd``), a folder with such files, which
    is one bag, or a folder of bags. Bags of one name are errors, too: their outputs would have the same name.
    """
    found: dict[str, BagFiles] = {}
    errors = []
    for location in inputs:
        try:
            bags = _bags_at(location)
            if not bags:
                raise BagError(
                    f"'{location}' is no bag: expected a .mcap, .db3 or .bag file, or a folder with such files"
                )
        except (BagError, OSError) as error:
            errors.append(str(error))
            continue
        for bag in bags:
            if bag.name in found:
                errors.append(
                    f"'{bag.location}' and '{found[bag.name].location}' are both named {bag.name}: rename one, or run"
                    " twice with another --output"
                )
            else:
                found[bag.name] = bag
    return list(found.values()), errors


def _bags_at(location: Location) -> list[BagFiles]:
    if not location.exists():
        raise BagError(f"'{location}' does not exist; check the path")
    if not location.is_dir():
        return [BagFiles(_bag_name(location), location, (location,))] if is_storage(location) else []
    own = storage_files(location)
    if own and not any(_plain_name(file).endswith(".bag") for file in own):
        return [BagFiles(_bag_name(location), location, tuple(own))]
    # Each ROS 1 file is a bag of its own, and so is what lies beside it.
    bags = [BagFiles(_bag_name(file), file, (file,)) for file in own]
    for folder in sorted(location.iterdir(), key=lambda entry: entry.name):
        if folder.is_dir() and not folder.name.endswith(".part"):
            files = storage_files(folder)
            if files:
                bags.append(BagFiles(_bag_name(folder), folder, tuple(files)))
    return bags


def is_storage(file: Location) -> bool:
    """Return whether the name is that of a file with messages."""
    return _plain_name(file).endswith(_STORAGE)


def is_compressed(file: Location) -> bool:
    """Return whether the file as a whole is compressed."""
    return bool(file.name.endswith(_COMPRESSED))


def storage_files(folder: Location) -> list[Location]:
    """Return the files with messages in a folder, in the order in which they were recorded."""
    files = {file.name: file for file in folder.iterdir() if is_storage(file) and not file.is_dir()}
    # ros2 bag leaves what it unpacked beside the compressed file.
    return [
        file
        for name, file in sorted(files.items(), key=_natural)
        if not (is_compressed(file) and _plain_name(file) in files)
    ]


def _natural(item: tuple[str, Location]) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", item[0])]


def _plain_name(file: Location) -> str:
    name: str = file.name
    for suffix in _COMPRESSED:
        name = name.removesuffix(suffix)
    return name


def _bag_name(file: Location) -> str:
    # Of folders, too: readers take a folder named x.bag for a ROS 1 file.
    name = _plain_name(file)
    for suffix in _STORAGE:
        name = name.removesuffix(suffix)
    return name
