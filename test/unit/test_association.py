# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Which pose is whose, step by step, for people whose box has a diagonal of 100 pixels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from posenet_ros.people import People
from posenet_ros.tracking import association
from posenet_ros.tracking.association import Expectation, associate
from posenet_ros.tracking.identity import Identity
from posenet_ros.tracking.track import Track

DIAGONAL = 100.0
FIGURE = np.resize([(0.0, 0.0), (60.0, 80.0), (0.0, 80.0), (60.0, 0.0)], (17, 2))
UNIT = np.sqrt(0.5 * 60.0 * 80.0)
ALL, NONE = np.ones(1, bool), np.zeros(1, bool)


def track(place=(0.0, 0.0), *, evidence: float = 1.5, seen: float = 0.0, size: float = 1.0) -> Track:
    return Track(Identity(0), size * FIGURE + place, np.full(17, 0.9), evidence, seen)


def expected_at(*places, **changed) -> Expectation:
    """Return people who are expected at places, and seen just now; arrays may be others."""
    expectation = Expectation.of([track(place) for place in places], 0.0, 0.25)
    return replace(expectation, **{name: np.asarray(values) for name, values in changed.items()})


def people_at(*places, scores=0.9) -> People:
    keypoints = np.array([FIGURE + place for place in places]).reshape(-1, 17, 2)
    return People(keypoints, np.full((len(places), 17), 0.9), np.broadcast_to(scores, len(places)).astype(float))


def moves(*rows) -> np.ndarray:
    """Return offsets to the right, [poses, tracks, 2] pixels."""
    return np.stack((np.array(rows, float), np.zeros(np.shape(rows))), axis=-1)


def test_what_is_expected_of_tracks():
    tracks = [track(seen=0.75), track((200.0, 0.0), evidence=0.5, seen=0.5, size=2.0)]
    found = Expectation.of(tracks, 1.0, 0.25)
    np.testing.assert_allclose(found.keypoints, [FIGURE, 2.0 * FIGURE + (200.0, 0.0)])
    np.testing.assert_allclose(found.scores, 0.9)
    np.testing.assert_allclose(found.deviations, [each.deviation for each in tracks])
    np.testing.assert_allclose(found.units, [UNIT, 2.0 * UNIT])
    np.testing.assert_allclose(found.weights, [0.75, 0.5])
    np.testing.assert_allclose(found.unseen, [0.25, 0.5])
    assert found.recent.tolist() == [True, False]
    np.testing.assert_allclose(found.diagonals(), [DIAGONAL, 2.0 * DIAGONAL])
    np.testing.assert_allclose(
        found.shifted(np.array((3.0, -4.0))).keypoints - found.keypoints, [[(3.0, -4.0)] * 17] * 2
    )


def test_only_keypoints_that_are_seen_both_times_tell_how_far_a_pose_is_off():
    poses, expected = people_at((10.0, 5.0), (0.0, 0.0)), expected_at((0.0, 0.0), (0.0, 20.0))
    poses.keypoints[0, :9] += 500.0
    poses.keypoint_scores[0, :9] = 0.0
    found = association._offsets(poses, expected)
    np.testing.assert_allclose(found, [[(10.0, 5.0), (10.0, -15.0)], [(0.0, 0.0), (0.0, -20.0)]], atol=1e-9)


def test_poses_of_low_scores_stay_alone():
    left, lost = association._left_over(
        people_at(*[(0.0, 0.0)] * 4, scores=[0.9, 0.3, 0.29, 0.9]), expected_at(*[(0.0, 0.0)] * 3), {0: 1}
    )
    assert left.tolist() == [False, True, False, True]
    assert lost.tolist() == [True, False, True]


@pytest.mark.parametrize(
    ("distance", "changed", "reached"),
    [
        (34.9, {}, True),
        (35.1, {}, False),
        # Unseen: three deviations, and twice the size a second.
        (29.9, {"recent": NONE, "deviations": [10.0]}, True),
        (30.1, {"recent": NONE, "deviations": [10.0]}, False),
        (49.9, {"recent": NONE, "deviations": [10.0], "unseen": [0.2], "units": [50.0]}, True),
        (50.1, {"recent": NONE, "deviations": [10.0], "unseen": [0.2], "units": [50.0]}, False),
        (0.5, {"recent": NONE, "deviations": [0.1]}, False),
        (44.9, {"deviations": [15.0]}, True),
        (45.1, {"deviations": [15.0]}, False),
    ],
)
def test_who_is_left_over_goes_to_whoever_is_near_enough(distance, changed, reached):
    expected = expected_at((0.0, 0.0), **{"deviations": [0.0], "unseen": [0.0], **changed})
    for direction in (1.0, -1.0):
        found = association._nearest(moves([direction * distance]), ALL, ALL, expected)
        assert found == ({0: 0} if reached else {})


