# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Loads model files: from a path, from the cache, or once from their official address."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import platformdirs

from posenet_ros.errors import DownloadError, ModelError
from posenet_ros.store.catalogue import BUNDLED, ENTRIES, ModelFile, StoreEntry, published_stride, read_bundled
from posenet_ros.store.download import Progress, download, error_text

CACHE_VARIABLE = "POSENET_ROS_CACHE"
# Another process that downloads the same file is waited for no longer than this.
_LONGEST_WAIT_S = 300.0
_POLL_S = 0.1


def cache_folder() -> Path:
    """Return the cache folder: $POSENET_ROS_CACHE, else the platform's user cache."""
    chosen = os.environ.get(CACHE_VARIABLE)
    return Path(chosen) if chosen else Path(platformdirs.user_cache_dir("posenet_ros", appauthor=False))


def cached_path(entry: StoreEntry) -> Path:
    """Return the path of the entry's file in the cache, whether it is there or not."""
    return cache_folder() / f"{entry.name}.tflite"


def read_cached(entry: StoreEntry) -> bytes | None:
    """Return the content of an entry's file, or None if it is not in the cache or damaged.

    :raises ModelError: if it is there and cannot be read
    """
    path = cached_path(entry)
    try:
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ModelError(
            f"the model '{entry.name}' in '{path}' cannot be read: {error_text(error)}."
            f" Delete it or make it readable, or set ${CACHE_VARIABLE} to another folder"
        ) from error
    return content if _sha256(content) == entry.sha256 else None


def load_model(model: str | Path | bytes, progress: Progress | None = None) -> ModelFile:
    """Return a model by name, path or content. A name is downloaded if it is not in the cache, or damaged there.

    If the download fails, the bundled model is returned, with a warning in it.

    :raises ModelError: if there is no such name or file, or it cannot be read
    """
    if isinstance(model, bytes):
        return _recognised("the model", model)
    if str(model) == BUNDLED:
        return read_bundled()
    entry = ENTRIES.get(str(model))
    if entry is not None:
        try:
            return ModelFile(entry.name, _obtain(entry, progress), entry.native_stride, known=True)
        except ModelError as error:
            return read_bundled(f"{error}. Meanwhile the bundled model is used, which finds less")
    path = os.path.expanduser(model)
    return _recognised(path, _read(path))


def fetch(entry: StoreEntry, progress: Progress | None = None) -> Path:
    """Return the path of an entry's file; download it first if it is not in the cache, or damaged there.

    The file is checked against its SHA-256 and appears under its name only when it is complete. If several
    processes need it, one downloads it and the others wait.

    :param progress: called whenever data arrive, and repeatedly while waiting for another process; an exception
        from it ends the download and is passed on
    :raises ModelError: if it cannot be downloaded or written, or its hash is wrong
    """
    _obtain(entry, progress)
    return cached_path(entry)


def _obtain(entry: StoreEntry, progress: Progress | None) -> bytes:
    tell = progress or _tell_nobody
    content = read_cached(entry)
    if content is not None:
        return content
    with _turn(entry, tell):
        content = read_cached(entry)  # Another process may have downloaded it meanwhile.
        if content is None:
            try:
                content = download(entry.url, entry.size, entry.sha256, tell)
            except DownloadError as error:
                raise _fetch_error(entry, str(error)) from error
            _keep(entry, content)
    return content


@contextlib.contextmanager
def _turn(entry: StoreEntry, tell: Progress) -> Iterator[None]:
    """Let one process at a time download; the system releases the lock of a process that dies."""
    folder = cache_folder()
    with _cache_errors(entry):
        folder.mkdir(parents=True, exist_ok=True)
        # Test before the download whether the folder can be written to.
        with tempfile.TemporaryFile(dir=folder):
            pass
        # The folder itself is the lock, so that no lock file is left behind.
        descriptor = os.open(folder, os.O_RDONLY)
    try:
        end = time.monotonic() + _LONGEST_WAIT_S
        while not _lock(descriptor) and time.monotonic() < end:
            tell(0, entry.size)
            time.sleep(_POLL_S)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        pass  # Some file systems have no locks; then each process downloads for itself.
    return True


def _keep(entry: StoreEntry, content: bytes) -> None:
    path = cached_path(entry)
    partial = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    with _cache_errors(entry):
        try:
            partial.write_bytes(content)
            os.replace(partial, path)
        finally:
            partial.unlink(missing_ok=True)


@contextlib.contextmanager
def _cache_errors(entry: StoreEntry) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ModelError(
            f"{_state(entry)} and cannot be written there: {error_text(error)}. Make the folder writable with"
            f" {entry.size / 1e6:.0f} MB free, or set ${CACHE_VARIABLE} to a folder that is"
        ) from error


def _fetch_error(entry: StoreEntry, cause: str) -> ModelError:
    return ModelError(
        f"{_state(entry)} and cannot be fetched from {entry.url}: {cause}. Check the network and run"
        f" 'ros2 run posenet_ros models fetch {entry.name}' (without ROS 'posenet-models fetch {entry.name}'), or set"
        " the parameter 'model' to the path of a .tflite file"
    )


def _state(entry: StoreEntry) -> str:
    path = cached_path(entry)
    return f"the model '{entry.name}' is " + (
        f"damaged in '{path}'" if os.path.exists(path) else f"not in '{path.parent}'"
    )


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a null character
        problem = (
            f"there is no model file '{path}'"
            if isinstance(error, FileNotFoundError)
            else f"the model file '{path}' cannot be read: {error_text(error)}"
        )
        raise ModelError(
            f"{problem}; give the path of a .tflite file or one of the names {', '.join((BUNDLED, *ENTRIES))}"
        ) from error


def _recognised(name: str, content: bytes) -> ModelFile:
    """Return a file from elsewhere; a published file is recognised by its hash, whatever its name."""
    stride = published_stride(_sha256(content))
    return ModelFile(name, content, stride or 16, known=stride is not None)


def _sha256(content: bytes | bytearray) -> str:
    return hashlib.sha256(content).hexdigest()


def _tell_nobody(received: int, total: int) -> None:
    """Do nothing: the progress if the caller gave none."""
