# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Who is who after people met: by their looks, and by who can have been hidden there."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

from tracking_world import Camera, Room, Walker

from posenet_ros.people import People
from posenet_ros.pipeline import TrackingStage
from posenet_ros.settings.pose import TrackingSettings
from posenet_ros.tracking.identity import Identity
from posenet_ros.tracking.tracker import PersonTracker

RATE = 15.0


def people_of(keypoints, scores) -> People:
    scores = np.asarray(scores, float)
    return People(np.asarray(keypoints).reshape(-1, 17, 2), np.repeat(scores[:, None], 17, axis=1), scores)


def meeting(turns: bool, images: str) -> list[list[int]]:
    """Let two people walk towards each other, whom nobody sees while they are near; return the ids of each."""
    stage, settings = TrackingStage(), TrackingSettings()
    after = {"turns": 1.5} if turns else {}
    walkers = Walker(-1.5, 2.6, 1.0, **after), Walker(1.5, 3.0, -1.0, **after)
    ids: list[list[int]] = [[], []]
    for number in range(int(2.7 * RATE)):
        time = number / RATE
        view = Room().view(Camera(), [walker.at(time) for walker in walkers])
        seen = abs(time - 1.5) > 0.25
        people = people_of(view.keypoints, (0.9, 0.9)) if seen else People.nobody()
        image = {"in colour": view.image, "all alike": np.full_like(view.image, 90), "none": None}[images]
        found = stage.update(people, time, settings, image).ids.tolist()
        for person, number_given in enumerate(found):
            ids[person].append(number_given)
    return ids


@pytest.mark.parametrize(
    ("turns", "images", "right"),
    [
        (True, "in colour", True),
        (False, "in colour", True),
        # By places alone one cannot tell that they turned.
        (True, "all alike", False),
        (True, "none", False),
        (False, "all alike", True),
        (False, "none", True),
    ],
)
def test_people_who_part_have_the_ids_that_their_clothes_tell(turns, images, right):
    first, second = meeting(turns, images)
    assert len({*first, *second}) == 2
    assert (first[-1] == first[0]) == right
    assert (second[-1] == second[0]) == right


def test_ids_of_people_who_never_met_do_not_change_places_whatever_they_look_like():
    """Two people who stand far apart change clothes in one image."""
    stage, settings, rng = TrackingStage(), TrackingSettings(), np.random.default_rng(0)
    figures = [Walker(-1.0, 2.8).at(0.0), Walker(1.0, 2.8).at(0.0)]
    view = Room().view(Camera(), figures)
    changed = Room().view(Camera(), figures[::-1]).image
    ids = set()
    for number in range(60):
        people = people_of(view.keypoints + rng.normal(0.0, 1.0, view.keypoints.shape), (0.9, 0.9))
        image = view.image if number < 30 else changed
        ids.add(tuple(stage.update(people, number / RATE, settings, image).ids.tolist()))
    assert ids == {(0, 1)}


@pytest.mark.parametrize(
    ("aside", "score", "met", "size", "number"),
    [
        ((60.0, 0.0), 0.8, True, 1.0, 0),
        ((60.0, 0.0), 0.8, False, 1.0, 2),
        ((60.0, 0.0), 0.2, True, 1.0, 2),
        ((60.0, 190.0), 0.8, True, 1.0, 2),
        ((500.0, 0.0), 0.8, True, 1.0, 2),
        ((50.0, 0.0), 0.8, True, 0.7, 2),
    ],
    ids=["beside", "never met", "a weak pose", "too far to have gone", "far from everybody", "a smaller person"],
)
def test_who_appears_beside_somebody_is_the_one_who_was_hidden_there(person_keypoints, aside, score, met, size, number):
    figure = (person_keypoints - person_keypoints.mean(axis=0)) * 300.0 / np.ptp(person_keypoints[:, 1])
    tracker = PersonTracker()
    apart = 60.0 if met else 400.0

    def at(*places: float) -> np.ndarray:
        return np.array([figure + (place, 0.0) for place in places])

    for image in range(10):
        assert tracker.update(people_of(at(0.0, apart), (0.9, 0.9)), image / RATE).ids.tolist() == [0, 1]
    # The first vanishes. On the far side of the second something is found that may be nobody, and then for sure.
    beside = np.array([figure + (apart, 0.0), size * figure + (apart, 0.0) + aside])
    assert tracker.update(people_of(beside, (0.9, 0.15)), 10 / RATE).ids.tolist() == [1, 2]
    assert tracker.update(people_of(beside, (0.9, score)), 11 / RATE).ids.tolist() == [1, number]


def test_colours_are_not_read_where_somebody_covers_another(person_keypoints, monkeypatch):
    told = []
    monkeypatch.setattr(
        "posenet_ros.tracking.tracker.recognise", lambda tracks, nearness, *_: told.append(nearness.covers.tolist())
    )
    people = people_of(np.array([person_keypoints, person_keypoints + (50.0, 0.0)]), (0.9, 0.9))
    PersonTracker().update(people, 0.0, None, np.zeros((480, 640, 3), np.uint8))
    assert told == [[[False, True], [True, False]]]


def test_people_who_are_gone_are_forgotten_by_those_whom_they_met(person_keypoints):
    """Somebody stands there for long, while others come and go."""
    tracker = PersonTracker(patience=0.2)
    for image in range(400):
        shown = [person_keypoints] if image % 10 >= 5 else [person_keypoints, person_keypoints + (50.0, 0.0)]
        tracker.update(people_of(np.array(shown), [0.9] * len(shown)), image / RATE)
    gc.collect()
    assert sum(isinstance(thing, Identity) for thing in gc.get_objects()) < 20


@pytest.mark.parametrize("size", [(1, 1), (48, 64), (480, 640)])
def test_images_do_no_harm_whatever_the_poses(size):
    rng = np.random.default_rng(0)
    tracker = PersonTracker(patience=0.3)
    for image in range(60):
        count = int(rng.integers(0, 7))
        keypoints = rng.uniform(-50.0, 700.0, (count, 17, 2)) * rng.choice((0.0, 1.0, 1e6))
        people = People(keypoints, rng.uniform(0, 1, (count, 17)), rng.uniform(0, 1, count))
        ids = tracker.update(people, image * 0.06, None, rng.integers(0, 255, (*size, 3), np.uint8)).ids
        assert len(set(ids.tolist())) == count
