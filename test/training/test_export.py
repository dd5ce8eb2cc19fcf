# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="training dependencies are not installed: see 'make test-training'")
pytest.importorskip("numba", reason="training dependencies are not installed: see 'make test-training'")

import torch

from posenet_ros.network.model import PoseNetModel
from posenet_ros.people import People
from posenet_ros.settings.pose import DecodingSettings
from training import calibrate
from training.calibrate import Scaling, fit_slope
from training.compose import Sample
from training.export import to_tflite
from training.network import STRIDE, PoseNet, normalised
from training.render import VISIBLE


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    network = PoseNet(0.25)
    network(torch.randn(4, 3, 65, 65))  # so that batch norm has something to fold
    return network.eval().requires_grad_(False)


@pytest.fixture(scope="module")
def image():
    return np.random.default_rng(0).integers(0, 256, (129, 129, 3), np.uint8)


def run(content: bytes, image: np.ndarray, stride: int):
    return PoseNetModel(content, output_stride=stride, input_size=image.shape[:2], trusted=True).run(image)


def test_file_computes_what_the_network_does(network, image):
    scaling = Scaling(1.5, -0.25)
    heads = run(to_tflite(network, scaling), image, 16)
    expected = network(normalised(torch.from_numpy(image)[None]))
    for found, name, slope, shift in (
        (heads.heatmaps, "heatmap", scaling.slope, scaling.shift),
        (heads.offsets, "offset", STRIDE, 0.0),
        (heads.displacements_fwd, "displacement_fwd", STRIDE, 0.0),
        (heads.displacements_bwd, "displacement_bwd", STRIDE, 0.0),
    ):
        wanted = expected[name][0].permute(1, 2, 0).numpy() * slope + shift
        # Half floats have eleven bits.
        np.testing.assert_allclose(found, wanted, atol=4e-3 * np.abs(wanted).max())


def test_file_is_native_to_16_and_runs_at_every_stride(network, image):
    content = to_tflite(network)
    heads = {stride: run(content, image, stride) for stride in (8, 16, 32)}
    assert [heads[stride].heatmaps.shape for stride in (8, 16, 32)] == [(17, 17, 17), (9, 9, 17), (5, 5, 17)]
    np.testing.assert_allclose(heads[32].heatmaps, heads[16].heatmaps[::2, ::2], atol=1e-4)


def test_calibration_finds_the_slope_that_was_hidden():
    rng = np.random.default_rng(0)
    logits = rng.uniform(-5.0, 5.0, 20000)
    right = rng.random(20000) < 1.0 / (1.0 + np.exp(-0.7 * logits))
    # What is below is as it may be.
    right[logits < 0.0] = False
    assert fit_slope([(logits, right)]) == pytest.approx(0.7, abs=0.08)


def test_calibration_keeps_scores_near_the_shares_that_are_right_in_every_band():
    rng = np.random.default_rng(1)
    logits = rng.uniform(0.0, 5.0, 50000)
    right = rng.random(50000) < np.where(logits < 1.0, 0.7, 0.95)
    given = np.log(0.4 / 0.6)
    scores = 1.0 / (1.0 + np.exp(-(fit_slope([(logits, right)], given) * logits + given)))
    for low, high in ((0.5, 0.7), (0.7, 0.9), (0.9, 1.01)):
        among = (scores >= low) & (scores < high)
        assert abs(scores[among].mean() - right[among].mean()) < 0.15


def test_the_threshold_is_what_two_keypoints_reach_where_nobody_is(monkeypatch):
    rng = np.random.default_rng(4)
    keypoints = rng.uniform(20.0, 230.0, (1, 17, 2))
    picture = np.zeros((257, 257, 3), np.uint8)
    someone = Sample(picture, keypoints.astype(np.float32), np.full((1, 17), VISIBLE, np.uint8))
    nobody = Sample(picture, np.zeros((0, 17, 2), np.float32), np.zeros((0, 17), np.uint8))
    ghost = np.full((1, 17), 0.1)
    ghost[0, :3] = 0.95, 0.7, 0.6
    answers = iter([rng.uniform(0.2, 0.99, (1, 17)) for _ in range(50)] + [ghost] * 50)

    class Estimator:
        def __init__(self, *_, **__):
            pass

        def estimate(self, _):
            return People(keypoints, next(answers), np.ones(1))

    monkeypatch.setattr(calibrate, "PoseEstimator", Estimator)
    monkeypatch.setattr(calibrate, "_kinds", lambda *_: [([someone] * 50, True, True), ([nobody] * 50, True, True)])
    scaling = calibrate.measure_scaling(b"", Path(), 0)
    scaled = scaling.slope * np.log(0.7 / 0.3) + scaling.shift
    assert 1.0 / (1.0 + np.exp(-scaled)) == pytest.approx(DecodingSettings().keypoint_threshold)


@pytest.mark.parametrize("right", [True, False])
def test_slope_stays_finite_and_positive(right):
    assert 0.1 <= fit_slope([(np.linspace(-1.0, 1.0, 50), np.full(50, right))]) <= 10.0
