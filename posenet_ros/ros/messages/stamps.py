# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""builtin_interfaces/Time -> numbers. rclpy's own arithmetic refuses stamps before 1970, which some cameras give."""

from __future__ import annotations

from builtin_interfaces.msg import Time

# With a larger age, the stamp is from another clock, from a recording, or missing.
_PLAUSIBLE_S = 60.0


def to_nanoseconds(stamp: Time) -> int:
    """Return a stamp in nanoseconds."""
    return int(stamp.sec * 1_000_000_000 + stamp.nanosec)


def to_seconds(stamp: Time) -> float:
    """Return a stamp in seconds."""
    return float(stamp.sec + 1e-9 * stamp.nanosec)


def image_age(stamp: Time, now_nanoseconds: int) -> float | None:
    """Return how many seconds ago an image was taken; None if its stamp cannot be compared with the clock."""
    age = (now_nanoseconds - to_nanoseconds(stamp)) / 1e9
    return age if 0.0 <= age < _PLAUSIBLE_S else None
