# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posenet_ros.decoding.selection import scored_by_seen_keypoints
from posenet_ros.people import People


def people_with(keypoint_scores: list[list[float]], unshared: list[float] | None = None) -> People:
    """Return people as a decoder does, with a share of keypoint scores that no better pose has."""
    scores = np.array(keypoint_scores, float)
    shares = np.ones(len(scores)) if unshared is None else np.array(unshared)
    places = np.arange(len(scores))[:, None, None] + np.zeros((1, 17, 2))
    return People(places, scores, scores.mean(axis=1) * shares)


@pytest.mark.parametrize("score", [0.6, 0.03])
def test_of_equally_sure_keypoints_it_is_their_score(score):
    assert scored_by_seen_keypoints(people_with([[score] * 17])).scores == pytest.approx([score])


def test_keypoints_out_of_view_hardly_count():
    """A person of whom the image shows eight keypoints scores as high as one seen whole."""
    whole, cut = scored_by_seen_keypoints(people_with([[0.9] * 17, [0.9] * 8 + [0.02] * 9])).scores
    assert whole == pytest.approx(0.9)
    assert cut == pytest.approx(0.9, abs=0.03)


def test_the_surest_comes_first_though_less_of_it_is_seen():
    people = scored_by_seen_keypoints(people_with([[0.6] * 17, [0.95] * 6 + [0.01] * 11, [0.5] * 17]))
    assert people.keypoints[:, 0, 0].tolist() == [1, 0, 2]
    assert (np.diff(people.scores) < 0).all()
    np.testing.assert_array_equal(people.keypoint_scores[1], 0.6)


def test_a_copy_scores_the_share_that_is_its_own():
    people = scored_by_seen_keypoints(people_with([[0.8] * 17, [0.9] * 17], unshared=[1.0, 0.25]))
    assert people.scores == pytest.approx([0.8, 0.225])


def test_nobody_and_nothing_seen():
    assert len(scored_by_seen_keypoints(People.nobody())) == 0
    assert scored_by_seen_keypoints(people_with([[0.0] * 17])).scores.tolist() == [0.0]


@given(st.lists(st.floats(0.0, 1.0), min_size=17, max_size=17), st.floats(0.0, 1.0))
def test_never_below_the_mean_nor_above_one(scores, share):
    people = people_with([scores], [share])
    (score,) = scored_by_seen_keypoints(people).scores
    assert people.scores[0] - 1e-9 <= score <= 1.0 + 1e-9
