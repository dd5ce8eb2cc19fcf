# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The runtime's interpreter with some of its functions replaced."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class InterpreterDouble:
    """An interpreter some of whose functions are others."""

    def __init__(self, interpreter: Any, **replaced: Callable[..., Any]) -> None:
        self._interpreter = interpreter
        vars(self).update(replaced)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._interpreter, name)
