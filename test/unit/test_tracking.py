# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Scripted sequences of a standing figure that walks sideways, at 30 Hz with jitter."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posenet_ros.people import People
from posenet_ros.tracking.clock import FrameClock
from posenet_ros.tracking.tracker import PersonTracker

RATE = 30.0
# Pixels a second: a figure of 300 pixels is 1.7 m tall and walks 1.2 m/s.
WALK = 210.0
HEIGHT = 300.0


@pytest.fixture
def figure(person_keypoints) -> np.ndarray:
    """Return keypoints, [17, 2], of a figure around (0, 0)."""
    centred = person_keypoints - person_keypoints.mean(axis=0)
    return centred * HEIGHT / np.ptp(centred[:, 1])


def people_at(rng: np.random.Generator, figure: np.ndarray, places, jitter: float = 1.5) -> People:
    """Return a figure at each x, in random order, as decoders do not know who is who."""
    order = rng.permutation(len(places))
    shifted = figure + np.column_stack((np.asarray(places, float), np.zeros(len(places))))[:, None]
    keypoints = shifted[order] + rng.normal(0.0, jitter, (len(places), 17, 2))
    return People(keypoints, np.full((len(places), 17), 0.9), np.full(len(places), 0.9))


def run(figure, paths, rate=RATE, jitter=1.5, patience=1.0, seed=0):
    """Track walkers along paths [people][frame] of x, None while not seen; return each one's ids."""
    rng = np.random.default_rng(seed)
    tracker = PersonTracker(patience)
    ids = [[] for _ in paths]
    for frame, places in enumerate(zip(*paths, strict=True)):
        seen = [x for x in places if x is not None]
        found = tracker.update(people_at(rng, figure, seen, jitter), frame / rate)
        for walker, x in enumerate(places):
            if x is not None:
                nearest = np.abs(found.keypoints.mean(axis=1)[:, 0] - x).argmin()
                ids[walker].append(int(found.ids[nearest]))
    return ids


def walk(start, speed, frames, rate=RATE):
    return [start + speed * frame / rate for frame in range(frames)]


def test_two_people_who_stand_keep_their_ids(figure):
    left, right = run(figure, [walk(100, 0, 60), walk(300, 0, 60)])
    assert set(left) | set(right) == {0, 1}
    assert len(set(left)) == len(set(right)) == 1


@pytest.mark.parametrize("rate", [5.0, 10.0, 30.0, 60.0])
@pytest.mark.parametrize("seed", range(5))
def test_people_who_cross_keep_their_ids_once_they_are_apart(figure, rate, seed):
    frames = int(3 * rate)
    paths = [walk(0, WALK, frames, rate), walk(3 * WALK, -WALK, frames, rate)]
    for ids in run(figure, paths, rate, seed=seed):
        apart = [ids[frame] for frame in range(frames) if abs(paths[0][frame] - paths[1][frame]) > 0.25 * HEIGHT]
        assert len(set(apart)) == 1


@pytest.mark.parametrize("rate", [10.0, 30.0])
@pytest.mark.parametrize("seed", range(5))
def test_who_is_hidden_while_crossing_keeps_the_id(figure, rate, seed):
    frames = int(3 * rate)
    front, behind = walk(0, WALK, frames, rate), walk(3 * WALK, -WALK, frames, rate)
    behind = [None if abs(a - b) < 0.3 * HEIGHT else b for a, b in zip(front, behind, strict=True)]
    assert [len(set(ids)) for ids in run(figure, [front, behind], rate, seed=seed)] == [1, 1]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("height", [200.0, 285.0])
def test_one_person_keeps_the_id_while_the_camera_shakes_by_80_pixels_in_both_directions(figure, height, seed):
    rng, tracker = np.random.default_rng(seed), PersonTracker()
    ids = set()
    for frame in range(40):
        places = people_at(rng, figure * height / HEIGHT, [0.0])
        shaken = places.moved_to(places.keypoints + rng.choice((-80.0, 80.0), 2) + rng.uniform(-5.0, 5.0, 2))
        ids |= set(tracker.update(shaken, frame / 10.0).ids.tolist())
    assert ids == {0}


def test_occluded_person_comes_back_with_the_id(figure):
    path = walk(0, WALK, 60)
    path[25:40] = [None] * 15  # half a second
    ids = run(figure, [path, walk(700, 0, 60)])
    assert [len(set(each)) for each in ids] == [1, 1]


def test_patience_ends(figure):
    path = walk(100, 0, 90)
    path[20:70] = [None] * 50
    assert set(run(figure, [path], patience=1.0)[0]) == {0, 1}
    assert set(run(figure, [path], patience=3.0)[0]) == {0}


def test_who_comes_when_another_leaves_is_somebody_else(figure):
    leaving = [*walk(0, WALK, 30), *[None] * 30]
    coming = [*[None] * 35, *walk(600, -WALK, 25)]
    assert run(figure, [leaving, coming]) == [[0] * 30, [1] * 25]


def test_people_go_where_the_camera_that_moves_shows_them(figure):
    tracker, motion = PersonTracker(), np.array(((0.0, -1.0, 40.0), (1.0, 0.0, -30.0)))
    tracker.update(people_at(np.random.default_rng(0), figure, [0.0], jitter=0.0), 0.0)
    tracker.update(People.nobody(), 0.1, motion)
    np.testing.assert_allclose(tracker.expected(), [figure @ motion[:, :2].T + (40.0, -30.0)])


