# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What can be learned from the time stamp of an image."""

from __future__ import annotations

from builtin_interfaces.msg import Time
from rclpy.time import Time as ClockTime

# Further apart, the stamp is of another clock: the camera's own, a recording's, or none at all.
_PLAUSIBLE_S = 60.0


def to_seconds(stamp: Time) -> float:
    """Return a stamp in seconds."""
    return float(stamp.sec + 1e-9 * stamp.nanosec)


def image_age(stamp: Time, now: ClockTime) -> float | None:
    """Return how many seconds ago an image was taken; None if its stamp cannot be compared with the clock."""
    age = (now.nanoseconds - ClockTime.from_msg(stamp).nanoseconds) / 1e9
    return age if 0.0 <= age < _PLAUSIBLE_S else None
