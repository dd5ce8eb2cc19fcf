# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""From the candidates of a decoder to people: thresholds, places, and the table of decoders."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from posenet_ros.decoding import selection
from posenet_ros.decoding.selection import FINDERS, decode
from posenet_ros.estimator import PoseEstimator
from posenet_ros.network.heads import Heads
from posenet_ros.people import People
from posenet_ros.settings.pose import DECODERS, DecodingSettings


def candidates(*people: tuple[float, float]) -> People:
    """Return people far from each other, best first, with their scores and that of their two best keypoints."""
    keypoints = np.arange(17 * 2, dtype=float).reshape(17, 2) * (3.0, 7.0)
    scores = np.array([score for score, _ in people])
    keypoint_scores = np.zeros((len(people), 17))
    keypoint_scores[:, 3] = keypoint_scores[:, 5] = [best for _, best in people]
    places = np.stack([keypoints + (1000.0 * number, 0.0) for number in range(len(people))])
    return People(places, keypoint_scores, scores)


@pytest.fixture(params=DECODERS)
def found(request, monkeypatch):
    """Return a function that decodes given candidates as those of a decoder."""

    def decoded(people: People, **settings) -> list[float]:
        monkeypatch.setitem(FINDERS, request.param, lambda heads, stride, settings: people)
        return decode(None, 16, DecodingSettings(decoder=request.param, **settings)).scores.tolist()

    return decoded


def test_every_decoder_is_in_the_table():
    assert set(FINDERS) == set(DECODERS)


def test_people_below_a_threshold_are_left_out(found):
    people = candidates((0.9, 0.9), (0.8, 0.3), (0.4, 0.9), (0.05, 0.95))
    assert found(people, pose_threshold=0.1, keypoint_threshold=0.4) == [0.9, 0.4]
    assert found(people, pose_threshold=0.5, keypoint_threshold=0.0) == [0.9, 0.8]
    assert found(people, pose_threshold=0.0, keypoint_threshold=0.0) == [0.9, 0.8, 0.4, 0.05]


def test_one_keypoint_alone_is_nobody(found):
    people = candidates((0.9, 0.9), (0.8, 0.9))
    people.keypoint_scores[1, 5] = 0.39
    assert found(people, keypoint_threshold=0.4) == [0.9]
    assert found(people, keypoint_threshold=0.39) == [0.9, 0.8]


def test_no_more_than_max_poses_are_returned(found):
    people = candidates(*((1.0 - 0.1 * number, 0.9) for number in range(5)))
    assert found(people, max_poses=2) == [1.0, 0.9]


@pytest.mark.parametrize("decoder", ["single", "multi_refined", "multi"])
def test_the_keypoint_threshold_counts_for_every_decoder(any_model, person, decoder):
    estimator = PoseEstimator(any_model, decoder=decoder)
    second_best = np.sort(estimator.estimate(person).keypoint_scores, axis=1)[:, -2].max()
    settings = replace(estimator.settings, keypoint_threshold=float(second_best) + 1e-6)
    assert len(estimator.estimate(person, settings)) == 0


@pytest.mark.parametrize("decoder", ["multi", "multi_refined"])
def test_copies_take_nobodys_place(decoder, monkeypatch):
    """A decoder finds two copies of the best person before the second person, and stops at what it is asked for."""
    one, other = candidates((0.9, 0.9), (0.5, 0.5)).select(np.array([0])), candidates((0.9, 0.9), (0.5, 0.5))
    everybody = People(
        np.concatenate((one.keypoints, one.keypoints, other.keypoints)),
        np.concatenate((one.keypoint_scores, one.keypoint_scores, other.keypoint_scores)),
        np.concatenate((one.scores, one.scores, other.scores)),
    )

    def find(*tensors, max_poses, **options):
        return everybody.select(np.s_[:max_poses])

    monkeypatch.setattr(selection, f"decode_{decoder.replace('multi', 'multiple_poses')}", find)
    heads = Heads(*(np.zeros((1, 1, channels), np.float32) for channels in (17, 34, 32, 32)))
    assert len(decode(heads, 16, DecodingSettings(decoder=decoder, max_poses=2))) == 2


@pytest.mark.parametrize(
    ("decoder", "pose_threshold", "least_score"),
    [("multi", 0.2, 0.4), ("multi_refined", 0.2, 0.05), ("multi_refined", 0.02, 0.02)],
)
def test_the_settings_reach_the_decoder(decoder, pose_threshold, least_score, monkeypatch):
    asked = []
    find = lambda *heads, **options: asked.append((heads, options)) or People.nobody()  # noqa: E731
    monkeypatch.setattr(selection, f"decode_{decoder.replace('multi', 'multiple_poses')}", find)
    heads = Heads(*(np.zeros((1, 1, channels), np.float32) for channels in (17, 34, 32, 32)))
    settings = DecodingSettings(
        decoder=decoder, pose_threshold=pose_threshold, keypoint_threshold=0.4, nms_radius=12.5, max_poses=4
    )
    decode(heads, 8, settings)
    (tensors, options) = asked[0]
    assert [tensor.shape[-1] for tensor in tensors[:4]] == [17, 34, 32, 32]
    assert tensors[4:] == (8,)
    assert options == {"max_poses": 12, "score_threshold": least_score, "nms_radius": 12.5}
