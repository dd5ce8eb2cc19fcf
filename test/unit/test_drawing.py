# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest

from posenet_ros.drawing import draw_people, person_colour
from posenet_ros.people import People


def one_person(keypoints: np.ndarray, scores: np.ndarray) -> People:
    return People(keypoints[None], scores[None], np.array([0.8]))


def test_shown_joints_are_drawn_and_others_are_not(person, person_keypoints):
    scores = np.ones(17)
    scores[9] = 0.1
    image = np.zeros_like(person)
    draw_people(image, one_person(person_keypoints, scores), keypoint_threshold=0.5)
    at = np.rint(person_keypoints).astype(int)
    drawn = image[at[:, 1], at[:, 0]].any(axis=-1)
    assert drawn.tolist() == [part != 9 for part in range(17)]


def test_nothing_is_drawn_for_nobody():
    image = np.zeros((48, 64, 3), np.uint8)
    draw_people(image, People.nobody())
    draw_people(image, one_person(np.full((17, 2), 20.0), np.zeros(17)))
    assert not image.any()


@pytest.mark.parametrize("far", [-1e9, 1e9])
@pytest.mark.parametrize("size", [(1, 1), (48, 64)])
def test_key_points_far_outside_do_no_harm(far, size):
    keypoints = np.full((17, 2), 5.0)
    keypoints[5] = far
    draw_people(np.zeros((*size, 3), np.uint8), one_person(keypoints, np.ones(17)))


def test_neighbouring_people_have_different_colours():
    colours = np.array([person_colour(number) for number in range(8)])
    distances = np.linalg.norm(colours[:, None] - colours[None], axis=-1) + 9 * np.eye(8)
    assert distances.min() > 0.2
    assert ((colours >= 0) & (colours <= 1)).all()
