# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Colours of clothes, read where keypoints say that they are."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from posenet_ros.skeleton import KeypointId
from posenet_ros.tracking.looks import NOTHING, Memory, differences, looks

SIZE = 480, 640
SURE = np.full(17, 0.9)
NOBODY_NEAR = np.full((1, 0, 2, 2), np.nan)
BLUE, RED, DARK = (180, 70, 40), (40, 60, 190), (60, 55, 50)


@pytest.fixture
def figure(person_keypoints) -> np.ndarray:
    """Return keypoints, [17, 2] pixels, of somebody 300 pixels high in the middle of the image."""
    centred = person_keypoints - person_keypoints.mean(axis=0)
    return centred * 300.0 / np.ptp(centred[:, 1]) + (320.0, 240.0)


def dressed(keypoints, shirt, trousers, noise=0.0) -> np.ndarray:
    """Return an image with such clothes down to the hips and below, [480, 640, 3]."""
    image = np.full((*SIZE, 3), 128, np.uint8)
    hips = int(keypoints[[KeypointId.LEFT_HIP, KeypointId.RIGHT_HIP], 1].mean())
    left, right = int(keypoints[:, 0].min()), int(keypoints[:, 0].max())
    cv2.rectangle(image, (left, 0), (right, hips), shirt, cv2.FILLED)
    cv2.rectangle(image, (left, hips + 1), (right, SIZE[0]), trousers, cv2.FILLED)
    return np.clip(image + np.random.default_rng(0).normal(0.0, noise, image.shape), 0, 255).astype(np.uint8)


def look_of(image, keypoints, scores=SURE, covers=NOBODY_NEAR) -> np.ndarray:
    return looks(image, keypoints[None], scores[None], covers)[0]


def between(a, b) -> float:
    return float(differences([a], [b])[0, 0])


def test_one_person_elsewhere_and_with_noise_looks_the_same_and_others_do_not(figure):
    first = look_of(dressed(figure, BLUE, DARK), figure)
    moved = figure + (90.0, 20.0)
    assert between(first, look_of(dressed(moved, BLUE, DARK, noise=6.0), moved)) < 1.0
    assert between(first, look_of(dressed(moved, RED, DARK), moved)) > 4.0
    assert between(first, look_of(dressed(moved, BLUE, RED), moved)) > 4.0


def test_brightness_counts_less_than_colour(figure):
    first = look_of(dressed(figure, (100, 100, 100), (100, 100, 100)), figure)
    brighter = look_of(dressed(figure, (130, 130, 130), (130, 130, 130)), figure)
    bluer = look_of(dressed(figure, (130, 85, 85), (130, 85, 85)), figure)
    assert between(first, brighter) < 0.5 * between(first, bluer)


def box_around(keypoints, names, margin=10.0) -> np.ndarray:
    points = keypoints[[KeypointId[name] for name in names]]
    return np.array(((points.min(axis=0) - margin, points.max(axis=0) + margin),))[None]


LEGS = [f"{side}_{joint}" for side in ("LEFT", "RIGHT") for joint in ("KNEE", "ANKLE")]
TRUNK = [f"{side}_{joint}" for side in ("LEFT", "RIGHT") for joint in ("SHOULDER", "HIP")]


@pytest.mark.parametrize(
    ("covered", "unsure", "shift", "seen"),
    [
        ([], [], 0.0, [True, True, True, True]),
        (LEGS, [], 0.0, [True, True, True, False]),
        (TRUNK, [], 0.0, [False, False, True, True]),
        ([], ["LEFT_ANKLE"], 0.0, [True, True, True, False]),
        ([], ["RIGHT_HIP"], 0.0, [False, False, False, True]),
        ([], [], 350.0, [False, False, False, False]),
    ],
    ids=["all", "legs covered", "trunk covered", "ankle not seen", "hip not seen", "outside"],
)
def test_only_what_is_seen_has_a_colour(figure, covered, unsure, shift, seen):
    scores = SURE.copy()
    scores[[KeypointId[name] for name in unsure]] = 0.1
    covers = box_around(figure, covered) if covered else NOBODY_NEAR
    look = look_of(dressed(figure, BLUE, DARK), figure + (shift, 0.0), scores, covers)
    assert np.isfinite(look).all(axis=-1).tolist() == seen


