# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Downloading a file whose size and hash are known."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import urllib.error
import urllib.request
from collections.abc import Callable, Generator

from posenet_ros.errors import DownloadError

_CHUNK = 1 << 16
# Of silence: a download may take longer in all, if only something keeps coming.
_TIMEOUT_S = 30.0

Progress = Callable[[int, int], None]
"""Called with the bytes received so far and in all."""


def download(url: str, size: int, sha256: str, progress: Progress) -> bytes:
    """Return the file; in memory, so that not even a killed process leaves a part of it behind.

    :param progress: called whenever bytes have come; what it raises ends the download and is passed on
    :raises DownloadError: if it does not come, or is another file than it should be
    """
    content = bytearray()
    progress(0, size)
    with contextlib.closing(_chunks(url)) as chunks:
        for chunk in chunks:
            content += chunk
            if len(content) > size:
                raise DownloadError(f"more than the expected {size} bytes came, so it is another file")
            progress(len(content), size)
    if len(content) < size:
        raise DownloadError(f"the download was cut short after {len(content)} of {size} bytes")
    digest = hashlib.sha256(content).hexdigest()
    if digest != sha256:
        raise DownloadError(f"what came has the SHA-256 {digest}, expected {sha256}")
    return bytes(content)


def _chunks(url: str) -> Generator[bytes, None, None]:
    """Yield what comes as it comes; only errors of the network become errors of the download."""
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT_S) as response:  # noqa: S310 - the addresses are ours
            while chunk := response.read1(_CHUNK):
                yield chunk
    except http.client.IncompleteRead:
        return  # The caller sees the length.
    except urllib.error.HTTPError as error:
        with error:  # It holds the connection.
            raise DownloadError(_network_cause(error)) from error
    except (OSError, http.client.HTTPException, ValueError) as error:  # ValueError: redirected to no valid address
        raise DownloadError(_network_cause(error)) from error


def _network_cause(error: Exception) -> str:
    if isinstance(error, urllib.error.URLError) and isinstance(error.reason, OSError):
        error = error.reason
    if isinstance(error, TimeoutError):
        return f"no answer for {_TIMEOUT_S:g} s"
    text = error_text(error)
    return f"broken answer ({type(error).__name__}: {text})" if isinstance(error, http.client.HTTPException) else text


def error_text(error: Exception) -> str:
    """Return in one line what happened."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return " ".join(str(error).split()) or type(error).__name__
