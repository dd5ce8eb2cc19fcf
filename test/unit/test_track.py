# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""One track, beside the filter of the textbooks in matrices."""

from __future__ import annotations

import numpy as np
import pytest

from posenet_ros.tracking import track as track_module
from posenet_ros.tracking.track import Track, weighted_median

# The filter's settings; the tests are about what it makes of them.
POSE_ERROR, WEAK_ERROR = track_module._POSE_ERROR, track_module._WEAK_ERROR
FIRST_SPEED, ACCELERATION = track_module._FIRST_SPEED, track_module._ACCELERATION
STRONG, WEAK = 0.9, 0.2


class TextbookFilter:
    """A Kalman filter for constant velocity along one direction, whose acceleration is white noise."""

    def __init__(self) -> None:
        self.state = np.zeros(2)
        self.covariance = np.diag((POSE_ERROR**2, FIRST_SPEED**2))

    def predict(self, elapsed: float) -> None:
        go_on = np.array(((1.0, elapsed), (0.0, 1.0)))
        noise = np.array(((elapsed**3 / 3.0, elapsed**2 / 2.0), (elapsed**2 / 2.0, elapsed)))
        self.state = go_on @ self.state
        self.covariance = go_on @ self.covariance @ go_on.T + ACCELERATION**2 * noise

    def correct(self, place: float, variance: float) -> None:
        gain = self.covariance[:, 0] / (self.covariance[0, 0] + variance)
        self.state = self.state + gain * (place - self.state[0])
        self.covariance = self.covariance - np.outer(gain, self.covariance[0])


@pytest.fixture
def figure(person_keypoints) -> np.ndarray:
    return person_keypoints - person_keypoints.mean(axis=0)


def track_of(figure: np.ndarray, score: float = STRONG) -> Track:
    return Track(0, figure, np.full(17, score), score, 0.0)


def place_of(track: Track, figure: np.ndarray) -> float:
    return float((track.keypoints - figure)[:, 0].mean() / track.unit)


@pytest.mark.parametrize("keypoint_score", [0.9, 0.4, 0.05])
def test_place_and_deviation_are_those_of_the_textbook(figure, keypoint_score):
    """A person walks, unevenly seen in time; some poses are weak. Places are in units of the person's size."""
    track, truth = track_of(figure, keypoint_score), TextbookFilter()
    variance = POSE_ERROR**2 * 17 / max(17 * keypoint_score, 1.0)
    now = 0.0
    for elapsed, place, score in ((0.1, 0.02, STRONG), (0.03, 0.04, STRONG), (0.3, 0.2, WEAK), (0.1, 0.22, STRONG)):
        now += elapsed
        track.predict(now)
        truth.predict(elapsed)
        assert place_of(track, figure) == pytest.approx(truth.state[0], abs=1e-9)
        assert track.deviation == pytest.approx(track.unit * np.sqrt(truth.covariance[0, 0]))
        pose = figure + (place * track.unit, 0.0)
        track.correct(pose, np.full(17, keypoint_score), score, score)
        truth.correct(place, variance + (WEAK_ERROR**2 if score == WEAK else 0.0))
        if score == STRONG:
            # The body is where it was found; the filter holds for velocity and uncertainty.
            truth.state[0] = place
        assert place_of(track, figure) == pytest.approx(truth.state[0], abs=1e-9)
        assert track.deviation == pytest.approx(track.unit * np.sqrt(truth.covariance[0, 0]))
    track.stop()
    track.predict(now + 1.0)
    assert place_of(track, figure) == pytest.approx(truth.state[0], abs=1e-9)


def test_a_step_that_cannot_be_tells_less_the_longer_it_is(figure):
    def next_place(step: float) -> tuple[float, float]:
        track = track_of(figure)
        track.predict(0.1)
        track.correct(figure + (step * track.unit, 0.0), np.full(17, STRONG), STRONG, STRONG)
        deviation = track.deviation
        track.predict(0.2)
        return place_of(track, figure) - step, deviation

    moved, deviations = zip(*(next_place(step) for step in (0.1, 1.0, 3.0, 9.0)), strict=True)
    assert moved[1] > moved[2] > moved[3] > 0.0
    assert list(deviations) == sorted(deviations)


def test_a_hidden_keypoint_keeps_its_place_on_the_body(figure):
    """Its score falls to less than 0.4 of what it was: hidden; to more than 0.8: seen; between, partly."""
    shares = []
    for score in (0.2, 0.54, 0.8, 1.0):
        track = track_of(figure)
        pose, scores = figure + (8.0, 0.0), np.full(17, STRONG)
        pose[9] += (0.0, 30.0)
        scores[9] = score
        track.correct(pose, scores, STRONG, STRONG)
        np.testing.assert_allclose(track.keypoints[:9], pose[:9])
        assert track.keypoints[9, 0] == pytest.approx(figure[9, 0] + 8.0)
        shares.append((track.keypoints[9, 1] - figure[9, 1]) / 30.0)
    assert shares == pytest.approx([0.0, 0.5, 1.0, 1.0])