def places_of(keypoints, covers=NOBODY_NEAR, size=(200, 250)) -> np.ndarray:
    """Return where each part's colour is read, [4, 2] x, y: the image's blue is the column, its green the row."""
    image = np.zeros((*size, 3), np.uint8)
    image[..., 1], image[..., 0] = np.indices(size)
    brightness, blue, red = look_of(image, keypoints, covers=covers).T * 10.0
    green = -red
    assert brightness == pytest.approx((0.5 * green - blue + green) / 6.0, nan_ok=True)
    return np.stack((0.5 * green - blue, green), axis=1)


def standing(x=100.0, y=20.0) -> np.ndarray:
    """Return keypoints of somebody 40 pixels broad, whose trunk, thighs and shins are 40 pixels each."""
    keypoints = np.zeros((17, 2))
    for number, name in enumerate(("SHOULDER", "HIP", "KNEE", "ANKLE")):
        keypoints[KeypointId[f"RIGHT_{name}"]] = x, y + 40.0 * number
        keypoints[KeypointId[f"LEFT_{name}"]] = x + 40.0, y + 40.0 * number
    return keypoints


def test_colours_are_read_in_the_middle_of_each_part():
    np.testing.assert_allclose(places_of(standing()), [(120, 30), (120, 49), (120, 80), (120, 120)], atol=0.01)


@pytest.mark.parametrize("side", ["LEFT", "RIGHT"])
@pytest.mark.parametrize(("names", "moved"), [(("KNEE",), [2]), (("SHOULDER", "HIP"), [0, 1])])
def test_both_sides_of_a_body_count(side, names, moved):
    """Where one side is elsewhere, the middle is between the two."""
    keypoints = standing()
    keypoints[[KeypointId[f"{side}_{name}"] for name in names], 0] += 8.0 if side == "LEFT" else -8.0
    shift = places_of(keypoints)[:, 0] - 120.0
    direction = 1.0 if side == "LEFT" else -1.0
    assert (direction * shift[moved] > 0.0).all()


@pytest.mark.parametrize(
    ("point", "seen"),
    [
        ((0.0, 0.0), True),
        ((249.0, 199.0), True),
        ((0.5, 0.5), True),
        ((-0.1, 50.0), False),
        ((50.0, -0.1), False),
        ((249.1, 50.0), False),
        ((50.0, 199.1), False),
    ],
)
def test_only_what_is_in_the_image_has_a_colour(point, seen):
    expected = np.rint(point) if seen else np.nan
    np.testing.assert_allclose(places_of(np.full((17, 2), point)), np.broadcast_to(expected, (4, 2)), atol=0.01)


@pytest.mark.parametrize(("score", "seen"), [(0.3, True), (0.29, False)])
def test_a_keypoint_of_a_low_score_tells_no_colour(score, seen):
    image = np.zeros((*SIZE, 3), np.uint8)
    assert np.isfinite(look_of(image, standing(), np.full(17, score))).all() == seen


def test_legs_below_the_image_do_not_hide_the_trunk():
    seen = np.isfinite(places_of(standing(y=100.0))).all(axis=1)
    assert seen.tolist() == [True, True, True, False]


@pytest.mark.parametrize(
    ("low", "high", "seen"),
    [
        ((60.0, 40.0), (90.0, 90.0), False),
        ((50.0, 40.0), (60.0, 50.0), False),
        ((60.0, 50.0), (70.0, 60.0), False),
        ((60.1, 40.0), (90.0, 90.0), True),
        ((50.0, 40.0), (59.9, 90.0), True),
        ((50.0, 50.1), (90.0, 90.0), True),
        ((50.0, 40.0), (90.0, 49.9), True),
    ],
)
def test_a_point_in_a_box_or_on_its_border_is_covered(low, high, seen):
    keypoints = np.full((17, 2), (60.0, 50.0))
    assert np.isfinite(places_of(keypoints, np.array([[(low, high)]]))).all() == seen


