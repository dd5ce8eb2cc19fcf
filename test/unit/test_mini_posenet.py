# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""From an image to people, with a model whose answer is known by construction."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mini_posenet import FIGURE_SIZE, SCORE, keypoints_of, paint
from posenet_ros.estimator import PoseEstimator
from posenet_ros.network.restride import OUTPUT_STRIDES
from posenet_ros.settings.pose import DECODERS

# The first places lie on no cell of any stride.
ONE = [(33, 21)]
TWO = [(27, 35), (251, 61)]
# multi_refined reads between four cells, which at stride 32 lie on the blocks of several keypoints.
EXACT = [
    (stride, decoder) for stride in OUTPUT_STRIDES for decoder in DECODERS if (stride, decoder) != (32, "multi_refined")
]


def people_in(estimator: PoseEstimator, size: tuple[int, int], places: list[tuple[int, int]]):
    """Return the people found, from left to right."""
    people = estimator.estimate(paint(size, places))
    return people.select(np.argsort(people.keypoints[:, 0, 0]))


@pytest.mark.parametrize(("stride", "decoder"), EXACT)
def test_one_person_is_found_exactly(mini_model, stride, decoder):
    estimator = PoseEstimator(mini_model, stride, num_threads=1, decoder=decoder)
    people = people_in(estimator, (257, 257), ONE)
    assert len(people) == 1
    np.testing.assert_allclose(people.keypoints, keypoints_of(ONE), atol=1e-3)


@pytest.mark.parametrize(("stride", "decoder"), EXACT)
def test_scores_are_exact(mini_model, stride, decoder):
    people = people_in(PoseEstimator(mini_model, stride, num_threads=1, decoder=decoder), (257, 257), ONE)
    np.testing.assert_allclose(people.keypoint_scores, SCORE, atol=1e-5)
    np.testing.assert_allclose(people.scores, SCORE, atol=1e-5)


@pytest.mark.parametrize(("stride", "decoder"), [choice for choice in EXACT if choice[1] != "single"])
def test_two_people_are_found_exactly_at_another_size(mini_model, stride, decoder):
    estimator = PoseEstimator(mini_model, stride, (289, 481), num_threads=1, decoder=decoder)
    people = people_in(estimator, (289, 481), TWO)
    np.testing.assert_allclose(people.keypoints, keypoints_of(TWO), atol=1e-3)


@pytest.mark.parametrize("stride", OUTPUT_STRIDES)
def test_nobody_is_found_in_nothing(mini_model, stride):
    assert len(PoseEstimator(mini_model, stride, num_threads=1).estimate(paint((257, 257), []))) == 0


def test_padding_moves_nobody(mini_model):
    """The image is half as wide as the input, so that it is padded and not scaled."""
    people = people_in(PoseEstimator(mini_model, 16, (257, 513), num_threads=1), (257, 257), ONE)
    np.testing.assert_allclose(people.keypoints, keypoints_of(ONE), atol=1e-3)


@pytest.fixture(scope="module")
def estimators(mini_model) -> dict:
    """Return an estimator for each choice."""
    return {
        (stride, decoder): PoseEstimator(mini_model, stride, num_threads=1, decoder=decoder)
        for stride, decoder in EXACT
    }


@settings(max_examples=50, deadline=None)
@given(
    x=st.integers(0, 257 - int(FIGURE_SIZE[0])),
    y=st.integers(0, 257 - int(FIGURE_SIZE[1])),
    choice=st.sampled_from(EXACT),
)
def test_wherever_the_person_is(estimators, x, y, choice):
    people = people_in(estimators[choice], (257, 257), [(x, y)])
    np.testing.assert_allclose(people.keypoints, keypoints_of([(x, y)]), atol=1e-3)