@pytest.mark.parametrize(
    ("offsets", "left", "lost", "weights", "pairs"),
    [
        # The nearest first, each once.
        ([[10.0, 30.0], [5.0, 30.0]], [1, 1], [1, 1], [0.75, 0.75], {1: 0, 0: 1}),
        ([[10.0, 40.0], [5.0, 40.0]], [1, 1], [1, 1], [0.75, 0.75], {1: 0}),
        ([[10.0, 30.0], [5.0, 30.0]], [1, 0], [1, 1], [0.75, 0.75], {0: 0}),
        ([[10.0, 30.0], [5.0, 30.0]], [1, 1], [0, 1], [0.75, 0.75], {0: 1}),
        # Whoever was found more often, unless much farther.
        ([[10.0, 12.0]], [1], [1, 1], [0.5, 0.75], {0: 1}),
        ([[10.0, 16.0]], [1], [1, 1], [0.5, 0.75], {0: 0}),
    ],
)
def test_the_nearest_pairs_come_first(offsets, left, lost, weights, pairs):
    expected = expected_at((0.0, 0.0), (200.0, 0.0), deviations=[0.0, 0.0], weights=weights)
    found = association._nearest(moves(*offsets), np.array(left, bool), np.array(lost, bool), expected)
    assert found == pairs


def common_shift(offsets, left, lost, expected):
    found = association._common_shift(moves(*offsets), np.array(left, bool), np.array(lost, bool), expected)
    return None if found is None else found.tolist()


@pytest.mark.parametrize(("distance", "possible"), [(129.0, True), (131.0, False), (-129.0, True), (-131.0, False)])
def test_somebody_alone_can_be_moved_farther_by_a_camera(distance, possible):
    found = common_shift([[distance]], [1], [1], expected_at((0.0, 0.0)))
    assert found == ([distance, 0.0] if possible else None)


@pytest.mark.parametrize(
    ("offsets", "left", "lost", "recent", "shift"),
    [
        # One pose and two people, or the other way round.
        ([[69.0, 300.0]], [1], [1, 1], [1, 1], 69.0),
        ([[71.0, 300.0]], [1], [1, 1], [1, 1], None),
        ([[300.0, 69.0]], [1], [1, 1], [1, 0], None),
        # What moves most people; a pair in which nobody is left over tells nothing.
        ([[40.0, 300.0], [300.0, 40.0], [10.0, 60.0]], [1, 1, 1], [1, 1], [1, 1], 40.0),
        ([[40.0, 10.0], [300.0, 41.0]], [1, 1], [1, 1], [1, 1], 40.0),
        ([[40.0, 300.0], [300.0, 60.0]], [1, 0], [1, 0], [1, 1], 40.0),
        ([[40.0, 300.0], [300.0, 0.0]], [0, 0], [0, 0], [1, 1], None),
        ([[60.0, 300.0], [300.0, 0.0]], [0, 0], [1, 0], [1, 1], 60.0),
        # Whoever was not seen just now has no vote.
        ([[40.0, 300.0, 300.0], [300.0, 20.0, 300.0], [300.0, 300.0, 20.0]], [1] * 3, [1] * 3, [1, 1, 1], 20.0),
        ([[40.0, 300.0, 300.0], [300.0, 20.0, 300.0], [300.0, 300.0, 41.0]], [1] * 3, [1] * 3, [1, 0, 1], 40.0),
        ([[10.0] + [300.0] * 3, [300.0, 40.0, 41.0, 20.0]], [1] * 2, [1] * 4, [1, 1, 1, 0], 40.0),
        ([[300.0, 0.5]], [1], [1, 1], [1, 0], None),
        # Of equal ones the smallest.
        ([[50.0, 300.0], [300.0, 20.0]], [1, 1], [1, 1], [1, 1], 20.0),
        ([[20.0, 300.0], [300.0, 50.0]], [1, 1], [1, 1], [1, 1], 20.0),
    ],
)
def test_the_camera_moves_most_people_alike(offsets, left, lost, recent, shift):
    places = [(300.0 * number, 0.0) for number in range(len(recent))]
    found = common_shift(offsets, left, lost, expected_at(*places, recent=np.array(recent, bool)))
    assert found == (None if shift is None else [shift, 0.0])


