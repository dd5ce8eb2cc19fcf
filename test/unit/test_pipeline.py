# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The way from an image to people, with a model whose answer is exact."""

from __future__ import annotations

import time
from itertools import count

import numpy as np
import pytest

from posenet_ros.camera_model import PinholeCamera
from posenet_ros.depth import DepthImage, RegisteredDepth
from posenet_ros.errors import ModelError, PoseNetError
from posenet_ros.estimator import PoseEstimator
from posenet_ros.people import People
from posenet_ros.pipeline import PosePipeline, TrackingStage
from posenet_ros.settings.pose import PipelineSettings, PoseSettings, TrackingSettings
from posenet_ros.skeleton import KeypointId

SETTINGS = PipelineSettings()


@pytest.fixture
def estimator(any_model):
    return PoseEstimator(any_model)


def flat_depth(image, metres=2.0, doubt=""):
    camera = PinholeCamera.from_field_of_view(image.shape[1], image.shape[0], 60.0)
    values = np.full(image.shape[:2], int(1000 * metres), np.uint16)
    return lambda: RegisteredDepth(DepthImage(values, 0.001), camera, doubt)


def test_people_get_ids_that_stay(estimator, person):
    pipeline = PosePipeline(estimator, count(7))
    first, second = (pipeline.process(person, stamp, SETTINGS) for stamp in (0.0, 0.1))
    np.testing.assert_array_equal(first.people.keypoints, estimator.estimate(person).keypoints)
    assert first.people.ids.tolist() == second.people.ids.tolist() == [7]
    assert first.people.positions is None
    assert first.depth_problem is None


@pytest.mark.parametrize(("unseen", "ids"), [(0.5, {0}), (5.0, {0, 1})])
def test_stamps_tell_how_long_somebody_was_unseen(estimator, person, unseen, ids):
    pipeline = PosePipeline(estimator)
    results = [pipeline.process(person, stamp, SETTINGS) for stamp in (0.0, 0.1, 0.1 + unseen)]
    assert {int(number) for result in results for number in result.people.ids} == ids


def test_the_cameras_motion_is_looked_for_in_the_image_beside_who_is_expected(estimator, person, monkeypatch):
    seen = []
    monkeypatch.setattr("posenet_ros.pipeline.CameraMotion.update", lambda _, *given: seen.append(given))
    pipeline = PosePipeline(estimator)
    people = [pipeline.process(person, stamp, SETTINGS).people for stamp in (0.0, 0.1)]
    assert all(image is person for image, _ in seen)
    assert [len(expected) for _, expected in seen] == [0, 1]
    np.testing.assert_allclose(seen[1][1], people[0].keypoints)


def test_without_tracking_there_are_no_ids(estimator, person):
    assert PosePipeline(estimator).process(person, 0.0, PipelineSettings(tracking=False)).people.ids is None


def test_depth_locates_people(estimator, person):
    result = PosePipeline(estimator).process(person, 0.0, SETTINGS, flat_depth(person))
    assert result.depth_problem == ""
    np.testing.assert_allclose(np.nanmedian(result.people.positions[0, :, 2]), 2.0)
    doubted = PosePipeline(estimator).process(person, 0.0, SETTINGS, flat_depth(person, doubt="another frame"))
    assert doubted.depth_problem == "another frame"
    assert np.isfinite(doubted.people.positions).any()


def test_depth_is_read_where_the_keypoint_is(estimator, person, person_keypoints):
    """The knees are just below an edge between two distances."""
    row = int(0.9 * person_keypoints[KeypointId.LEFT_KNEE, 1])
    values = np.full(person.shape[:2], 2000, np.uint16)
    values[row:] = 2200
    camera = flat_depth(person)().camera
    depth = RegisteredDepth(DepthImage(values, 0.001), camera)
    people = PosePipeline(estimator).process(person, 0.0, SETTINGS, lambda: depth).people
    knees = [KeypointId.LEFT_KNEE, KeypointId.RIGHT_KNEE]
    np.testing.assert_allclose(people.positions[0, knees, 2], 2.2)
    np.testing.assert_allclose(people.positions[0, KeypointId.NOSE, 2], 2.0)


def test_depth_that_is_not_there_leaves_the_people(estimator, person):
    def missing():
        raise PoseNetError("no depth image")

    result = PosePipeline(estimator).process(person, 0.0, SETTINGS, missing)
    assert (len(result.people), result.depth_problem) == (1, "no depth image")


def test_depth_is_looked_up_only_for_people(estimator):
    def never():
        raise AssertionError("nobody needs depth")

    assert PosePipeline(estimator).process(np.zeros((90, 120, 3), np.uint8), 0.0, SETTINGS, never).depth_problem is None


