# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A model file in memory, and what is known of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ModelFile:
    """A model file that was read, with a name for messages.

    ``native_stride`` is what the weights were trained at; ``known``, whether the file is one of the catalogue's or the
    bundled one, by its hash; ``warning``, why it is another than the one that was asked for, empty if it is that one.
    """

    name: str
    content: bytes
    native_stride: int
    known: bool = False
    warning: str = ""
