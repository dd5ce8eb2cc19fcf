# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Messages of packages that may not be installed."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any

from posenet_ros.errors import MissingPackageError


def import_messages(package: str, target: str) -> Any:
    """Return the module with a package's messages.

    :param target: the parameter that asks for it, for the error
    :raises MissingPackageError: if the package is not installed
    """
    try:
        return import_module(f"{package}.msg")
    except ImportError as error:
        distro = os.environ.get("ROS_DISTRO", "<distro>")
        raise MissingPackageError(
            f"'{target}' needs the package {package}, which cannot be imported ({error}): install"
            f" ros-{distro}-{package.replace('_', '-')} or build it in your workspace, or set {target} to false"
        ) from error
