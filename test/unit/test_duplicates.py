# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest

from posenet_ros.decoding.selection import without_duplicates
from posenet_ros.people import People
from posenet_ros.similarity import object_keypoint_similarity


def people_at(*keypoints: np.ndarray, scores: list[np.ndarray] | None = None) -> People:
    each = scores or [np.full(17, 0.9)] * len(keypoints)
    return People(np.stack(keypoints), np.stack(each), np.linspace(0.9, 0.5, len(keypoints)))


def test_similarity_falls_from_one_with_the_distance(person_keypoints):
    shifted = np.stack([person_keypoints + np.array((shift, 0.0)) for shift in (0.0, 5.0, 20.0, 80.0, 400.0)])
    similarity = object_keypoint_similarity(shifted, person_keypoints[None])[:, 0]
    assert similarity[0] == pytest.approx(1.0)
    assert (np.diff(similarity) < 0).all()
    assert similarity[-1] < 0.01


def test_similarity_does_not_depend_on_the_scale(person_keypoints):
    for scale in (0.1, 10.0):
        a, b = person_keypoints[None], person_keypoints[None] + (7.0, -3.0)
        np.testing.assert_allclose(
            object_keypoint_similarity(scale * b, scale * a), object_keypoint_similarity(b, a), atol=1e-9
        )


def test_second_version_of_a_person_is_taken_off(person_keypoints):
    moved = person_keypoints + np.random.default_rng(0).normal(0.0, 4.0, (17, 2))
    people = without_duplicates(people_at(person_keypoints, moved))
    assert people.scores.tolist() == [0.9]


def test_half_a_person_is_a_version_of_the_whole(person_keypoints):
    """Keypoints that the duplicate did not see lie anywhere and count for nothing."""
    half = person_keypoints.copy()
    half[5:] = 1000.0
    scores = np.full(17, 0.9)
    scores[5:] = 0.01
    assert len(without_duplicates(people_at(person_keypoints, half, scores=[np.full(17, 0.9), scores]))) == 1


@pytest.mark.parametrize("shift", [(60.0, 0.0), (0.0, 80.0), (-60.0, 20.0)])
def test_people_who_stand_close_are_kept(person_keypoints, shift):
    """The drawn person is 92 pixels broad at the shoulders."""
    assert len(without_duplicates(people_at(person_keypoints, person_keypoints + shift))) == 2


def test_who_was_seen_elsewhere_is_no_copy(person_keypoints):
    """Both poses have the same head and trunk; the better one guesses arms and legs, the other saw them elsewhere."""
    other = person_keypoints.copy()
    other[[7, 8, 9, 10, 13, 14, 15, 16]] += 60.0
    better = np.full(17, 0.95)
    better[[7, 8, 9, 10, 13, 14, 15, 16]] = 0.05
    assert len(without_duplicates(people_at(person_keypoints, other, scores=[better, np.full(17, 0.8)]))) == 2


def test_who_stands_a_hand_beside_another_is_no_copy(person_keypoints):
    """The drawn person is 325 pixels from the eyes to the ankles: 18 pixels are the breadth of a hand."""
    assert len(without_duplicates(people_at(person_keypoints, person_keypoints + (18.0, 0.0)))) == 2


def test_what_only_the_better_pose_saw_does_not_tell_them_apart(person_keypoints):
    """The copy's arms and legs went astray, unsure; its head and trunk are the same."""
    copy = person_keypoints.copy()
    copy[[7, 8, 9, 10, 13, 14, 15, 16]] += 60.0
    scores = np.full(17, 0.9)
    scores[[7, 8, 9, 10, 13, 14, 15, 16]] = 0.05
    assert len(without_duplicates(people_at(person_keypoints, copy, scores=[np.full(17, 0.9), scores]))) == 1


def test_nobody_stays_nobody():
    assert len(without_duplicates(People.nobody())) == 0
