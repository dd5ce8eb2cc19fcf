# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Where bags are: folders and files of this machine, or URLs such as ``s3://bucket/bag``."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeAlias

from posenet_ros.errors import BagError

Location: TypeAlias = Any
"""A ``pathlib.Path``, or what behaves like one for a URL (universal_pathlib's UPath)."""


def as_location(text: str) -> Location:
    """Return the path or URL that a text names.

    :raises BagError: if the library for such URLs is not installed
    """
    if "://" not in text:
        return Path(text)
    try:
        from upath import UPath  # noqa: PLC0415 - an extra

        location = UPath(text)
        location.fs  # noqa: B018 - loads the library of the protocol, such as s3fs
    except (ImportError, ValueError) as error:
        raise BagError(
            f"'{text}' cannot be opened ({error}); install posenet_ros[remote] and the fsspec library of this protocol,"
            " such as s3fs or gcsfs"
        ) from error
    return location


def is_local(location: Location) -> bool:
    """Return whether a location is on this machine's file systems."""
    return isinstance(location, Path)
