# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Small photos with known people, for tests."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from training.photo import VISIBLE, Photo


def encoded(image: np.ndarray) -> bytes:
    """Return an RGB image as a PNG file."""
    return cv2.imencode(".png", np.ascontiguousarray(image[..., ::-1]))[1].tobytes()


def person_photo(seed: int = 0, size: tuple[int, int] = (90, 120), **more) -> Photo:
    """Return a photo of (height, width) with one person whose keypoints are white squares on black."""
    rng = np.random.default_rng(seed)
    height, width = size
    keypoints = rng.uniform((12, 12), (width - 12, height - 12), (1, 17, 2)).astype(np.float32).round()
    image = np.zeros((height, width, 3), np.uint8)
    for x, y in keypoints[0].astype(int):
        image[y - 1 : y + 2, x - 1 : x + 2] = 255
    states = np.full((1, 17), VISIBLE, np.uint8)
    return Photo(f"photo {seed}", encoded(image), keypoints=keypoints, states=states, **more)


def nobody_photo(seed: int = 0, value: int | None = None) -> Photo:
    """Return a photo of nobody, of one grey or of noise."""
    noise = np.random.default_rng(seed).integers(0, 256, (80, 80, 3)).astype(np.uint8)
    return Photo(f"nobody {seed}", encoded(noise if value is None else np.full_like(noise, value)))


def cutout(seed: int = 0, **more) -> Photo:
    """Return a person cut out of a photo, as large as the photo."""
    photo = person_photo(seed)
    return replace(photo, cover=encoded(np.full((90, 120, 3), 255, np.uint8)), **more)
