# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest

from posenet_ros.drawing import draw_people
from posenet_ros.figures.colours import person_colour, side_colours
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


def test_left_is_lighter_than_right(person_keypoints):
    image = np.zeros((480, 640, 3), np.uint8)
    draw_people(image, one_person(person_keypoints, np.ones(17)))

    def brightness(a: int, b: int) -> int:
        x, y = np.rint((person_keypoints[a] + person_keypoints[b]) / 2).astype(int)
        return int(image[y, x].astype(int).sum())

    for left, right in (((5, 7), (6, 8)), ((11, 13), (12, 14)), ((13, 15), (14, 16))):
        assert brightness(*left) > brightness(*right) + 60


def drawn(keypoints: np.ndarray) -> np.ndarray:
    image = np.zeros((480, 640, 3), np.uint8)
    draw_people(image, one_person(keypoints, np.ones(17)))
    return image


def leg_width(keypoints: np.ndarray) -> int:
    """Return how many pixels across the left shin are drawn."""
    x, y = np.rint(keypoints[[13, 15]].mean(axis=0)).astype(int)
    row = drawn(keypoints)[y].max(axis=-1) > 60  # more than the outline
    left = x - int(np.argmin(row[x::-1]))
    return x + int(np.argmin(row[x:])) - left - 1


def test_lines_are_as_thick_as_the_person_is_large(person_keypoints):
    small, large = leg_width(0.15 * person_keypoints + 100.0), leg_width(person_keypoints)
    assert 1 <= small <= 4
    assert 6 <= large <= 9


def test_a_small_face_is_one_dot_and_a_large_one_has_eyes_and_ears(person_keypoints):
    def tones_of_the_face(keypoints: np.ndarray) -> int:
        low, high = (
            np.floor(keypoints[:5].min(axis=0)).astype(int) - 2,
            np.ceil(keypoints[:5].max(axis=0)).astype(int) + 2,
        )
        face = drawn(keypoints)[low[1] : high[1], low[0] : high[0]]
        tones = [
            [round(255 * channel) for channel in reversed(tone)] for tone in side_colours(person_colour(0)).values()
        ]
        return sum(bool((face == tone).all(axis=-1).any()) for tone in tones)

    assert tones_of_the_face(person_keypoints) == 3
    assert tones_of_the_face(0.2 * person_keypoints + 100.0) == 1


def test_labels_have_a_background_and_cover_no_face(person_keypoints):
    """Two people side by side: the colour of each label is a filled area above the head, apart from the other."""
    image = np.zeros((480, 640, 3), np.uint8)
    two = np.stack([0.5 * person_keypoints + (x, 100.0) for x in (100.0, 160.0)])
    people = People(two, np.ones((2, 17)), np.array([0.9, 0.8]), np.array([1, 2]))
    draw_people(image, people)
    faces = [
        image[int(f[:, 1].min()) - 8 : int(f[:, 1].max()), int(f[:, 0].min()) : int(f[:, 0].max())] for f in two[:, :5]
    ]
    filled = []
    for number in (1, 2):
        colour = [round(255 * channel) for channel in reversed(person_colour(number))]
        rows, columns = np.nonzero((image == colour).all(axis=-1))
        above = rows < two[:, :, 1].min() - 8
        assert above.sum() > 300
        filled.append(set(zip(rows[above].tolist(), columns[above].tolist(), strict=True)))
    assert all(face[0].max() < 255 for face in faces)
    assert not filled[0] & filled[1]


def test_names_are_an_option(person_keypoints):
    plain, named = np.zeros((2, 480, 640, 3), np.uint8)
    draw_people(plain, one_person(person_keypoints, np.ones(17)))
    draw_people(named, one_person(person_keypoints, np.ones(17)), names=True)
    beside = np.rint(person_keypoints[15]).astype(int) + (30, 0)
    region = slice(beside[1] - 8, beside[1] + 8), slice(beside[0] - 15, beside[0] + 30)
    assert not plain[region].any()
    assert (named[region] > 128).any()
