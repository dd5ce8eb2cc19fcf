# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The files of the page, read once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

_FOLDER = Path(__file__).with_name("page")
_TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True)
class PageFile:
    """A file, and its media type."""

    content: bytes
    media_type: str


@dataclass(frozen=True)
class Page:
    """The files by their paths on the server, and a mark that changes with them."""

    files: dict[str, PageFile]
    version: str


def read_page() -> Page:
    """Return the page; ``/`` is index.html."""
    paths = sorted(path for path in _FOLDER.iterdir() if path.suffix in _TYPES)
    files = {f"/{path.name}": PageFile(path.read_bytes(), _TYPES[path.suffix]) for path in paths}
    digest = hashlib.sha256(b"".join(file.content for file in files.values())).hexdigest()
    files["/"] = files.pop("/index.html")
    return Page(files, digest[:16])
