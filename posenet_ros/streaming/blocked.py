# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Threads that native code may block for ever: OpenCV in a device, or the inference runtime in a network.

Nothing can interrupt such a thread. The process must end without it.
"""

from __future__ import annotations

import threading

THREAD_NAME = "posenet_ros"
"""The names of such threads begin with this."""


def blocked_threads() -> list[str]:
    """Return the names of the threads that still run; empty once all have been stopped and have ended."""
    return [thread.name for thread in threading.enumerate() if thread.name.startswith(THREAD_NAME)]
