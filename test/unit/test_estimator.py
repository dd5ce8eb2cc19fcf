# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from posenet_ros import estimator as estimator_module
from posenet_ros.errors import ImageError, ModelError, SettingError
from posenet_ros.estimator import PoseEstimator
from posenet_ros.network.model import PoseNetModel
from posenet_ros.network.runtime import find_runtime
from posenet_ros.settings.pose import DecodingSettings, PoseSettings
from posenet_ros.store.catalogue import ModelFile


@pytest.mark.parametrize("case", ["257_s16", "353x481_s16"])
def test_the_couple_agrees_with_tfjs(test_data, float_model, couple, case):
    expected = json.loads((test_data / "golden" / "tfjs" / f"test_couple_{case}.json").read_text())
    estimator = PoseEstimator(float_model, 16, (expected["input_height"], expected["input_width"]), num_threads=2)
    people = estimator.estimate(couple)
    poses = [pose for pose in expected["multi_max5"] if pose["score"] > 0.5]
    assert (people.scores > 0.5).sum() == len(poses) == 2
    for pose in poses:
        keypoints = np.array([(k["x"], k["y"]) for k in pose["keypoints"]])
        sure = np.array([k["score"] > 0.5 for k in pose["keypoints"]])
        distances = np.linalg.norm(people.keypoints - keypoints, axis=-1)[:, sure]
        assert np.median(distances, axis=1).min() <= 0.01 * couple.shape[1]


# Stride 32 leaves 8 x 8 cells for the whole picture; multi_refined reads scores between them.
@pytest.mark.parametrize(
    ("stride", "decoder", "tolerance", "score"),
    [
        (8, "multi", 8.0, 0.8),
        (16, "multi", 8.0, 0.8),
        (32, "multi", 12.0, 0.8),
        (8, "multi_refined", 8.0, 0.8),
        (16, "multi_refined", 8.0, 0.8),
        (32, "multi_refined", 12.0, 0.7),
    ],
)
def test_the_drawn_person_is_found_where_it_was_drawn(
    float_model, person, person_keypoints, stride, decoder, tolerance, score
):
    people = PoseEstimator(float_model, stride, decoder=decoder).estimate(person)
    assert len(people) == 1
    assert people.scores[0] > score
    assert np.median(np.linalg.norm(people.keypoints[0] - person_keypoints, axis=-1)) < tolerance


def test_quantised_model_finds_the_same_people(float_model, quantised_model, couple):
    expected = PoseEstimator(float_model, input_size=(353, 481)).estimate(couple)
    found = PoseEstimator(quantised_model).estimate(couple)
    assert len(found) == len(expected) == 2
    distances = np.linalg.norm(found.keypoints[:, None] - expected.keypoints[None], axis=-1)
    assert np.median(distances, axis=-1).min(axis=1).max() < 0.01 * couple.shape[1]


def test_single_decoder_returns_one_person(float_model, couple):
    assert len(PoseEstimator(float_model, decoder="single").estimate(couple)) == 1


def test_image_memory_may_be_a_view_and_is_not_changed(float_model, person):
    estimator = PoseEstimator(float_model)
    expected = estimator.estimate(person)
    padded = np.pad(person, ((3, 5), (7, 2), (0, 0)))
    view = padded[3:-5, 7:-2]
    view.flags.writeable = False
    np.testing.assert_array_equal(estimator.estimate(view).keypoints, expected.keypoints)


def test_people_are_sorted_and_thresholded(float_model, couple):
    estimator = PoseEstimator(float_model, max_poses=20, pose_threshold=0.0, nms_radius=1.0)
    everyone = estimator.estimate(couple)
    assert (np.diff(everyone.scores) <= 0).all()
    estimator.settings = DecodingSettings(max_poses=20, pose_threshold=0.5, nms_radius=1.0)
    assert (estimator.estimate(couple).scores >= 0.5).all()


def test_empty_picture_has_nobody(float_model):
    assert len(PoseEstimator(float_model).estimate(np.zeros((120, 160, 3), np.uint8))) == 0


@pytest.mark.parametrize(
    ("image", "cure"),
    [
        (None, "cv2.imread returns None for a file that is missing or no image"),
        ([[0, 0, 0]], "image is a builtins.list.*numpy.asarray"),
        (np.zeros((4, 4), np.uint8), "COLOR_GRAY2BGR"),
        (np.zeros((4, 4, 1), np.uint8), "COLOR_GRAY2BGR"),
        (np.zeros((4, 4, 4), np.uint8), "COLOR_BGRA2BGR"),
        (np.zeros((4, 4, 3), np.float32), r"\(255 \* image\).astype"),
        (np.zeros((4, 4, 3), np.uint16), "image // 256"),
        (np.zeros((4, 4, 3), np.int64), "astype"),
        (np.zeros((1, 4, 4, 3), np.uint8), "one image at a time"),
        (np.zeros((4, 4, 2), np.uint8), "one image at a time"),
        (np.zeros((0, 4, 3), np.uint8), "no pixels"),
    ],
)
def test_other_images_are_refused_with_what_to_do(mini_model, image, cure):
    with pytest.raises(ImageError, match=cure) as error:
        PoseEstimator(mini_model).estimate(image)
    assert "expected [height, width, 3] uint8" in str(error.value)


