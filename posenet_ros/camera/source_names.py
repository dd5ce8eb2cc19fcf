# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The names of sources of images: what they are, and how they are told without their passwords."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import unquote

from posenet_ros.errors import SourceError

KINDS = "a webcam index, a picture, a folder of pictures, a video or a URL"
# What FFmpeg and GStreamer open as a stream.
_SCHEMES = (
    "ftp",
    "hls",
    "http",
    "https",
    "mms",
    "rtmp",
    "rtmps",
    "rtp",
    "rtsp",
    "rtsps",
    "srt",
    "tcp",
    "tls",
    "udp",
    "v4l2",
)
_HOST = re.compile(r"[A-Za-z0-9._-]+(:\d+)?|\[[0-9A-Fa-f:.]+\](:\d+)?")
_VARIABLE = re.compile(r"\$\{(\w+)\}")


def is_device(name: str) -> bool:
    """Return whether a name is a webcam's: an index, or a path such as /dev/v4l/by-id/..."""
    return name.isdecimal() or name.startswith("/dev/")


def is_stream(name: str) -> bool:
    """Return whether a name is a stream's URL.

    :raises SourceError: if it is a URL that can never be opened
    """
    scheme, separator, _ = name.partition("://")
    if not separator:
        if re.match(r"[a-z]{3,5}:/", name):
            # Not shown: it may hold a password.
            raise SourceError(f"the source begins with '{name.partition(':')[0]}:/': a URL has two slashes there")
        return False
    if scheme.lower() not in _SCHEMES:
        known = ", ".join(_SCHEMES)
        raise SourceError(f"the source is a URL of the unknown kind '{scheme}': give one of {known}, or {KINDS}")
    return True


def with_variables(url: str) -> str:
    """Return a URL with the environment's value for each ``${NAME}``, so that passwords need not be parameters.

    :raises SourceError: if there is no such variable
    """

    def value(match: re.Match[str]) -> str:
        if match[1] not in os.environ:
            raise SourceError(f"the source names the environment variable '{match[1]}', which is not set")
        return os.environ[match[1]]

    return _VARIABLE.sub(value, url)


def described(name: str) -> str:
    """Return a webcam's or stream's name for messages: of a URL, the kind and the host.

    Cameras take passwords before the host, in the path and in the query, and passwords hold any character: nothing else
    is shown, and no host where it is not sure which part that is.
    """
    if is_device(name):
        return f"webcam {name}"
    scheme, _, rest = name.partition("://")
    authority = re.split(r"[/?#;]", rest, maxsplit=1)[0]
    host = authority.rpartition("@")[2]
    # An '@' behind the host may be that of a password with a slash in it.
    if rest.count("@") > 1 or ("@" in rest) != ("@" in authority) or not _HOST.fullmatch(host):
        return f"stream '{scheme}://...'"
    return f"stream '{scheme}://{host}{'/...' if rest != authority else ''}'"


def to_path(name: str) -> Path:
    """Return the path in a name, which may begin with ``~`` or be a percent-encoded ``file://`` URL.

    :raises SourceError: if it names no file of this machine
    """
    if name.startswith("file://"):
        host, slash, path = name.removeprefix("file://").partition("/")
        if host not in ("", "localhost"):
            raise SourceError(f"the source is '{name}', a file of another machine: give file:///path")
        return Path(unquote(slash + path))
    if not name.strip():
        raise SourceError(f"the source is empty: give {KINDS}")
    try:
        return Path(name).expanduser()
    except RuntimeError as error:
        raise SourceError(f"the source is '{name}', and there is no such home folder: {error}") from error


def natural_order(path: Path) -> list[tuple[int, str]]:
    """Return the key that sorts numbers in names by their value: frame2 before frame10."""
    parts = re.split(r"(\d+)", path.name)
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts if part]
