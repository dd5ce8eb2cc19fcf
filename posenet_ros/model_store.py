# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Where model files come from: a path, the cache folder, or once from their official address."""

from __future__ import annotations

import hashlib
import os
import tempfile
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import platformdirs

from posenet_ros.errors import ModelError

CACHE_VARIABLE = "POSENET_ROS_CACHE"
_CHUNK = 1 << 16
_TIMEOUT_S = 30.0

Progress = Callable[[int, int], None]
"""Called with the bytes received so far and in all."""


@dataclass(frozen=True)
class StoreEntry:
    """A published model file: where it is, how to know it, and the stride its weights were trained at."""

    name: str
    url: str
    sha256: str
    size: int
    native_stride: int = 16


@dataclass(frozen=True)
class ModelFile:
    """A model file that was read, with a name for messages."""

    name: str
    content: bytes
    native_stride: int


_OFFICIAL = "https://storage.googleapis.com/download.tensorflow.org/models/tflite/"

ENTRIES: dict[str, StoreEntry] = {
    entry.name: entry
    for entry in (
        StoreEntry(
            "posenet_mobilenet_v1_100_257x257",
            _OFFICIAL + "posenet_mobilenet_v1_100_257x257_multi_kpt_stripped.tflite",
            "7bcc1efa3010de45640406a4ce0acc2ef89a742021f11adacdca2fd6e494fa07",
            13_269_068,
        ),
        StoreEntry(
            "posenet_mobilenet_v1_100_513x513",
            _OFFICIAL + "posenet_mobilenet_v1_100_513x513_multi_kpt_stripped.tflite",
            "2fb9760d6912f77dc6347ad1067ae6f21b1a25015173e356b62547c57ced4ac5",
            13_268_992,
        ),
    )
}


def cache_folder() -> Path:
    """Return the folder of fetched models: $POSENET_ROS_CACHE, else the platform's user cache."""
    chosen = os.environ.get(CACHE_VARIABLE)
    return Path(chosen) if chosen else Path(platformdirs.user_cache_dir("posenet_ros", appauthor=False))


def cached_path(entry: StoreEntry) -> Path:
    """Return where the entry's file is or would be."""
    return cache_folder() / f"{entry.name}.tflite"


def load_model(model: str | Path | bytes, progress: Progress | None = None) -> ModelFile:
    """Return a model by name, path or content; a name that is not in the cache is fetched.

    :raises ModelError: if there is no such name or file, or it cannot be fetched
    """
    if isinstance(model, bytes):
        return ModelFile("the model", model, native_stride=16)
    entry = ENTRIES.get(str(model))
    if entry is not None:
        return ModelFile(entry.name, _read(fetch(entry, progress)), entry.native_stride)
    path = Path(model).expanduser()
    if not path.exists():
        raise ModelError(
            f"there is no model file '{path}'; give the path of a .tflite file or one of the names {', '.join(ENTRIES)}"
        )
    content = _read(path)
    return ModelFile(str(path), content, _native_stride_of(content))


def fetch(entry: StoreEntry, progress: Progress | None = None) -> Path:
    """Return the path of an entry's file, downloading it only if it is not in the cache.

    The file is checked against its SHA-256 and appears under its name only when it is whole.

    :raises ModelError: if it cannot be downloaded, or is not the file it should be
    """
    target = cached_path(entry)
    if target.exists():
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{entry.name}.") as partial:
            _download(entry, partial.file, progress)
            partial.flush()
            os.link(partial.name, target)
    except FileExistsError:
        pass  # Another process was faster; both checked the same hash.
    except OSError as error:
        raise ModelError(
            f"the model '{entry.name}' is not in {target.parent} and cannot be fetched from {entry.url}: {error}."
            " Connect to the network once and run 'ros2 run posenet_ros models fetch"
            f" {entry.name}', or set the parameter 'model' to the path of a .tflite file"
        ) from error
    return target


def _download(entry: StoreEntry, file: IO[bytes], progress: Progress | None) -> None:
    digest = hashlib.sha256()
    received = 0
    with urllib.request.urlopen(entry.url, timeout=_TIMEOUT_S) as response:  # noqa: S310 - the addresses are ours
        while chunk := response.read(_CHUNK):
            digest.update(chunk)
            file.write(chunk)
            received += len(chunk)
            if progress is not None:
                progress(received, entry.size)
    if digest.hexdigest() != entry.sha256:
        raise ModelError(
            f"{entry.url} gave {received} bytes with SHA-256 {digest.hexdigest()}, expected {entry.size} bytes with"
            f" {entry.sha256}: the download was cut short or altered; try again"
        )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelError(f"the model file '{path}' cannot be read: {error.strerror}") from error


def _native_stride_of(content: bytes) -> int:
    digest = hashlib.sha256(content).hexdigest()
    return next((entry.native_stride for entry in ENTRIES.values() if entry.sha256 == digest), 16)
