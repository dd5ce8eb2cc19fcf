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
# Timeout without data: a download may take longer in total, as long as data arrive.
_TIMEOUT_S = 30.0

Progress = Callable[[int, int], None]
"""Called with the bytes received so far and the total."""


def download(url: str, size: int, sha256: str, progress: Progress) -> bytes:
    """Return the content of the file. It is kept in memory, so that a killed process leaves no partial file behind.

    :param progress: called whenever data arrive; an exception from it ends the download and is passed on
    :raises DownloadError: if the download fails, or size or hash are wrong
    """
    content = bytearray()
    progress(0, size)
    with contextlib.closing(_chunks(url)) as chunks:
        for chunk in chunks:
            content += chunk
            if len(content) > size:
                raise DownloadError(f"the server sent more than the expected {size} bytes: it is another file")
            progress(len(content), size)
    if len(content) < size:
        raise DownloadError(f"the download was cut short after {len(content)} of {size} bytes")
    digest = hashlib.sha256(content).hexdigest()
    if digest != sha256:
        raise DownloadError(f"the downloaded file has the SHA-256 {digest}, expected {sha256}")
    return bytes(content)


def _chunks(url: str) -> Generator[bytes, None, None]:
    """Yield data as they arrive; errors of the network become DownloadErrors."""
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT_S) as response:  # noqa: S310 - the addresses are ours
            while chunk := response.read1(_CHUNK):
                yield chunk
    except http.client.IncompleteRead:
        return  # The caller checks the length.
    except urllib.error.HTTPError as error:
        with error:  # Closes the connection.
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
    """Return the message of an error in one line."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return " ".join(str(error).split()) or type(error).__name__
