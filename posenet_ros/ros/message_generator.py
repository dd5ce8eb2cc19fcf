# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Keeps the generator of message classes out of the nodes."""

from __future__ import annotations

import contextlib
import importlib
import sys
from typing import Any

_PACKAGE = "rosidl_generator_py"
_GENERATOR = f"{_PACKAGE}.generate_py_impl"


def keep_generator_out() -> None:
    """Import the package that loads type support without its generator, if neither is imported yet.

    The first message that a node uses imports the package, and with it the generator, which only builds need: a
    parser, a template engine and OpenSSL, 6 MB in all. The package works without the generator. Who imports the
    generator afterwards gets it.
    """
    if _PACKAGE in sys.modules:
        return
    modules: dict[str, Any] = sys.modules
    modules[_GENERATOR] = None
    try:
        # Where ROS has no such package, message classes do not need it.
        with contextlib.suppress(ImportError):
            importlib.import_module(_PACKAGE)
    finally:
        del modules[_GENERATOR]
