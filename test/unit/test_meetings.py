# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Who may cover whom, and who comes out from behind somebody."""

from __future__ import annotations

import numpy as np
import pytest

from posenet_ros.skeleton import KeypointId
from posenet_ros.tracking.identity import Identity
from posenet_ros.tracking.meetings import emerging, may_be_hidden, meet
from posenet_ros.tracking.track import Track

SEEN_AT, NOW = 1.0, 1.1
WIDTH, HEIGHT = 60.0, 200.0
BODY_JOINTS = ("SHOULDER", "HIP", "KNEE", "ANKLE")


def figure(x: float, y: float = 0.0, size: float = 1.0) -> np.ndarray:
    """Return [17, 2] keypoints whose body is the box from (x, y) on; the face and an arm stick out of it."""
    keypoints = np.zeros((17, 2))
    for name, place in zip(BODY_JOINTS, (0.0, 70.0, 140.0, HEIGHT), strict=True):
        keypoints[KeypointId[f"RIGHT_{name}"]] = 0.0, place
        keypoints[KeypointId[f"LEFT_{name}"]] = WIDTH, place
    keypoints[: KeypointId.LEFT_EAR + 2] = 30.0, -40.0
    keypoints[KeypointId.LEFT_WRIST] = keypoints[KeypointId.LEFT_ELBOW] = 100.0, 20.0
    return size * keypoints + (x, y)


def track(x: float, y: float = 0.0, *, score: float = 0.9, seen: bool = True, size: float = 1.0) -> Track:
    """Return somebody as expected now, who is seen now or was at a time before."""
    person = Track(Identity(0), figure(x, y, size), np.full(17, 0.9), score, NOW if seen else SEEN_AT)
    person.predict(NOW)
    return person


def test_somebody_alone_is_near_nobody():
    person = track(0.0)
    nearness = meet([person], NOW)
    assert nearness.covers.tolist() == [[False]]
    assert np.isnan(nearness.boxes).all()
    assert nearness.boxes.shape == (1, 2, 2)
    assert person.identity.met == {person.identity}


@pytest.mark.parametrize(
    ("place", "near"),
    [
        ((50.0, 0.0), True),
        ((WIDTH, HEIGHT), True),
        ((-WIDTH, -HEIGHT), True),
        ((WIDTH + 1.0, 0.0), False),
        ((0.0, HEIGHT + 1.0), False),
        ((-WIDTH - 1.0, 0.0), False),
        ((0.0, -HEIGHT - 1.0), False),
    ],
)
def test_people_whose_bodies_touch_meet_and_may_cover_each_other(place, near):
    """An arm that reaches farther is no body."""
    one, other = track(0.0), track(*place)
    nearness = meet([one, other], NOW)
    assert nearness.covers.tolist() == [[False, near], [near, False]]
    assert (one.identity.met == {one.identity, other.identity}) == near
    assert (other.identity in one.identity.met) == near
    np.testing.assert_allclose(nearness.boxes[0], [(0.0, 0.0), (WIDTH, HEIGHT)])
    np.testing.assert_allclose(nearness.boxes[1], np.add([(0.0, 0.0), (WIDTH, HEIGHT)], place))


@pytest.mark.parametrize("number", [0, 1])
def test_who_may_be_a_double_meets_nobody(number):
    people = [track(0.0, score=0.9 if number else 0.5), track(20.0, score=0.5 if number else 0.9)]
    assert not meet(people, NOW).covers.any()
    assert people[1].identity not in people[0].identity.met


@pytest.mark.parametrize("hidden", [0, 1])
def test_who_is_not_seen_may_be_farther_away_and_covers_nobody(hidden):
    gap = 15.0
    people = [track(0.0, seen=hidden != 0), track(WIDTH + gap, seen=hidden != 1)]
    margin = 2.0 * people[hidden].deviation
    assert margin > gap
    nearness = meet(people, NOW)
    expected = [[False, False], [False, False]]
    expected[hidden][1 - hidden] = True
    assert nearness.covers.tolist() == expected
    box = np.array([(0.0, 0.0), (WIDTH, HEIGHT)]) + (hidden * (WIDTH + gap), 0.0)
    np.testing.assert_allclose(nearness.boxes[hidden], [box[0] - margin, box[1] + margin])
    assert people[0].identity in people[1].identity.met


def hidden_behind(*, x: float = 0.0, y: float = 0.0, met: bool = True, score: float = 0.9) -> list[Track]:
    """Return somebody who is seen at 40, and somebody who is not."""
    front, behind = track(40.0), track(x, y, score=score, seen=False)
    if met:
        front.identity.meet(behind.identity)
    return [front, behind]


