# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The model that comes with the package, for machines that cannot fetch one."""

from __future__ import annotations

import hashlib
from pathlib import Path

from posenet_ros.errors import ModelError
from posenet_ros.model_catalogue import BUNDLED
from posenet_ros.model_file import ModelFile

# What 'make export' prints.
_SHA256 = "8404ac767797f88c6817941dfdd7ad33cf9639ea50addeea6445d9f5fd032d08"
_NATIVE_STRIDE = 16


def bundled_path() -> Path:
    """Return where the file of the bundled model is."""
    return Path(__file__).with_name("models") / "posenet_ros_050_257x257.tflite"


def read_bundled(warning: str = "") -> ModelFile:
    """Return the bundled model.

    :param warning: why it is used in the place of another
    :raises ModelError: if it cannot be read, or is not the file it should be
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
