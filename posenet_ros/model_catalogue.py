# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The model files that are known by name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class StoreEntry:
    """A published model file: where it is, how to know it, its licence, and the stride its weights were trained at."""

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
