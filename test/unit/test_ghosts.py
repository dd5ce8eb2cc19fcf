# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""People whom a network makes of limbs of somebody else, and who take nobody's id."""

from __future__ import annotations

import numpy as np
import pytest

from posenet_ros.people import People
from posenet_ros.tracking.copies import inside_others
from posenet_ros.tracking.tracker import PersonTracker

RATE = 15.0
BESIDE = 150.0
# Pixels a second: a figure of 300 pixels is 1.7 m tall and walks 1.2 m/s.
SPEED = 210.0
UNSURE, SURE = 0.4, 0.9


@pytest.fixture
def ghost(figure) -> np.ndarray:
    """Return a pose of the left half of the figure."""
    low, high = figure.min(axis=0), figure.max(axis=0)
    middle = (low + high) / 2.0
    return np.clip(middle + (figure - middle) * (0.45, 0.95) - (0.25 * (high - low)[0], 0.0), low, high)


def people_of(*poses: np.ndarray, scores: tuple[float, ...]) -> People:
    return People(np.array(poses), np.full((len(poses), 17), 0.9), np.array(scores))


@pytest.mark.parametrize(
    ("aside", "scores", "inside"),
    [
        (0.0, (SURE, UNSURE), True),
        (BESIDE, (SURE, UNSURE), False),
        (0.0, (SURE, 0.6), False),
        (0.0, (0.2, UNSURE), False),
    ],
    ids=["inside", "beside", "sure", "better"],
)
def test_who_is_unsure_and_inside_of_somebody_better_may_be_made_of_the_limbs(figure, ghost, aside, scores, inside):
    assert inside_others(people_of(figure, ghost - (aside, 0.0), scores=scores)).tolist() == [False, inside]


def test_each_of_several_is_judged_alone(figure, ghost):
    people = people_of(figure, ghost, figure + (BESIDE, 0.0), scores=(SURE, UNSURE, UNSURE))
    assert inside_others(people).tolist() == [False, True, False]


@pytest.mark.parametrize(("count", "inside"), [(8, False), (9, True)])
def test_most_of_what_is_seen_counts(figure, count, inside):
    pose = figure - (1000.0, 0.0)
    pose[:count] = 0.0
    people = people_of(figure, pose, scores=(SURE, UNSURE))
    assert inside_others(people).tolist() == [False, inside]
    people.keypoint_scores[1, 9:] = 0.01
    assert inside_others(people).tolist() == [False, True]


def test_nobody_is_inside_of_others_who_is_alone():
    assert inside_others(People.nobody()).tolist() == []
    assert inside_others(people_of(np.zeros((17, 2)), scores=(UNSURE,))).tolist() == [False]
    assert inside_others(people_of(*np.zeros((2, 17, 2)), scores=(SURE, SURE))).dtype == bool


@pytest.mark.parametrize("rate", [10.0, RATE, 30.0])
def test_who_comes_out_from_behind_somebody_is_no_ghost_that_was_seen_there(figure, ghost, rate):
    """Somebody walks behind another, on whom a third is found again and again, turns round, and comes out there."""
    tracker = PersonTracker()
    for image in range(round(-1.5 * rate), round(0.5 * rate)):
        time = image / rate
        place = -SPEED * abs(time), 0.0
        if time < -0.2:
            people = people_of(figure, ghost, figure + place, scores=(SURE, UNSURE, 0.7))
            assert tracker.update(people, time).ids.tolist() == [0, 1, 2]
        elif time < 0.2:
            assert tracker.update(people_of(figure, scores=(SURE,)), time).ids.tolist() == [0]
        else:
            assert tracker.update(people_of(figure, figure + place, scores=(SURE, 0.7)), time).ids.tolist() == [0, 2]


def test_who_stands_inside_of_somebody_for_sure_is_somebody(figure, ghost):
    """Two people, one before the other, are certain from the second image on."""
    tracker = PersonTracker()
    for image in range(2):
        tracker.update(people_of(figure, ghost, scores=(SURE, 0.7)), image / RATE)
    assert all(track.certain for track in tracker._tracks)


def test_who_may_be_made_of_limbs_is_not_known_by_their_clothes(figure, ghost):
    tracker, image_bgr = PersonTracker(), np.full((480, 640, 3), 90, np.uint8)
    for image in range(10):
        people = people_of(figure + (320.0, 240.0), ghost + (320.0, 240.0), scores=(SURE, UNSURE))
        tracker.update(people, image / RATE, None, image_bgr)
    assert [track.identity.looks.times > 0 for track in tracker._tracks] == [True, False]