@pytest.mark.parametrize("num_threads", [-1, 257, 40000, 1.5, True])
def test_number_of_threads_beyond_sense_is_refused(mini_model, num_threads):
    with pytest.raises(SettingError, match=r"num_threads is .*, expected an integer from 0 to 256"):
        PoseEstimator(mini_model, num_threads=num_threads)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("decoder", "best"),
        ("max_poses", 0),
        ("pose_threshold", 1.5),
        ("keypoint_threshold", float("nan")),
        ("nms_radius", -1.0),
    ],
)
def test_options_out_of_range_are_named(option, value):
    with pytest.raises(ValueError, match=f"{option} is"):
        DecodingSettings(**{option: value})


def test_missing_model_is_named():
    with pytest.raises(ModelError, match=r"there is no model file '/nowhere/posenet\.tflite'"):
        PoseEstimator("/nowhere/posenet.tflite")


def test_a_file_that_is_no_model_is_named(tmp_path):
    path = tmp_path / "notes.tflite"
    path.write_text("not a network")
    with pytest.raises(ModelError, match=r"notes\.tflite: this is no TensorFlow Lite model"):
        PoseEstimator(path)


def test_example_runs_without_ros(tmp_path):
    """In a process that has no ROS, with the sources of the package alone."""
    repository = Path(__file__).resolve().parents[2]
    (tmp_path / "test").symlink_to(repository / "test")
    program = f"""
import runpy, sys
sys.path.insert(0, {str(repository)!r})
sys.modules["rclpy"] = sys.modules["posenet_ros.msg"] = None
runpy.run_path({str(repository / "docs" / "example_without_ros.py")!r})
"""
    command = [sys.executable, "-c", program]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert "leftWrist" in result.stdout
    original = cv2.imread(str(repository / "test" / "data" / "clip" / "000.jpg"))
    assert (cv2.imread(str(tmp_path / "people.png")) != original).any()


def test_the_report_tells_what_runs(any_model):
    estimator = PoseEstimator(any_model, 16, (250, 353), num_threads=1)
    report = estimator.report()
    assert report.model == str(any_model)
    assert report.runtime.startswith(find_runtime().name)
    assert report.snapped_from == (250, 353)
    assert str(report) == (
        "output stride 16, input 241x353 (requested 250x353; sizes are k * stride + 1, 0 = the model's own)"
    )
    estimator.reconfigure(16, (257, 353))
    assert str(estimator.report()) == "output stride 16, input 257x353"


@pytest.mark.parametrize("known", [True, False])
def test_what_a_node_sets_reaches_the_network(any_model, monkeypatch, known):
    """The stride of a model in the store is known; that of another one is set."""
    file = ModelFile(any_model.name, any_model.read_bytes(), native_stride=16, known=known)
    asked, made = [], []

    def load(*arguments):
        asked.append(arguments)
        return file

    def make(content, **options):
        made.append(options)
        return PoseNetModel(content, **options | {"delegate": ""})

    monkeypatch.setattr(estimator_module, "load_model", load)
    monkeypatch.setattr(estimator_module, "PoseNetModel", make)
    progress = print
    settings = PoseSettings(model="some", native_stride=32, num_threads=3, delegate="some.so")
    PoseEstimator.from_settings(settings, progress)
    assert asked == [("some", progress)]
    expected = {"native_stride": 16 if known else 32, "num_threads": 3, "delegate": "some.so", "trusted": known}
    assert {name: made[0][name] for name in expected} == expected


def test_a_model_that_stands_in_for_another_is_warned_of(any_model, monkeypatch):
    file = ModelFile(any_model.name, any_model.read_bytes(), native_stride=16, warning="another one")
    monkeypatch.setattr(estimator_module, "load_model", lambda model: file)
    with pytest.warns(RuntimeWarning, match="another one") as record:
        assert PoseEstimator("some").warning == "another one"
    assert record[0].filename == __file__


def test_the_time_of_the_network_is_that_of_the_last_image(any_model, person):
    estimator = PoseEstimator(any_model)
    assert estimator.inference_seconds == 0.0
    start = time.perf_counter()
    estimator.estimate(person)
    assert 0.0 < estimator.inference_seconds < time.perf_counter() - start
