# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from collections import defaultdict

import numpy as np
import pytest

from posenet_ros.body.location import (
    BOX_MARGIN,
    DEFAULT_THRESHOLD,
    TRUNK,
    boxes_in_space,
    person_boxes,
    trunk_positions,
)
from posenet_ros.people import People
from posenet_ros.settings.bridge import BridgeSettings
from posenet_ros.settings.pose import PoseSettings

SIZE = 480, 640


def people_at(keypoints: np.ndarray, scores: np.ndarray | float = 1.0) -> People:
    return People(keypoints[None], np.broadcast_to(np.asarray(scores, float), 17)[None], np.array([0.8]))


def spread(*points: tuple[float, float]) -> np.ndarray:
    """Return 17 keypoints at the points, the last of which is repeated."""
    return np.array([*points, *[points[-1]] * (17 - len(points))], float)


def test_the_threshold_is_the_pose_nodes():
    assert {PoseSettings().keypoint_threshold, BridgeSettings().keypoint_threshold} == {DEFAULT_THRESHOLD}


def test_box_is_that_of_the_keypoints_and_the_margin():
    # 100 to 300 and 50 to 250 with a margin of 0.15 * 200; a pixel at 100 reaches from 99.5 to 100.5.
    assert BOX_MARGIN == 0.15
    box = person_boxes(people_at(spread((100.0, 50.0), (300.0, 250.0))), SIZE)
    assert box.tolist() == [[70, 20, 261, 261]]
    assert box.dtype == np.int64


def test_margin_is_a_share_of_the_longer_side():
    tall = person_boxes(people_at(spread((300.0, 100.0), (340.0, 300.0))), SIZE)
    assert tall.tolist() == [[270, 70, 101, 261]]


def test_keypoints_below_the_threshold_do_not_count():
    scores = np.where(np.arange(17) < 2, 0.6, 0.3)
    keypoints = spread((100.0, 50.0), (300.0, 250.0), (600.0, 470.0))
    assert person_boxes(people_at(keypoints, scores), SIZE).tolist() == [[70, 20, 261, 261]]
    assert person_boxes(people_at(keypoints, scores), SIZE, 0.3).tolist() == [[25, 0, 615, 480]]
    assert person_boxes(people_at(keypoints, scores), SIZE, 0.7).tolist() == [[0, 0, 0, 0]]


@pytest.mark.parametrize("away", [(-1000.0, 0.0), (0.0, -1000.0), (1000.0, 0.0), (0.0, 1000.0), (np.nan, np.nan)])
def test_a_person_out_of_reach_has_an_empty_box(away):
    keypoints = spread((100.0, 50.0), (300.0, 250.0)) + away
    assert person_boxes(people_at(keypoints), SIZE).tolist() == [[0, 0, 0, 0]]


def test_a_box_is_clipped_and_crops_the_image():
    image = np.zeros((*SIZE, 3))
    for corner in ((-50.0, -50.0), (500.0, -50.0), (-50.0, 350.0), (500.0, 350.0)):
        x, y, width, height = person_boxes(people_at(spread(corner, np.add(corner, 200.0))), SIZE)[0]
        assert image[y : y + height, x : x + width].shape == (height, width, 3)
        assert width >= 140 + 30
        assert height >= 130 + 30


def test_one_keypoint_is_a_box_of_its_pixel():
    assert person_boxes(people_at(spread((12.3, 0.0))), SIZE).tolist() == [[12, 0, 1, 1]]
    assert person_boxes(people_at(spread((12.5, 0.0))), SIZE).tolist() == [[13, 0, 1, 1]]
    assert person_boxes(people_at(spread((-0.4, 479.4))), SIZE).tolist() == [[0, 479, 1, 1]]


def test_nobody_has_no_boxes_and_no_positions():
    assert person_boxes(People.nobody(), SIZE).shape == (0, 4)
    assert trunk_positions(People.nobody()).shape == (0, 3)


def test_boxes_of_annotated_people_cover_cocos(test_data):
    data = json.loads((test_data / "people" / "person_keypoints.json").read_text())
    sizes = {image["id"]: (image["height"], image["width"]) for image in data["images"]}
    covered = defaultdict(list)
    for entry in data["annotations"]:
        if entry["num_keypoints"] < 6:
            continue
        keypoints = np.array(entry["keypoints"], float).reshape(17, 3)
        found = person_boxes(people_at(keypoints[:, :2], keypoints[:, 2] > 0), sizes[entry["image_id"]])[0]
        low, high = found[:2], found[:2] + found[2:]
        x, y, width, height = entry["bbox"]
        overlap = np.minimum(high, (x + width, y + height)) - np.maximum(low, (x, y))
        covered["share"].append(np.prod(np.clip(overlap, 0.0, None)) / (width * height))
    assert np.mean(covered["share"]) > 0.85


def test_position_is_the_mean_of_the_trunk():
    positions = np.full((3, 17, 3), np.nan)
    positions[:, 0] = 9.0  # a face is no trunk
    positions[0, list(TRUNK)] = ((1.0, 0.0, 2.0), (3.0, 0.0, 2.0), (1.0, 2.0, 3.0), (3.0, 2.0, 3.0))
    positions[1, TRUNK[1]] = (1.0, 2.0, 3.0)
    people = People(np.zeros((3, 17, 2)), np.ones((3, 17)), np.ones(3)).located_at(positions)
    np.testing.assert_allclose(trunk_positions(people), [(2.0, 1.0, 2.5), (1.0, 2.0, 3.0), (np.nan,) * 3])
    assert np.isnan(trunk_positions(People(np.zeros((3, 17, 2)), np.ones((3, 17)), np.ones(3)))).all()


def test_unsure_keypoints_tell_where_somebody_is_only_where_no_other_does():
    positions = np.full((2, 17, 3), np.nan)
    positions[:, TRUNK[0]] = 1.0
    positions[:, TRUNK[3]] = 2.0
    scores = np.full((2, 17), 0.3)
    scores[0, TRUNK[3]] = 0.5
    people = People(np.zeros((2, 17, 2)), scores, np.ones(2)).located_at(positions)
    np.testing.assert_allclose(trunk_positions(people), [(2.0,) * 3, (1.5,) * 3])


def test_boxes_in_space_hold_the_known_positions_and_the_margin():
    positions = np.full((3, 17, 3), np.nan)
    positions[0, :2] = (0.0, 0.0, 2.0), (1.0, 2.0, 2.5)
    positions[1, 0] = (1.0, 2.0, 3.0)
    scores = np.ones((3, 17))
    scores[0, 2] = 0.3
    positions[0, 2] = 9.0
    people = People(np.zeros((3, 17, 2)), scores, np.ones(3)).located_at(positions)
    centres, sizes = boxes_in_space(people)
    np.testing.assert_allclose(centres, [(0.5, 1.0, 2.25), (1.0, 2.0, 3.0), (np.nan,) * 3])
    np.testing.assert_allclose(sizes, [(1.6, 2.6, 1.1), (0.0, 0.0, 0.0), (np.nan,) * 3])
    unknown = boxes_in_space(People(np.zeros((3, 17, 2)), scores, np.ones(3)))
    assert np.isnan(unknown).all()
    assert boxes_in_space(People.nobody())[0].shape == (0, 3)