@pytest.mark.parametrize(
    ("changed", "track_number"),
    [
        ({}, 0),
        ({"deviations": [30.0, 5.0]}, 1),
        ({"weights": [0.3, 0.75]}, 1),
    ],
    ids=["nearer", "known better", "found more often"],
)
def test_of_two_people_for_one_pose_one_comes_first(changed, track_number):
    expected = expected_at((0.0, 0.0), (0.0, 0.0), **{"deviations": [5.0, 5.0], **changed})
    expected = replace(expected, keypoints=expected.keypoints + np.array([(4.0, 0.0), (-5.0, 0.0)])[:, None])
    pairs, shift = associate(people_at((0.0, 0.0)), expected)
    assert pairs == {0: track_number}
    assert not shift.any()


def test_a_pose_of_a_low_score_gives_way_to_a_sure_one():
    poses = people_at((0.0, 0.0), (6.0, 0.0), scores=[0.29, 0.3])
    assert associate(poses, expected_at((0.0, 0.0)))[0] == {1: 0}
    poses = people_at((0.0, 0.0), (6.0, 0.0), scores=[0.3, 0.3])
    assert associate(poses, expected_at((0.0, 0.0)))[0] == {0: 0}


def test_a_push_of_the_camera_moves_everybody_and_is_told():
    places = [(0.0, 0.0), (300.0, 0.0), (600.0, 0.0)]
    poses = people_at(*[(x + 60.0, y + 5.0) for x, y in places])
    pairs, shift = associate(poses, expected_at(*places))
    assert pairs == {0: 0, 1: 1, 2: 2}
    np.testing.assert_allclose(shift, (60.0, 5.0))


@pytest.mark.parametrize(("step", "pairs"), [(34.0, {0: 0, 1: 1}), (60.0, {0: 0})])
def test_one_of_two_who_steps_aside_is_no_push_of_the_camera(step, pairs):
    found, shift = associate(people_at((0.0, 0.0), (300.0 + step, 0.0)), expected_at((0.0, 0.0), (300.0, 0.0)))
    assert found == pairs
    assert not shift.any()


def test_somebody_may_step_aside_while_the_camera_is_pushed():
    places = [(0.0, 0.0), (300.0, 0.0), (600.0, 0.0), (900.0, 0.0)]
    moved = [(x + 60.0 + 30.0 * (x == 900.0), y) for x, y in places]
    pairs, shift = associate(people_at(*moved), expected_at(*places))
    assert pairs == {0: 0, 1: 1, 2: 2, 3: 3}
    np.testing.assert_allclose(shift, (60.0, 0.0))


def test_hidden_keypoints_do_not_tell_whose_a_pose_is():
    poses = people_at((0.0, 0.0), (6.0, 0.0))
    poses.keypoints[0, 4:] += 500.0
    poses.keypoint_scores[0, 4:] = 0.0
    assert associate(poses, expected_at((0.0, 0.0)))[0] == {0: 0}


@pytest.mark.parametrize("surer", [0, 1])
def test_of_two_poses_where_somebody_is_expected_the_surer_one_is_taken(surer):
    """The other, of which less is seen, is a little more alike in that."""
    poses = people_at((0.0, 0.0), (0.0, 0.0), scores=[0.9, 0.4] if surer == 0 else [0.4, 0.9])
    poses.keypoints[surer, 4:6] += 8.0
    assert associate(poses, expected_at((0.0, 0.0)))[0] == {surer: 0}


def test_nobody_is_pushed_where_all_are_where_they_were_expected():
    places = [(0.0, 0.0), (300.0, 0.0)]
    for poses in (people_at(*places), people_at(*places, (330.0, 400.0)), people_at(places[0])):
        pairs, shift = associate(poses, expected_at(*places))
        assert pairs == {number: number for number in range(min(len(poses), 2))}
        assert not shift.any()
    assert associate(people_at(), expected_at(*places))[0] == {}
    assert associate(people_at(*places), replace(expected_at(*places), keypoints=np.zeros((0, 17, 2))))[0] == {}
