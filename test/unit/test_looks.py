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


def test_two_looks_with_too_little_in_common_tell_nothing(figure):
    whole = look_of(dressed(figure, BLUE, DARK), figure)
    chest, legs = whole.copy(), whole.copy()
    chest[1:], legs[:1] = np.nan, np.nan
    assert np.isnan(between(whole, chest))
    assert np.isnan(between(whole, NOTHING))
    assert between(whole, legs) == 0.0


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
