# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Photos that measure models are never trained on."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("torch", reason="training dependencies are not installed: see 'make test-training'")
pytest.importorskip("numba", reason="training dependencies are not installed: see 'make test-training'")

from training.packs import read_pack

_SIDE = 24
_ALIKE = 0.97


def shared() -> Path:
    return Path(os.environ.get("POSENET_ROS_TEST_DATA") or Path(__file__).parents[3] / "shared")


def fingerprint(image: np.ndarray) -> np.ndarray:
    """Return a small grey copy, without its mean, of length 1: copies of one photo have a product near 1."""
    small = cv2.resize(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    vector = small.astype(np.float32).ravel() - small.mean()
    return vector / max(float(np.linalg.norm(vector)), 1e-6)


def views(image: np.ndarray) -> list[np.ndarray]:
    """Return the fingerprints of a photo, of its middle square, and of both in a mirror."""
    side = min(image.shape[:2])
    top, left = (image.shape[0] - side) // 2, (image.shape[1] - side) // 2
    square = image[top : top + side, left : left + side]
    return [fingerprint(np.ascontiguousarray(view)) for view in (image, square, image[:, ::-1], square[:, ::-1])]


def test_a_copy_is_recognised():
    rng = np.random.default_rng(0)
    photo, other = (cv2.resize(rng.integers(0, 256, (6, 8, 3)).astype(np.uint8), (320, 240)) for _ in range(2))
    copy = cv2.imdecode(cv2.imencode(".jpg", cv2.resize(photo, (200, 150)))[1], cv2.IMREAD_COLOR)
    assert max(fingerprint(copy) @ view for view in views(photo)) > _ALIKE
    assert max(fingerprint(other) @ view for view in views(photo)) < _ALIKE


@pytest.mark.parametrize("pack", ["lspet", "ccp", "nobody"])
def test_packs_share_no_photo_with_those_that_measure(pack):
    path, measured = shared() / "training_photos" / f"{pack}.npz", [shared() / "people", shared() / "images"]
    if not path.exists() or not all(folder.exists() for folder in measured):
        pytest.skip(f"there is no {path}: set POSENET_ROS_TEST_DATA to the folder with training_photos and people")
    images = [
        cv2.imread(str(file))
        for folder in measured
        for file in sorted(folder.rglob("*"))
        if file.suffix in (".jpg", ".png")
    ]
    known = np.stack([view for image in images if image is not None for view in views(image)])
    assert len(known) > 100
    for photo in read_pack(path):
        likeness = float((known @ fingerprint(np.ascontiguousarray(photo.decode()[..., 2::-1]))).max())
        assert likeness < _ALIKE, f"{photo.name} is a photo that measures models"
