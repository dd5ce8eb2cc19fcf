# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The model that comes with the package, for machines that cannot fetch one."""

from __future__ import annotations

from pathlib import Path

from posenet_ros.errors import ModelError
from posenet_ros.model_catalogue import BUNDLED
from posenet_ros.model_file import ModelFile

_NATIVE_STRIDE = 16


def bundled_path() -> Path:
    """Return where the file of the bundled model is."""
    return Path(__file__).with_name("models") / "posenet_ros_050_257x257.tflite"


def read_bundled(warning: str = "") -> ModelFile:
    """Return the bundled model.

    :param warning: why it is used in the place of another
    :raises ModelError: if it cannot be read
    """
    try:
        content = bundled_path().read_bytes()
    except OSError as error:
        raise ModelError(
            f"the bundled model '{bundled_path()}' cannot be read: {error.strerror}; install the package again"
        ) from error
    return ModelFile(BUNDLED, content, _NATIVE_STRIDE, known=True, warning=warning)
