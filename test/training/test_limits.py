# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The scenes of the model card's picture."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch", reason="training dependencies are not installed: see 'make test-training'")
pytest.importorskip("numba", reason="training dependencies are not installed: see 'make test-training'")

from posenet_ros.skeleton import KeypointId
from training.clothes import find_regions
from training.make_limits import KINDS
from training.metrics import box_side
from training.render import OUTSIDE, VISIBLE


@pytest.fixture(scope="module")
def scenes(body_data):
    regions = find_regions(body_data)
    return {kind.title: kind.render(body_data, regions, np.random.default_rng(5)) for kind in KINDS}


def test_each_kind_shows_what_its_title_says(scenes):
    sides = {title: box_side(scene.keypoints[0], scene.states[0]) for title, scene in scenes.items()}
    assert [len(scenes[title].keypoints) for title in ("stands", "two who cross", "lies")] == [1, 2, 1]
    assert sides["far away"] < 0.35 * sides["stands"]
    assert (scenes["larger than the image"].states[0] == OUTSIDE).any()
    lying, standing = scenes["lies"].keypoints[0], scenes["stands"].keypoints[0]
    assert np.ptp(lying[:, 1]) < 0.6 * np.ptp(standing[:, 1])


def test_who_crosses_behind_is_partly_covered(scenes):
    near, far = scenes["two who cross"].states
    assert (near == VISIBLE).sum() > (far == VISIBLE).sum() > 0


def test_whoever_bends_has_a_low_head(scenes):
    def head_above_hips(title: str) -> float:
        points = scenes[title].keypoints[0]
        return float(points[KeypointId.LEFT_HIP, 1] - points[KeypointId.NOSE, 1])

    assert head_above_hips("bends") < head_above_hips("stands")
