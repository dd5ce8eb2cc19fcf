# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from posenet_ros.streaming.rate_limit import RateLimit


def passed(events: float, rate: float, seconds: float = 10.0) -> int:
    limit = RateLimit()
    return sum(limit.passes(number / events, rate) for number in range(int(events * seconds)))


@pytest.mark.parametrize(
    ("events", "rate", "expected"), [(30, 0, 300), (30, 20, 200), (30, 29, 290), (30, 60, 300), (30, 0.5, 5)]
)
def test_the_rate_is_met_without_drift(events, rate, expected):
    assert passed(events, rate) == pytest.approx(expected, abs=1)


def test_missed_events_are_not_made_up_for():
    limit = RateLimit()
    assert [limit.passes(now, 1.0) for now in (0.0, 0.1, 10.0, 10.1, 10.9, 11.0)] == [
        True,
        False,
        True,
        False,
        False,
        True,
    ]


def test_a_change_takes_effect_at_once():
    """A period of 50 s that had begun is not waited for."""
    limit = RateLimit()
    assert limit.passes(0.0, 0.02)
    assert not limit.passes(1.0, 0.02)
    assert limit.passes(1.0, 10.0)
