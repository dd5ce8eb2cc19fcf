# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Quality of service of the topics (REP-2003)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy, qos_policy_name_from_kind

try:
    from rclpy.event_handler import PublisherEventCallbacks, SubscriptionEventCallbacks, UnsupportedEventTypeError
except ImportError:  # Humble
    from rclpy.qos_event import PublisherEventCallbacks, SubscriptionEventCallbacks, UnsupportedEventTypeError

__all__ = [
    "OUTPUT",
    "SENSOR_INPUT",
    "UnsupportedEventTypeError",
    "publisher_events",
    "subscription_events",
]

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


def subscription_events(
    on_incompatible: Callable[[str], None], on_lost: Callable[[int], None] | None = None
) -> SubscriptionEventCallbacks:
    """Return the callbacks of a subscription.

    :param on_incompatible: gets the name of the policy that does not fit
    :param on_lost: gets the number of messages that the middleware lost on their way; not every middleware can tell
    """
    lost = None if on_lost is None else lambda event: on_lost(event.total_count_change)
    return SubscriptionEventCallbacks(incompatible_qos=_with_policy(on_incompatible), message_lost=lost)


def _with_policy(callback: Callable[[str], None]) -> Callable[[Any], None]:
    return lambda event: callback(qos_policy_name_from_kind(event.last_policy_kind))
