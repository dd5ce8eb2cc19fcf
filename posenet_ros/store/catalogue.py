# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The known model files: those that can be downloaded, and the bundled one."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from posenet_ros.errors import ModelError


@dataclass(frozen=True)
class ModelFile:
    """A model file that was read, with a name for messages.

    ``native_stride`` is the stride the weights were trained at. ``known`` tells whether the file is in the catalogue,
    by its hash. ``warning`` says why another file than the requested one is used; empty if it is the requested one.
    """

    name: str
    content: bytes
    native_stride: int
    known: bool = False
    warning: str = ""


@dataclass(frozen=True)
class StoreEntry:
    """A published model file: address, hash, size, licence, and the stride its weights were trained at."""

    name: str
    url: str
    sha256: str
    size: int
    licence: str
    native_stride: int = 16


BUNDLED = "bundled"
"""Name of the model that comes with the package."""

_OFFICIAL = "https://storage.googleapis.com/download.tensorflow.org/models/tflite/"

ENTRIES: dict[str, StoreEntry] = {
    entry.name: entry
    for entry in (
        StoreEntry(
            "posenet_mobilenet_v1_100_257x257",
            _OFFICIAL + "posenet_mobilenet_v1_100_257x257_multi_kpt_stripped.tflite",
            "7bcc1efa3010de45640406a4ce0acc2ef89a742021f11adacdca2fd6e494fa07",
            13_269_068,
            "Apache-2.0",
        ),
        StoreEntry(
            "posenet_mobilenet_v1_100_513x513",
            _OFFICIAL + "posenet_mobilenet_v1_100_513x513_multi_kpt_stripped.tflite",
            "2fb9760d6912f77dc6347ad1067ae6f21b1a25015173e356b62547c57ced4ac5",
            13_268_992,
            "Apache-2.0",
        ),
    )
}

# What 'make export' prints.
_SHA256 = "e2d279693abe6453dbfc455dc84ff33474f9419be03329c6d020a63ff4b6c5a8"
_NATIVE_STRIDE = 16


def published_stride(sha256: str) -> int | None:
    """Return the native stride of a published file by its hash, the bundled one among them; None for other files."""
    strides = {_SHA256: _NATIVE_STRIDE} | {entry.sha256: entry.native_stride for entry in ENTRIES.values()}
    return strides.get(sha256)


def bundled_path() -> Path:
    """Return the path of the bundled model."""
    return Path(__file__).parents[1] / "models" / "posenet_ros_075_257x257.tflite"


def read_bundled(warning: str = "") -> ModelFile:
    """Return the bundled model.

    :param warning: why it is used instead of another model
    :raises ModelError: if it cannot be read, or its hash is wrong
    """
    path = bundled_path()
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(
            f"the bundled model '{path}' cannot be read: {error.strerror}; install the package again"
        ) from error
    if hashlib.sha256(content).hexdigest() != _SHA256:
        raise ModelError(f"the bundled model '{path}' is damaged; install the package again")
    return ModelFile(BUNDLED, content, _NATIVE_STRIDE, known=True, warning=warning)
