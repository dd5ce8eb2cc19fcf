# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Quality of service of the topics (REP-2003)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy, qos_policy_name_from_kind

try:
    from rclpy.event_handler import PublisherEventCallbacks, SubscriptionEventCallbacks
except ImportError:  # Humble
    from rclpy.qos_event import PublisherEventCallbacks, SubscriptionEventCallbacks

SENSOR_INPUT = QoSProfile(
    history=HistoryPolicy.KEEP_LAST,
    depth=1,
    reliability=ReliabilityPolicy.BEST_EFFORT,
    durability=DurabilityPolicy.VOLATILE,
)
"""Compatible with reliable and best-effort publishers; keeps only the newest message."""

OUTPUT = QoSProfile(
    history=HistoryPolicy.KEEP_LAST,
    depth=1,
    reliability=ReliabilityPolicy.RELIABLE,
    durability=DurabilityPolicy.VOLATILE,
)
"""Compatible with every volatile subscriber; RViz and rqt request reliable."""


def publisher_events(on_incompatible: Callable[[str], None]) -> PublisherEventCallbacks:
    """Return the callbacks of a publisher; ``on_incompatible`` gets the name of the incompatible policy."""
    return PublisherEventCallbacks(incompatible_qos=_with_policy(on_incompatible))


def subscription_events(on_incompatible: Callable[[str], None]) -> SubscriptionEventCallbacks:
    """Return the callbacks of a subscription; ``on_incompatible`` gets the name of the incompatible policy."""
    return SubscriptionEventCallbacks(incompatible_qos=_with_policy(on_incompatible))


def _with_policy(callback: Callable[[str], None]) -> Callable[[Any], None]:
    return lambda event: callback(qos_policy_name_from_kind(event.last_policy_kind))