def test_the_place_of_a_hidden_keypoint_is_forgotten_with_time(figure):
    shares = []
    for now in (0.0, 0.5, 5.0):
        track = track_of(figure)
        track.predict(now)
        pose, scores = figure.copy(), np.full(17, STRONG)
        pose[9] += (0.0, 30.0)
        scores[9] = 0.4
        track.correct(pose, scores, STRONG, STRONG)
        shares.append((track.keypoints[9, 1] - figure[9, 1]) / 30.0)
    assert 0.0 < shares[0] < shares[1] < shares[2] == pytest.approx(1.0)


def test_evidence_adds_up(figure):
    track = track_of(figure, 0.5)
    for evidence in (0.7, 0.2):
        track.correct(figure, np.full(17, 0.5), STRONG, evidence)
    assert track.evidence == pytest.approx(1.4)


def test_a_pose_of_another_shape_is_believed_the_more_the_longer_the_person_was_not_seen(figure):
    """A hand that is taken for a person makes nobody small."""
    hand = 0.2 * figure + figure[9]
    sizes, steps = [], []
    for unseen in (0.0, 1.0 / 30.0, 0.5, 5.0):
        track = track_of(figure)
        track.predict(unseen)
        before = track.unit
        track.correct(hand, np.full(17, STRONG), STRONG, STRONG)
        sizes.append(track.unit / before)
        steps.append(abs(place_of(track, figure)))
    assert sizes[0] == pytest.approx(1.0)
    assert 0.9 < sizes[1] < 1.0
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] == pytest.approx(0.2, abs=0.01)
    assert steps == sorted(steps)


def test_a_shape_that_stays_is_that_of_the_person(figure):
    """Somebody crouches at once."""
    track = track_of(figure)
    crouching = figure * (1.3, 0.3)
    for image in range(1, 31):
        track.predict(image / 30.0)
        track.correct(crouching, np.full(17, STRONG), STRONG, STRONG)
        if image == 1:
            assert np.ptp(track.keypoints[:, 1]) > 0.9 * np.ptp(figure[:, 1])
    np.testing.assert_allclose(track.keypoints, crouching, atol=1.0)


def test_the_weighted_median_counts_values_as_often_as_they_weigh():
    rng = np.random.default_rng(0)
    for _ in range(20):
        values, weights = rng.normal(size=(7, 2)), 2 * rng.integers(1, 6, 7)
        weights[0] += 1  # an odd sum: the median is one of the values
        expected = np.median(np.repeat(values, weights, axis=0), axis=0)
        np.testing.assert_array_equal(weighted_median(values, weights), expected)
    np.testing.assert_array_equal(weighted_median(np.array([[3.0], [1.0]]), np.ones(2)), [1.0])


@pytest.mark.parametrize(("elapsed", "share"), [(0.1, 0.0328), (3.0, 0.632)])
def test_a_size_is_learned_slowly_while_somebody_is_near_and_else_at_once(figure, elapsed, share):
    """Time without being seen does not count."""
    track = track_of(figure)
    full = track.size
    track.unit = 0.5 * full
    track.predict(7.0)
    track.learn_size(near=True)
    assert track.size == full
    track.predict(7.0 + elapsed)
    track.seen = track.surely_seen = 7.0 + elapsed
    track.learn_size(near=True)
    assert track.size == pytest.approx(full * (1.0 - 0.5 * share), rel=1e-3)
    track.learn_size(near=False)
    assert track.size == track.unit


def test_a_size_is_learned_slowly_from_what_may_be_a_limb(figure):
    """It may lie apart from everybody."""
    track = track_of(figure)
    full, track.unit = track.size, 0.5 * track.unit
    track.predict(0.1)
    track.seen = 0.1
    track.learn_size(near=False)
    assert track.size > 0.95 * full
    track.surely_seen = 0.1
    track.learn_size(near=False)
    assert track.size == track.unit


def track_of_a_limb(figure: np.ndarray) -> Track:
    """Return the track of somebody of whom only a limb was found last."""
    track = track_of(figure)
    track.keypoints = 0.45 * figure
    track.unit *= 0.45
    track.predict(0.1)
    return track


@pytest.mark.parametrize(
    ("size", "inside", "slowly"),
    [(0.38, True, True), (0.42, True, False), (0.38, False, False)],
    ids=["limb", "larger", "surely somebody"],
)
def test_a_limb_has_another_shape_than_the_person_although_a_limb_was_found_before(figure, size, inside, slowly):
    track = track_of_a_limb(figure)
    track.correct(size * figure, np.full(17, STRONG), STRONG, STRONG, inside=inside)
    if slowly:
        assert 0.42 < track.unit / track.size < 0.45
    else:
        np.testing.assert_allclose(track.keypoints, size * figure, atol=1e-6)


@pytest.mark.parametrize("whole", [False, True])
def test_who_comes_out_whole_has_that_shape_and_place_at_once(figure, whole):
    track, there = track_of_a_limb(figure), figure - (60.0, 0.0)
    track.correct(there, np.full(17, STRONG), STRONG, STRONG, inside=True, whole=whole)
    assert np.allclose(track.keypoints, there) is whole
