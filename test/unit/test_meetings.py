# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Who may cover whom, and who comes out from behind somebody."""

from __future__ import annotations

import numpy as np
import pytest

from posenet_ros.skeleton import KeypointId
from posenet_ros.tracking.identity import Identity
from posenet_ros.tracking.meetings import emerging, meet
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
    reach = 2.0 * behind.deviation + behind.unit
    front.keypoints = figure(reach)
    assert emerging(figure(reach - 1.0), [front, behind], NOW) == 1
    assert emerging(figure(reach + 1.0), [front, behind], NOW) is None
