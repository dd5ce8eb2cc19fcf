# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The names of cameras, which become prefixes of topics."""

from __future__ import annotations

import re
from collections.abc import Sequence

from posenet_ros.errors import SettingError

# A relative topic prefix: parts of letters, digits and underscores that do not begin with a digit.
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(/[A-Za-z_][A-Za-z0-9_]*)*")


def check_camera_names(names: Sequence[str]) -> None:
    """Check the parameter ``cameras``.

    :raises SettingError: if a name cannot be part of a topic, or two names are equal
    """
    if not names or len(set(names)) < len(names):
        raise SettingError(f"cameras is {list(names)}, expected different names, or one empty name")
    for name in names:
        if name and not _NAME.fullmatch(name):
            raise SettingError(
                f"cameras is {list(names)}, and '{name}' cannot be part of a topic: use letters, digits, '_' and '/',"
                " and no digit first, as in 'front' or 'front/left'"
            )
