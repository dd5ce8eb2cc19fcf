# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest

from posenet_ros.people import People
from posenet_ros.skeleton import KeypointId
from posenet_ros.tracking.smoother import PeopleSmoother

RATE = 30.0
# A figure of 300 pixels is 1.7 m tall.
PIXELS_PER_METRE = 300.0 / 1.7
HAND = KeypointId.LEFT_WRIST


@pytest.fixture
def figure(person_keypoints) -> np.ndarray:
    return person_keypoints * 300.0 / np.ptp(person_keypoints[:, 1])


def smooth(frames: np.ndarray, stamps=None, smoother: PeopleSmoother | None = None) -> np.ndarray:
    """Return the filtered keypoints of one person, [frames, 17, 2]."""
    smoother = smoother or PeopleSmoother()
    stamps = np.arange(len(frames)) / RATE if stamps is None else stamps
    scores = np.full((1, 17), 0.9)
    ids = np.zeros(1, np.int64)
    return np.array(
        [
            smoother.update(People(keypoints[None], scores, scores[0, :1], ids), stamp).keypoints[0]
            for keypoints, stamp in zip(frames, stamps, strict=True)
        ]
    )


@pytest.mark.parametrize("jitter", [0.3, 1.0, 3.0])
@pytest.mark.parametrize("scale", [0.3, 1.0, 3.0])
def test_jitter_of_a_still_person_is_halved(figure, jitter, scale):
    noise = np.random.default_rng(0).normal(0.0, jitter * scale, (300, 17, 2))
    smoothed = smooth(figure * scale + noise)[30:]
    ratio = (smoothed - figure * scale).std(axis=0) / noise[30:].std(axis=0)
    assert ratio.max() <= 0.5


def moving_hand(figure: np.ndarray, path_m: np.ndarray) -> np.ndarray:
    frames = np.repeat(figure[None], len(path_m), axis=0)
    frames[:, HAND, 0] += path_m * PIXELS_PER_METRE
    return frames


def test_hand_at_1_m_s_lags_at_most_one_frame(figure):
    path = np.arange(30) / RATE
    frames = moving_hand(figure, path) + np.random.default_rng(0).normal(0.0, 0.5, (30, 17, 2))
    lag = moving_hand(figure, path)[:, HAND, 0] - smooth(frames)[:, HAND, 0]
    # From the tenth of a second on; before, the filter cannot know that the hand moves.
    assert (lag[4:] / PIXELS_PER_METRE).mean() * RATE <= 1.0


def test_waving_hand_lags_at_most_one_frame(figure):
    """At 1 Hz and 1 m/s at the fastest."""
    times = np.arange(120) / RATE
    path = np.sin(2 * np.pi * times) / (2 * np.pi)
    smoothed = smooth(moving_hand(figure, path))[:, HAND, 0]
    delays = np.arange(0.0, 4.0, 0.1)
    errors = [
        np.abs(smoothed[30:] - moving_hand(figure, np.interp(times - delay / RATE, times, path))[30:, HAND, 0]).mean()
        for delay in delays
    ]
    assert delays[np.argmin(errors)] <= 1.0


def test_time_that_jumps_back_restarts_the_filter(figure):
    smoother = PeopleSmoother()
    smooth(np.repeat(figure[None], 10, axis=0), smoother=smoother)
    elsewhere = figure + 50.0
    np.testing.assert_array_equal(smooth(elsewhere[None], [0.0], smoother)[0], elsewhere)


def test_long_silence_restarts_the_filter(figure):
    smoother = PeopleSmoother()
    smooth(np.repeat(figure[None], 10, axis=0), smoother=smoother)
    elsewhere = figure + 50.0
    np.testing.assert_array_equal(smooth(elsewhere[None], [10.0], smoother)[0], elsewhere)


def test_images_without_stamps_are_smoothed_as_at_30_hz(figure):
    frames = figure + np.random.default_rng(0).normal(0.0, 1.0, (60, 17, 2))
    np.testing.assert_allclose(smooth(frames, np.zeros(60)), smooth(frames), rtol=1e-12)


def test_people_have_filters_of_their_own(figure):
    smoother = PeopleSmoother()
    scores = np.full((2, 17), 0.9)
    both = np.stack((figure, figure + 300.0))
    for frame in range(10):
        order = [0, 1] if frame % 2 else [1, 0]
        people = People(both[order], scores, scores[:, 0], np.array(order, np.int64))
        np.testing.assert_allclose(smoother.update(people, frame / RATE).keypoints, both[order], rtol=1e-12)


def test_people_without_ids_are_refused(figure):
    with pytest.raises(ValueError, match="track them"):
        PeopleSmoother().update(People(figure[None], np.ones((1, 17)), np.ones(1)), 0.0)
