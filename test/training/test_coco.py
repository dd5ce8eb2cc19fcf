# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

pytest.importorskip("torch", reason="training dependencies are not installed: see 'make test-training'")
pytest.importorskip("numba", reason="training dependencies are not installed: see 'make test-training'")

import torch

from training.coco import read_coco
from training.photo import HIDDEN, OUTSIDE, UNKNOWN, VISIBLE
from training.supply import Supply


def annotation(image, keypoints=None, **more):
    return {"image_id": image, "bbox": [10, 20, 30, 40], "iscrowd": 0, "keypoints": keypoints or [0] * 51} | more


@pytest.fixture
def write(tmp_path):
    """Write photos and their keypoint file; return the file's path."""

    def write_all(annotations, count=2, **more):
        images = [{"id": n, "file_name": f"{n}.jpg", "width": 100, "height": 80} | more for n in range(count)]
        for image in images:
            cv2.imwrite(str(tmp_path / image["file_name"]), np.full((80, 100, 3), 90, np.uint8))
        path = tmp_path / "keypoints.json"
        path.write_text(json.dumps({"images": images, "annotations": annotations}))
        return path

    return write_all


def test_keypoints_get_their_states(write, tmp_path):
    values = [50, 40, 2] * 17
    values[3:12] = [20, 30, 1, 0, 0, 0, 120, 40, 2]
    photo, empty = read_coco(tmp_path, write([annotation(0, values)]))
    assert photo.keypoints.shape == (1, 17, 2)
    assert photo.states[0, :4].tolist() == [VISIBLE, HIDDEN, UNKNOWN, OUTSIDE]
    assert not photo.nobody
    assert empty.nobody


@pytest.mark.parametrize(
    "given", [{}, {"iscrowd": 1, "keypoints": [50, 40, 2] * 17}, {"keypoints": []}, {"keypoints": [5, 5, 0] * 17}]
)
def test_crowds_and_people_without_keypoints_are_boxes(write, tmp_path, given):
    photo, _ = read_coco(tmp_path, write([annotation(0, **given)]))
    assert len(photo.keypoints) == 0
    np.testing.assert_array_equal(photo.ignored, [[10, 20, 40, 60]])
    assert not photo.nobody


def test_unreadable_photos_are_named_and_passed_over(write, tmp_path, capsys):
    path = write([annotation(n, [50, 40, 2] * 17) for n in range(4)], 4)
    (tmp_path / "1.jpg").write_bytes(b"no image")
    (tmp_path / "2.jpg").unlink()
    supply = Supply(torch.device("cpu"), read_coco(tmp_path, path), None)
    # The first is held out.
    assert supply.people == 1
    out = capsys.readouterr().out
    assert "left out: 1.jpg is no readable image" in out
    assert "2.jpg" in out


@pytest.mark.parametrize(
    "given", [{"coco_url": "http://images.cocodataset.org/val2017/0.jpg"}, {"file_name": "val2017_0.jpg"}]
)
def test_photos_that_measure_models_are_refused(write, tmp_path, given):
    with pytest.raises(ValueError, match="val2017, which measure models"):
        read_coco(tmp_path, write([], **given))


@pytest.mark.parametrize("text", ["no json", "[]", '{"images": []}'])
def test_other_files_are_named(tmp_path, text):
    path = tmp_path / "other.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"other\.json is no COCO keypoint file"):
        read_coco(tmp_path, path)
