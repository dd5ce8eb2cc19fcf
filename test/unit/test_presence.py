# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from posenet_ros.tracking.presence import Presence


def test_people_stay_for_as_long_as_they_are_waited_for():
    presence = Presence()
    assert presence.update([3, 1], 10.0, 1.0) == ([1, 3], [])
    assert presence.update([1], 10.5, 1.0) == ([1, 3], [])
    assert presence.update([1], 11.0, 1.0) == ([1, 3], [])
    assert presence.update([1], 11.1, 1.0) == ([1], [3])
    assert presence.update([], 20.0, 1.0) == ([], [1])


def test_somebody_who_comes_back_in_time_was_never_gone():
    presence = Presence()
    presence.update([1], 0.0, 1.0)
    presence.update([], 0.9, 1.0)
    assert presence.update([1], 1.5, 1.0) == ([1], [])
    assert presence.update([], 2.4, 1.0) == ([1], [])


def test_without_patience_only_who_is_seen_is_there():
    presence = Presence()
    presence.update([1, 2], 0.0, 0.0)
    assert presence.update([2], 0.1, 0.0) == ([2], [1])


def test_when_time_goes_back_others_are_gone_at_once():
    presence = Presence()
    presence.update([1, 2], 100.0, 10.0)
    assert presence.update([2, 3], 0.0, 10.0) == ([2, 3], [1])


def test_a_stamp_that_stands_still_sends_nobody_away():
    presence = Presence()
    presence.update([1, 2], 100.0, 10.0)
    assert presence.update([2], 100.0, 10.0) == ([1, 2], [])
