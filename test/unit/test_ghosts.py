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
        (0.0, (SURE, UNSURE), [False, True]),
        (BESIDE, (SURE, UNSURE), [False, False]),
        (0.0, (SURE, 0.6), [False, False]),
        (0.0, (0.2, UNSURE), [True, False]),
    ],
    ids=["inside", "beside", "sure", "better"],
)
def test_who_is_unsure_and_inside_of_somebody_better_may_be_made_of_the_limbs(figure, ghost, aside, scores, inside):
    assert inside_others(people_of(figure, ghost - (aside, 0.0), scores=scores)).tolist() == inside


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


@pytest.mark.parametrize(("beyond", "inside"), [(0.08, True), (0.12, False)])
def test_hands_reach_beyond_the_keypoints(figure, beyond, inside):
    size = np.sqrt(np.ptp(figure, axis=0).prod() / 2.0)
    hand = np.full((17, 2), figure.max(axis=0) + (beyond * size, -50.0))
    assert inside_others(people_of(figure, hand, scores=(SURE, UNSURE))).tolist() == [False, inside]


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


NO_COPIES = np.zeros(2, bool)
WEAK = 0.25


@pytest.fixture
def arm(figure) -> np.ndarray:
    """Return a pose of an arm to the right, where nobody is expected."""
    return 0.3 * figure + (40.0, -50.0)


def hide(figure) -> PersonTracker:
    """Return a tracker that saw somebody, id 1, walk to the left behind another, id 0, until 0.2 s ago."""
    tracker = PersonTracker()
    for image in range(-15, 3):
        places = (0.0, -SPEED * image / RATE)[: 2 if image < 0 else 1]
        people = people_of(*(figure + (place, 0.0) for place in places), scores=(SURE, 0.8)[: len(places)])
        assert tracker.update(people, image / RATE).ids.tolist() == [0, 1][: len(places)]
    return tracker


def test_limbs_where_somebody_is_hidden_get_no_id(figure, arm):
    """They may be of the one who is hidden: they begin no track, and nobody else comes out there."""
    tracker = hide(figure)
    for image in range(3, 8):
        found = tracker.update(people_of(figure, arm, scores=(SURE, WEAK)), image / RATE, copies=NO_COPIES)
        assert (found.ids.tolist(), found.scores.tolist()) == ([0], [SURE])
    people = people_of(figure, figure - (SPEED * 8 / RATE, 0.0), scores=(SURE, 0.7))
    assert tracker.update(people, 8 / RATE, copies=NO_COPIES).ids.tolist() == [0, 1]


def test_who_is_found_in_limbs_may_be_in_others_as_well(figure, ghost, arm):
    tracker = hide(figure)
    people = people_of(figure, ghost, arm, scores=(SURE, 0.5, WEAK))
    assert tracker.update(people, 3 / RATE, copies=np.zeros(3, bool)).ids.tolist() == [0, 1]
    people = people_of(figure, figure - (SPEED * 4 / RATE, 0.0), arm, scores=(SURE, 0.7, WEAK))
    assert tracker.update(people, 4 / RATE, copies=np.zeros(3, bool)).ids.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("aside", "copies"), [(0.0, None), (2.0 * BESIDE, NO_COPIES)], ids=["everybody wanted", "apart"]
)
def test_who_is_not_there_or_wanted_anyway_gets_an_id(figure, arm, aside, copies):
    people = people_of(figure, arm + (aside, 0.0), scores=(SURE, WEAK))
    assert hide(figure).update(people, 3 / RATE, copies=copies).ids.tolist() == [0, 2]


def test_limbs_get_ids_where_nobody_is_hidden(figure, arm):
    people = people_of(figure, arm, scores=(SURE, WEAK))
    assert PersonTracker().update(people, 0.0, copies=NO_COPIES).ids.tolist() == [0, 1]


@pytest.mark.parametrize(("sure", "ids"), [(0.9, [0, 1]), (1.2, [0, 1, 2])])
def test_limbs_get_ids_where_somebody_was_surely_seen_long_ago(figure, ghost, arm, sure, ids):
    """Of somebody who stays behind another only limbs are found."""
    tracker, limbs = hide(figure), [figure, ghost]
    images = round(sure * RATE)
    for image in range(3, images):
        tracker.update(people_of(*limbs, scores=(SURE, 0.5)), image / RATE, copies=NO_COPIES)
    people = people_of(*limbs, arm, scores=(SURE, 0.5, WEAK))
    assert tracker.update(people, images / RATE, copies=np.zeros(3, bool)).ids.tolist() == ids


def test_who_comes_out_keeps_the_id_although_an_arm_was_found_elsewhere_before(figure):
    """The one who came out is where all of the body was seen, not where the arm was."""
    tracker = hide(figure)
    for image in range(3, 10):
        arm, walked = 0.5 * figure + (20.0, -50.0), figure - (70.0 + SPEED * (image - 6) / RATE, 0.0)
        pose, score = (arm, 0.4) if image < 6 else (walked, 0.55 if image == 6 else 0.8)
        found = tracker.update(people_of(figure, pose, scores=(SURE, score)), image / RATE, copies=NO_COPIES)
        assert found.ids.tolist() == [0, 1]
