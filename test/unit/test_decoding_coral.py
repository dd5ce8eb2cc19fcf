# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The refined decoder against results of Google Coral's."""

from __future__ import annotations

import csv
import json

import cv2
import numpy as np
import pytest

from posenet_ros.decoding import decode_multiple_poses_refined
from posenet_ros.network.heads import Heads
from posenet_ros.network.model import PoseNetModel
from posenet_ros.people import People


def decode(heads: Heads) -> People:
    return decode_multiple_poses_refined(
        heads.heatmaps, heads.offsets, heads.displacements_fwd, heads.displacements_bwd, 16
    )


def golden_heads(folder, case: str) -> Heads:
    probabilities = np.load(folder / f"{case}_heatmap_sigmoid.npy").astype(np.float64)
    names = ("offsets", "displacement_fwd", "displacement_bwd")
    logits = np.log(probabilities) - np.log1p(-probabilities)
    return Heads(logits, *(np.load(folder / f"{case}_{name}.npy") for name in names))


def arrays(poses: list[dict]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return (
        np.array([[(k["x"], k["y"]) for k in pose["keypoints"]] for pose in poses]),
        np.array([[k["score"] for k in pose["keypoints"]] for pose in poses]),
        np.array([pose["score"] for pose in poses]),
    )


@pytest.mark.parametrize("image", ["test_couple", "000000000785"])
@pytest.mark.parametrize("size", ["257", "353x481"])
def test_float_tensors_decode_as_in_the_compiled_decoder(test_data, image, size):
    expected = json.loads((test_data / "golden" / "coral" / f"{image}_{size}_float.json").read_text())["poses"]
    people = decode(golden_heads(test_data / "golden" / "tfjs", f"{image}_{size}_s16"))
    keypoints, keypoint_scores, scores = arrays(expected)
    np.testing.assert_allclose(people.keypoints, keypoints, rtol=0, atol=1e-2)
    np.testing.assert_allclose(people.keypoint_scores, keypoint_scores, rtol=0, atol=1e-4)
    np.testing.assert_allclose(people.scores, scores, rtol=0, atol=1e-4)


@pytest.fixture(scope="module")
def stretched_couple(test_data, quantised_model) -> People:
    """Return what is found in the picture stretched to the input by its nearest pixels, as Coral did."""
    image = cv2.imread(str(test_data / "images" / "test_couple.jpg"))
    rows = ((np.arange(353) + 0.5) * image.shape[0] / 353).astype(int)
    columns = ((np.arange(481) + 0.5) * image.shape[1] / 481).astype(int)
    stretched = np.ascontiguousarray(image[rows][:, columns, ::-1])
    return decode(PoseNetModel(quantised_model.read_bytes()).run(stretched))


def test_quantised_model_finds_what_coral_published(test_data, stretched_couple):
    path = test_data / "golden" / "coral" / "posenet_mobilenet_v1_075_353_481_quant_decoder_reference.csv"
    rows = list(csv.DictReader(path.open()))
    expected = np.array([(float(row["keypoint_x"]), float(row["keypoint_y"])) for row in rows]).reshape(-1, 17, 2)
    scores = np.array([float(row["pose_score"]) for row in rows]).reshape(-1, 17)[:, 0]
    assert len(stretched_couple) == len(expected) == 2
    distances = np.linalg.norm(stretched_couple.keypoints - expected, axis=-1)
    assert np.median(distances) <= 1.0
    assert (distances <= 4.0).sum() >= 31
    np.testing.assert_allclose(stretched_couple.scores, scores, rtol=0, atol=0.02)


def test_quantised_model_agrees_with_the_compiled_decoder(test_data, stretched_couple):
    """Not to the last digit: runtimes round uint8 outputs differently."""
    path = test_data / "golden" / "coral" / "test_couple_353_481_quant.json"
    keypoints, _, scores = arrays(json.loads(path.read_text())["poses"])
    assert len(stretched_couple) == len(keypoints)
    assert np.median(np.linalg.norm(stretched_couple.keypoints - keypoints, axis=-1)) < 0.5
    np.testing.assert_allclose(stretched_couple.scores, scores, rtol=0, atol=0.02)