@pytest.mark.parametrize(("points", "seen"), [(2, True), (3, False)])
def test_half_a_part_may_not_be_covered(points, seen):
    """The points of a thigh are at a quarter, the middle and three quarters: rows 70, 80 and 90."""
    box = np.array([[[(139.0, 69.0), (141.0, 60.0 + 10.0 * points + 1.0)]]])
    assert np.isfinite(places_of(standing(), box)[2]).all() == seen


@pytest.mark.parametrize(("part", "row"), [(0, 26.0), (0, 34.0), (1, 44.0), (1, 54.0)])
def test_a_part_of_the_trunk_is_read_in_two_rows_across_it(part, row):
    box = np.array([[[(100.0, row - 1.0), (140.0, row + 1.0)]]])
    seen = np.isfinite(places_of(standing(), box)).all(axis=1)
    assert not seen[part]
    assert seen.sum() == 3


def test_each_person_has_an_own_look_and_own_covers():
    image = np.full((*SIZE, 3), BLUE, np.uint8)
    image[:, 320:] = RED
    people = np.stack((standing(), standing(x=400.0)))
    covers = np.stack((np.full((1, 2, 2), np.nan), [[(0.0, 0.0), (640.0, 90.0)]]))
    found = looks(image, people, np.stack((SURE, SURE)), covers)
    np.testing.assert_allclose(found[0], look_of(image, standing()))
    assert np.isfinite(found[1]).all(axis=-1).tolist() == [False, False, False, True]
    assert between(found[0][[3, 3, 3, 3]], found[1][[3, 3, 3, 3]]) > 10.0


def test_two_looks_with_too_little_in_common_tell_nothing(figure):
    whole = look_of(dressed(figure, BLUE, DARK), figure)
    chest, legs = whole.copy(), whole.copy()
    chest[1:], legs[:1] = np.nan, np.nan
    assert np.isnan(between(whole, chest))
    assert np.isnan(between(whole, NOTHING))
    assert between(whole, legs) == 0.0


def test_the_difference_is_the_mean_of_the_parts_that_are_seen_of_both():
    def parts(*values: float) -> np.ndarray:
        return np.array([(0.0, 3.0 * value, 4.0 * value) for value in values])

    some = parts(0.0, 0.0, 0.0, 0.0), parts(0.0, 1.0, np.nan, np.nan)
    others = parts(1.0, 1.0, 1.0, 1.0), parts(1.0, 3.0, np.nan, np.nan), parts(np.nan, 2.0, 2.0, 2.0)
    np.testing.assert_allclose(differences(some, others), [[5.0, 10.0, 10.0], [2.5, 7.5, np.nan]])


def test_memory_is_a_mean_that_fills_what_was_not_seen_before():
    memory = Memory(times=4)
    half = np.full((4, 3), 2.0)
    half[2:] = np.nan
    memory.learn(half)
    memory.learn(np.full((4, 3), 4.0))
    assert memory.look[:, 0].tolist() == [3.0, 3.0, 4.0, 4.0]
    for _ in range(40):
        memory.learn(np.full((4, 3), 8.0))
    assert memory.times == 4
    np.testing.assert_allclose(memory.look, 8.0, atol=0.01)
    memory.clear()
    assert memory.times == 0
    assert np.isnan(memory.look).all()


@pytest.mark.parametrize("size", [(1, 1), (3, 700)])
def test_images_and_places_of_any_size_do_no_harm(figure, size):
    image = np.zeros((*size, 3), np.uint8)
    for keypoints in (figure, figure * 1e6, -figure * 1e6):
        assert look_of(image, keypoints).shape == (4, 3)
