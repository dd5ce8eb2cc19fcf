# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from posenet_ros.body.attributes import Facing, facing, hand_heights, hands_raised
from posenet_ros.estimator import PoseEstimator
from posenet_ros.people import People
from posenet_ros.similarity import object_keypoint_similarity
from posenet_ros.skeleton import KeypointId as K

CLIP = Path(__file__).resolve().parents[1] / "data" / "clip"


def person(keypoints: np.ndarray, scores: np.ndarray | None = None, positions: np.ndarray | None = None) -> People:
    scores = np.ones(17) if scores is None else scores
    return People(keypoints[None], scores[None], np.ones(1), None, None if positions is None else positions[None])


def test_a_hand_is_raised_when_the_wrist_is_above_the_shoulder(person_keypoints):
    """The drawn person, 1.7 m in 380 pixels, has the left hand beside the shoulder and the right one down."""
    keypoints = person_keypoints.copy()
    keypoints[K.LEFT_WRIST] = keypoints[K.LEFT_SHOULDER] + (20.0, -67.0)
    assert hands_raised(person(keypoints)).tolist() == [[True, False]]
    left, right = hand_heights(person(keypoints))[0]
    assert left == pytest.approx(0.3, rel=0.2)
    assert right == pytest.approx(-(186 - 88) / 380 * 1.7 * 1.1, rel=0.2)


def test_heights_do_not_depend_on_the_distance(person_keypoints):
    near, far = hand_heights(person(person_keypoints)), hand_heights(person(0.3 * person_keypoints))
    np.testing.assert_allclose(near, far)


def test_known_positions_tell_the_height_in_metres(person_keypoints):
    positions = np.full((17, 3), np.nan)
    positions[K.LEFT_SHOULDER] = 0.2, -0.4, 2.0
    positions[K.LEFT_WRIST] = 0.2, -0.9, 1.8
    heights = hand_heights(person(person_keypoints, positions=positions))[0]
    assert heights[0] == pytest.approx(0.5)
    # Of the other side no position is known.
    assert heights[1] == pytest.approx(hand_heights(person(person_keypoints))[0, 1])


@pytest.mark.parametrize("part", [K.LEFT_WRIST, K.LEFT_SHOULDER])
def test_what_is_not_seen_is_unknown_and_not_raised(person_keypoints, part):
    scores = np.ones(17)
    scores[part] = 0.3
    keypoints = person_keypoints - (0.0, 300.0) * (np.arange(17) == K.LEFT_WRIST)[:, None]
    assert hands_raised(person(keypoints)).tolist() == [[True, False]]
    assert np.isnan(hand_heights(person(keypoints, scores))[0, 0])
    assert not hands_raised(person(keypoints, scores)).any()
    assert hands_raised(person(keypoints, scores), 0.3)[0, 0]


def test_who_faces_the_camera(person_keypoints):
    assert facing(person(person_keypoints)).tolist() == [Facing.CAMERA]
    mirrored = person_keypoints * (-1.0, 1.0) + (640.0, 0.0)
    no_face = np.where(np.arange(17) < 3, 0.1, 1.0)
    assert facing(person(mirrored, no_face)).tolist() == [Facing.AWAY]
    # Shoulders of one side and the face of the other.
    assert facing(person(mirrored)).tolist() == [Facing.UNKNOWN]
    assert facing(person(person_keypoints, no_face)).tolist() == [Facing.UNKNOWN]
    narrow = (person_keypoints - 320.0) * (0.2, 1.0) + 320.0
    assert facing(person(narrow)).tolist() == [Facing.UNKNOWN]
    no_hips = np.where(np.isin(np.arange(17), (K.LEFT_HIP, K.RIGHT_HIP)), 0.1, 1.0)
    assert facing(person(person_keypoints, no_hips)).tolist() == [Facing.UNKNOWN]


def test_nobody_does_nothing():
    assert hand_heights(People.nobody()).shape == hands_raised(People.nobody()).shape == (0, 2)
    assert facing(People.nobody()).shape == (0,)


def test_on_the_rendered_clip_hands_and_faces_are_found():
    """Somebody waves to the camera, two walk across; the bundled model against what was rendered."""
    estimator = PoseEstimator("bundled", 16, (353, 481), decoder="multi_refined")
    right = {"hands": [], "waving": [], "walking": []}
    truth = json.loads((CLIP / "truth.json").read_text())["people"]
    for number, actors in list(enumerate(truth))[::4]:
        found = estimator.estimate(cv2.imread(str(CLIP / f"{number:03}.jpg")))
        for place, actor in enumerate(actors):
            keypoints, visible = np.array(actor["keypoints"]), np.array(actor["visible"], float)
            alike = object_keypoint_similarity(found.keypoints, keypoints[None], visible[None])
            if visible.sum() < 8 or alike.max() < 0.5:
                continue
            best = found.select(np.ravel(alike.argmax(axis=0)))
            known = np.isfinite(hand_heights(person(keypoints, visible)))[0]
            same = hands_raised(best)[0] == hands_raised(person(keypoints, visible))[0]
            right["hands"] += same[known].tolist()
            right["waving" if place == 0 else "walking"].append(facing(best)[0] == Facing.CAMERA)
    assert np.mean(right["hands"]) > 0.9
    assert np.mean(right["waving"]) > 0.95
    assert np.mean(right["walking"]) < 0.4
