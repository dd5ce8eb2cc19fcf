# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Object keypoint similarity, against COCO's definition written out."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posenet_ros.similarity import object_keypoint_similarity, person_area, similarity_of_pair

# The constants of COCO's keypoint evaluation, as its site lists them.
SIGMAS = (0.026, *[0.025] * 2, *[0.035] * 2, *[0.079] * 2, *[0.072] * 2, *[0.062] * 2, *[0.107] * 2, *[0.087] * 2)
SIGMAS = (*SIGMAS, *[0.089] * 2)


def oks(a: np.ndarray, b: np.ndarray, area: float, weights: np.ndarray, slack: float) -> float:
    """Return the weighted mean of exp(-d^2 / (2 s^2 k^2)), k = 2 sigma, with the slack added to the variance."""
    terms = []
    for part, sigma in enumerate(SIGMAS):
        squared = (a[part, 0] - b[part, 0]) ** 2 + (a[part, 1] - b[part, 1]) ** 2
        terms.append(math.exp(-squared / (2.0 * (area * (2.0 * sigma) ** 2 + slack**2))))
    return float((np.array(terms) * weights).sum() / weights.sum())


@given(st.integers(0, 2**32 - 1))
def test_every_pair_is_as_alike_as_coco_says(seed):
    rng = np.random.default_rng(seed)
    people, others = rng.uniform(0.0, 60.0, (2, 17, 2)), rng.uniform(0.0, 60.0, (3, 17, 2))
    others[0] = people[1] + rng.normal(0.0, 2.0, (17, 2))
    weights, slack = rng.uniform(0.1, 1.0, (2, 3, 17)), rng.uniform(0.0, 5.0, 3)
    areas = [0.5 * np.ptp(other[:, 0]) * np.ptp(other[:, 1]) for other in others]
    np.testing.assert_allclose(person_area(others), areas)
    plain = object_keypoint_similarity(people, others)
    weighted = object_keypoint_similarity(people, others, weights, slack)
    of_person = object_keypoint_similarity(people, others, weights[0])
    pair = similarity_of_pair(people[1] - others[0], areas[0], weights[1, 0])
    assert pair == pytest.approx(oks(people[1], others[0], areas[0], weights[1, 0], 0.0))
    for i, j in np.ndindex(2, 3):
        assert plain[i, j] == pytest.approx(oks(people[i], others[j], areas[j], np.ones(17), 0.0))
        assert weighted[i, j] == pytest.approx(oks(people[i], others[j], areas[j], weights[i, j], slack[j]))
        assert of_person[i, j] == pytest.approx(oks(people[i], others[j], areas[j], weights[0, j], 0.0))


def test_nobody_is_like_nobody():
    nobody, somebody = np.zeros((0, 17, 2)), np.zeros((2, 17, 2))
    assert person_area(nobody).shape == (0,)
    assert object_keypoint_similarity(nobody, somebody).shape == (0, 2)
    assert object_keypoint_similarity(somebody, nobody).shape == (2, 0)


def test_a_point_has_an_area():
    """Or everything would be unlike a person whose keypoints coincide, even itself."""
    assert person_area(np.zeros((1, 17, 2))) == pytest.approx([1.0])
    assert object_keypoint_similarity(np.zeros((1, 17, 2)), np.zeros((1, 17, 2))) == pytest.approx(1.0)