def test_a_push_of_the_camera_moves_whoever_is_hidden_as_well(figure):
    rng, tracker = np.random.default_rng(0), PersonTracker()
    tracker.update(people_at(rng, figure, [0.0, 400.0, 800.0], jitter=0.0), 0.0)
    tracker.update(people_at(rng, figure, [100.0, 500.0], jitter=0.0), 0.1)
    assert sorted(tracker.expected().mean(axis=1)[:, 0]) == pytest.approx([100.0, 500.0, 900.0])


def test_ids_of_trackers_that_share_numbers_differ(figure):
    numbers = itertools.count()
    trackers = [PersonTracker(numbers=numbers) for _ in range(2)]
    rng = np.random.default_rng(0)
    ids = [tracker.update(people_at(rng, figure, [0, 400]), 0.0).ids.tolist() for tracker in trackers]
    assert ids == [[0, 1], [2, 3]]


@pytest.mark.parametrize("stamps", [[0.0] * 90, list(np.arange(45) / 30) * 2, [1e9 - frame for frame in range(90)]])
def test_stamps_that_stand_still_or_jump_back_do_no_harm(figure, stamps):
    rng = np.random.default_rng(0)
    tracker = PersonTracker(patience=0.5)
    ids = {tracker.update(people_at(rng, figure, [0]), stamp).ids[0] for stamp in stamps}
    assert ids == {0}
    for stamp in stamps:  # nobody, so that the person is forgotten although the stamps do not tell for how long
        tracker.update(People.nobody(), stamp)
    assert tracker.update(people_at(rng, figure, [0]), stamps[-1]).ids.tolist() == [1]


def test_only_key_points_seen_both_times_count(figure):
    tracker = PersonTracker()
    scores = np.full(17, 0.9)
    first = People(figure[None], scores[None], np.array([0.9]))
    hidden = np.arange(17) >= 11
    moved = np.where(hidden[:, None], 1e4, figure)
    second = People(moved[None], np.where(hidden, 1e-3, scores)[None], np.array([0.9]))
    assert tracker.update(first, 0.0).ids.tolist() == tracker.update(second, 0.033).ids.tolist()


@pytest.mark.parametrize("hidden_score", [0.05, 0.3])
@pytest.mark.parametrize("speed", [-WALK, 0.0, WALK])
def test_half_a_pose_moves_a_person_neither_in_place_nor_in_speed(figure, speed, hidden_score):
    """Whatever is hidden is found where the rest is seen, as networks do it; then the person is unseen for 0.4 s."""
    rng, tracker, ids = np.random.default_rng(0), PersonTracker(), set()
    hidden = figure[:, 0] > np.median(figure[:, 0])
    for frame in range(60):
        place = figure + (speed * frame / RATE, 0.0)
        found, scores = place + rng.normal(0.0, 1.5, (17, 2)), np.full(17, 0.9)
        if 20 <= frame < 32:
            found[hidden], scores[hidden] = found[~hidden].mean(axis=0), hidden_score
        people = People(found[None], scores[None], np.array([scores.mean()]))
        seen = People.nobody() if 32 <= frame < 44 else people
        ids |= set(tracker.update(seen, frame / RATE).ids.tolist())
        if 20 <= frame < 44:
            assert np.abs(tracker.expected()[0].mean(axis=0) - place.mean(axis=0)).max() < 0.08 * HEIGHT
    assert ids == {0}


def test_one_stamp_that_jumps_back_far_forgets_nobody(figure):
    rng, tracker = np.random.default_rng(0), PersonTracker(patience=0.5)
    stamps = [100.0, 100.1, 100.2, 0.0, 100.3, 100.4]
    assert {tracker.update(people_at(rng, figure, [0]), stamp).ids[0] for stamp in stamps} == {0}


def test_time_goes_on_as_though_one_stamp_had_not_jumped_back():
    clock = FrameClock()
    before = [clock.advance(stamp) for stamp in (100.0, 100.1)][-1]
    jumped = clock.advance(0.0)
    assert clock.jumped
    assert before < jumped < clock.advance(100.3)
    assert not clock.jumped
    assert clock.advance(100.4) == pytest.approx(before + 0.3)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1), st.lists(st.integers(0, 6), min_size=1, max_size=8))
def test_whatever_comes_ids_differ_and_are_not_reused(seed, counts):
    rng = np.random.default_rng(seed)
    tracker = PersonTracker(patience=0.1)
    last_seen: dict[int, int] = {}
    for frame, count in enumerate(counts):
        keypoints = rng.uniform(-1e3, 1e3, (count, 17, 2)) * rng.choice((0.0, 1.0, 1e6))
        people = People(keypoints, rng.uniform(0, 1, (count, 17)), rng.uniform(0, 1, count))
        ids = tracker.update(people, frame * 0.06).ids.tolist()
        assert len(set(ids)) == count
        for number in ids:
            # Two intervals are longer than the patience.
            assert number not in last_seen or frame - last_seen[number] <= 1
            last_seen[number] = frame