@pytest.mark.parametrize(
    ("hidden", "pose", "number"),
    [
        ({}, figure(90.0), 1),
        ({"met": False}, figure(90.0), None),
        ({"score": 0.5}, figure(90.0), None),
        ({}, figure(40.0 + WIDTH), 1),
        ({}, figure(41.0 + WIDTH), None),
        ({}, figure(40.0 - WIDTH), 1),
        ({}, figure(39.0 - WIDTH), None),
        ({"y": 150.0}, figure(40.0, HEIGHT), 1),
        ({"y": 150.0}, figure(40.0, HEIGHT + 1.0), None),
        ({"y": -150.0}, figure(40.0, -HEIGHT), 1),
        ({"y": -150.0}, figure(40.0, -HEIGHT - 1.0), None),
        ({"x": -120.0}, figure(90.0), None),
        ({}, figure(90.0, size=1.2), 1),
        ({}, figure(90.0, size=1.3), None),
        ({}, figure(90.0, size=0.82), 1),
        ({}, figure(90.0, size=0.78), None),
    ],
    ids=[
        "beside",
        "never met",
        "maybe a double",
        "at the right of the one in front",
        "off to the right",
        "at the left",
        "off to the left",
        "at the feet",
        "below the feet",
        "at the head",
        "above the head",
        "too far to have gone",
        "larger",
        "much larger",
        "smaller",
        "much smaller",
    ],
)
def test_who_comes_out_from_behind_somebody_was_hidden_there(hidden, pose, number):
    assert emerging(pose, hidden_behind(**hidden), NOW) == number


def test_nobody_comes_out_where_nobody_is_hidden():
    assert emerging(figure(90.0), [track(40.0)], NOW) is None
    assert emerging(figure(90.0), [], NOW) is None


def test_of_two_who_are_hidden_the_one_comes_out_who_was_seen_more_often():
    front, rare, often = track(40.0), track(0.0, score=0.7, seen=False), track(10.0, score=0.9, seen=False)
    for person in (rare, often):
        front.identity.meet(person.identity)
    assert emerging(figure(90.0), [front, rare, often], NOW) == 2
    assert emerging(figure(90.0), [front, often, rare], NOW) == 1


@pytest.mark.parametrize(("place", "size"), [(0.0, 2.0), (-300.0, 1.0)])
def test_somebody_else_who_cannot_have_come_out_there_does_not_matter(place, size):
    front, behind = hidden_behind()
    other = track(place, score=5.0, seen=False, size=size)
    front.identity.meet(other.identity)
    assert emerging(figure(90.0), [front, other, behind], NOW) == 2


def test_somebody_may_have_walked_on_behind_another():
    """As far as the size of a person, and as the time without being seen allows."""
    front, behind = hidden_behind(x=0.0)
    reach = 2.0 * behind.deviation + behind.size
    front.keypoints = figure(reach)
    assert emerging(figure(reach - 1.0), [front, behind], NOW) == 1
    assert emerging(figure(reach + 1.0), [front, behind], NOW) is None


@pytest.mark.parametrize(("front_at", "number"), [(40.0, 1), (400.0, None)], ids=["near", "alone"])
def test_of_whom_less_is_found_beside_somebody_is_as_large_as_before(front_at, number):
    """Who is alone and becomes smaller is smaller."""
    front, behind = track(40.0), track(0.0)
    meet([front, behind], NOW)
    front.keypoints, behind.keypoints, behind.unit = figure(front_at), figure(20.0, size=0.5), 0.5 * behind.unit
    for moment in (NOW + 0.1, NOW + 0.2):
        for person in (front, behind):
            person.predict(moment)
            person.seen = person.surely_seen = moment
        meet([front, behind], moment)
    front.keypoints, front.seen = figure(40.0), NOW + 0.3
    assert emerging(figure(70.0), [front, behind], NOW + 0.3) == number


def test_who_is_not_seen_keeps_the_size():
    front, behind = hidden_behind(x=0.0)
    size, behind.unit = behind.size, 0.5 * behind.unit
    meet([front, behind], NOW)
    assert behind.size == size


def test_alone_in_the_image_somebody_has_the_size_that_is_seen():
    person = track(0.0)
    person.unit *= 0.5
    meet([person], NOW)
    assert person.size == person.unit


@pytest.mark.parametrize(
    ("hidden", "pose", "expected"),
    [
        ({}, figure(90.0), True),
        ({}, figure(90.0, size=0.3), True),
        ({"met": False}, figure(90.0), False),
        ({"score": 0.5}, figure(90.0), False),
        ({}, figure(41.0 + WIDTH), False),
        ({"x": -120.0}, figure(90.0), False),
    ],
    ids=["beside", "small", "never met", "maybe a double", "off to the right", "too far to have gone"],
)
def test_a_pose_of_any_size_may_be_of_whom_others_hide(hidden, pose, expected):
    assert may_be_hidden(pose, hidden_behind(**hidden), NOW) is expected


def test_who_is_found_in_doubt_may_still_be_hidden_and_comes_out_nowhere_else():
    people = hidden_behind()
    people[1].seen = NOW
    assert may_be_hidden(figure(90.0), people, NOW)
    assert emerging(figure(90.0), people, NOW) is None
    people[1].surely_seen = NOW
    assert not may_be_hidden(figure(90.0), people, NOW)


@pytest.mark.parametrize(("ago", "expected"), [(0.9, True), (1.1, False)])
def test_who_was_not_surely_seen_for_long_is_hidden_no_more(ago, expected):
    people = hidden_behind()
    people[1].surely_seen = NOW - ago
    assert may_be_hidden(figure(90.0), people, NOW) is expected
