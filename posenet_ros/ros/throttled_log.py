# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A log that does not repeat itself, for each camera on its own."""

from __future__ import annotations

import time

from rclpy.node import Node

from posenet_ros.streaming.rate_limit import RateLimit


class ThrottledLog:
    """Logs at most one text in a period. rclpy throttles a line of code, where one camera would silence another.

    :param node: logs
    :param period: in seconds
    """

    def __init__(self, node: Node, period: float) -> None:
        self._node = node
        self._rate = 1.0 / period
        self._limit = RateLimit()

    def warning(self, text: str) -> None:
        """Log a warning if the period has passed since the last text."""
        if self._limit.passes(time.monotonic(), self._rate):
            self._node.get_logger().warning(text)

    def error(self, text: str) -> None:
        """Log an error if the period has passed since the last text."""
        if self._limit.passes(time.monotonic(), self._rate):
            self._node.get_logger().error(text)