def test_settings_take_effect_with_the_next_image(estimator, person):
    pipeline = PosePipeline(estimator)
    assert not pipeline.process(person, 0.0, SETTINGS).reconfigured
    assert pipeline.process(person, 0.1, PipelineSettings(output_stride=32)).reconfigured
    assert estimator.output_stride == 32
    assert len(pipeline.process(person, 0.2, PipelineSettings(output_stride=32, pose_threshold=1.0)).people) == 0


def test_without_settings_those_of_the_estimator_count(any_model, person):
    estimator = PoseEstimator(any_model, 32, (257, 353), decoder="single")
    result = PosePipeline(estimator).process(person, 0.0)
    assert (estimator.output_stride, estimator.input_size) == (32, (257, 353))
    np.testing.assert_array_equal(result.people.scores, estimator.estimate(person).scores)
    assert result.people.ids is not None


def test_a_change_that_fails_is_one_error_and_the_old_stays(estimator, person, monkeypatch):
    pipeline = PosePipeline(estimator)
    pipeline.process(person, 0.0, SETTINGS)

    def refuse(*arguments, **options):
        raise ModelError("too large")

    monkeypatch.setattr("posenet_ros.estimator.PoseNetModel", refuse)
    huge = PipelineSettings(input_height=4097)
    with pytest.raises(ModelError, match="too large"):
        pipeline.process(person, 0.1, huge)
    assert len(pipeline.process(person, 0.2, huge).people) == 1


def test_seconds_add_up(estimator, person):
    start = time.perf_counter()
    seconds = PosePipeline(estimator).process(person, 0.0, SETTINGS, flat_depth(person)).seconds
    elapsed = time.perf_counter() - start
    assert 0.0 < seconds.inference < seconds.estimate
    assert seconds.track > 0.0
    assert seconds.locate > 0.0
    assert seconds.estimate + seconds.track + seconds.locate < elapsed


def test_an_estimator_is_made_from_a_nodes_settings(any_model, person):
    settings = PoseSettings(model=str(any_model), output_stride=32, input_width=353, num_threads=1, max_poses=1)
    estimator = PoseEstimator.from_settings(settings)
    report = estimator.report()
    assert (report.output_stride, report.input_size[1], report.num_threads) == (32, 353, 1)
    assert estimator.settings.max_poses == 1


@pytest.mark.parametrize(("metres", "problem"), [(2000.0, "likely millimetres"), (np.nan, "only 0 or NaN")])
def test_depth_that_measures_nothing_at_any_keypoint_is_not_used_silently(estimator, person, metres, problem):
    depth = DepthImage(np.full(person.shape[:2], metres, np.float32), 1.0)
    camera = flat_depth(person)().camera
    result = PosePipeline(estimator).process(person, 0.0, SETTINGS, lambda: RegisteredDepth(depth, camera))
    assert problem in result.depth_problem
    assert np.isnan(result.people.positions).all()


@pytest.mark.parametrize("tracking", [True, False])
@pytest.mark.parametrize("smoothing", [True, False])
def test_smoothing_and_ids_are_chosen_one_by_one(person_keypoints, tracking, smoothing):
    stage, settings = TrackingStage(), TrackingSettings(tracking=tracking, smoothing=smoothing)
    jitter = np.random.default_rng(0).normal(0.0, 2.0, (60, 17, 2))
    found = []
    for number, noise in enumerate(jitter):
        people = People((person_keypoints + noise)[None], np.full((1, 17), 0.9), np.array([0.9]))
        people = stage.update(people, number / 30.0, settings)
        assert (people.ids is None) != tracking
        found.append(people.keypoints[0])
    left = np.std(np.array(found[30:]), axis=0).mean() / np.std(jitter[30:], axis=0).mean()
    assert left < 0.6 if smoothing else left == pytest.approx(1.0)


def test_stamps_tell_how_much_is_smoothed(person_keypoints):
    """After a long time a keypoint is nearly where it was found."""

    def moved(seconds: float) -> float:
        stage, settings = TrackingStage(), TrackingSettings(smoothing=True)
        for stamp, shift in ((0.0, 0.0), (seconds, 3.0)):
            people = People(person_keypoints[None] + (shift, 0.0), np.full((1, 17), 0.9), np.array([0.9]))
            found = stage.update(people, stamp, settings)
        return float((found.keypoints - person_keypoints).mean(axis=(0, 1))[0])

    assert moved(0.02) < 1.5
    assert 2.5 < moved(0.9) < 3.0
