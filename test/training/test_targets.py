# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch", reason="training dependencies are not installed: see 'make test-training'")
pytest.importorskip("numba", reason="training dependencies are not installed: see 'make test-training'")

import torch

from posenet_ros.decoding import decode_multiple_poses
from posenet_ros.skeleton import NUM_KEYPOINTS
from training.photo import HIDDEN, OUTSIDE, UNKNOWN, VISIBLE
from training.targets import make_targets

SIZE = 257


def two_people() -> np.ndarray:
    rng = np.random.default_rng(0)
    return np.stack([rng.uniform((5, 5), (115, 250), (17, 2)), rng.uniform((145, 5), (250, 250), (17, 2))]).astype("f4")


def targets_of(keypoints: np.ndarray, states: np.ndarray, stride: int):
    cells = SIZE // stride + 1
    targets = make_targets(torch.from_numpy(keypoints)[None], torch.from_numpy(states)[None], (cells, cells), stride)
    return targets, {name: value[0].permute(1, 2, 0).numpy() for name, value in vars(targets).items()}


@pytest.mark.parametrize("stride", [8, 16, 32])
def test_targets_decode_to_the_truth(stride):
    keypoints = two_people()
    _, maps = targets_of(keypoints, np.full((2, NUM_KEYPOINTS), VISIBLE, np.uint8), stride)
    forward, backward = np.split(maps["displacements"], 2, axis=-1)
    people = decode_multiple_poses(maps["heatmaps"] * 20 - 10, maps["offsets"], forward, backward, stride)
    assert len(people) == 2
    order = np.argsort(people.keypoints[:, 0, 0])
    np.testing.assert_allclose(people.keypoints[order], keypoints, atol=1e-3)
    assert people.keypoint_scores.min() > 0.99


def test_hidden_points_give_offsets_but_no_heat_and_those_outside_nothing():
    states = np.full((1, NUM_KEYPOINTS), VISIBLE, np.uint8)
    states[0, 3], states[0, 4] = HIDDEN, OUTSIDE
    _, maps = targets_of(two_people()[:1], states, 16)
    assert [bool(maps["heatmaps"][..., k].any()) for k in (2, 3, 4)] == [True, False, False]
    assert [bool(maps["offsets_known"][..., k].any()) for k in (2, 3, 4)] == [True, True, False]


def test_nobody_gives_empty_targets():
    states = np.zeros((2, NUM_KEYPOINTS), np.uint8)
    targets, _ = targets_of(np.zeros((2, NUM_KEYPOINTS, 2), np.float32), states, 16)
    assert not targets.heatmaps.any()
    assert not targets.offsets_known.any()
    assert not targets.displacements_known.any()


def test_heat_is_not_taught_around_hidden_keypoints():
    states = np.full((1, NUM_KEYPOINTS), VISIBLE, np.uint8)
    states[0, 3] = HIDDEN
    _, maps = targets_of(two_people()[:1], states, 16)
    known = maps["heatmaps_known"]
    np.testing.assert_array_equal(known[..., 3], ~maps["offsets_known"][..., 3])
    assert known[..., :3].all()


def test_heat_of_an_unknown_keypoint_is_not_taught_around_its_person():
    keypoints = two_people()
    states = np.full((2, NUM_KEYPOINTS), VISIBLE, np.uint8)
    states[0, 9] = UNKNOWN
    _, maps = targets_of(keypoints, states, 16)
    known = maps["heatmaps_known"][..., 9]
    # Where the other person's keypoint is, there is heat.
    assert (known | ~maps["near_people"][..., 0])[:, :6].mean() < 0.2
    assert known[:, 14:].all()
    assert maps["heatmaps_known"][..., :9].all()
    assert not maps["offsets_known"][:, :4, 9].any()


def test_heat_is_not_taught_where_people_without_keypoints_may_be():
    unlabelled = torch.zeros((1, 17, 17), dtype=torch.bool)
    unlabelled[0, 2:5, 3:7] = True
    nobody = torch.zeros((1, 1, NUM_KEYPOINTS), dtype=torch.uint8)
    targets = make_targets(torch.zeros((1, 1, NUM_KEYPOINTS, 2)), nobody, (17, 17), 16, unlabelled)
    assert (targets.heatmaps_known == ~unlabelled[:, None]).all()
