# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What a camera adds to a picture: exposure, colour cast, blur, noise, coarse pixels and JPEG blocks."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
_GREYS = np.arange(256, dtype=np.float32) / 255.0


def develop(image: Image, rng: np.random.Generator, strength: float = 1.0) -> Image:
    """Return the picture [h, w, 3] uint8 as one of many cameras would have taken it.

    :param strength: 1 for all that may happen, less for better cameras
    """
    image = _exposed(image, rng, strength)
    chances = rng.random(6) < strength * np.array((0.08, 0.12, 0.25, 0.1, 0.4, 0.25))
    grey, coarse, blurred, moved, noisy, packed = chances
    if grey:
        image = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    if coarse:  # few pixels, scaled up
        height, width = image.shape[:2]
        factor = 1.0 - strength * rng.uniform(0.2, 0.65)
        small = cv2.resize(image, (int(width * factor), int(height * factor)), interpolation=cv2.INTER_AREA)
        image = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    if blurred:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, 0.3 + 0.9 * strength))
    if moved:
        image = _moved(image, rng)
    if noisy:
        image = _noisy(image, rng, strength)
    if packed:
        quality = int(rng.integers(95 - int(70 * strength), 96))
        image = cv2.imdecode(cv2.imencode(".jpg", image, (cv2.IMWRITE_JPEG_QUALITY, quality))[1], cv2.IMREAD_COLOR)
    return image


def tint(image: Image, rng: np.random.Generator, spread: float) -> Image:
    """Return the colours [..., 3] scaled and bent at random, by about the given share."""
    gains, gamma = np.exp(rng.normal(0.0, spread) + rng.normal(0.0, 0.4 * spread, 3)), np.exp(rng.normal(0.0, spread))
    table = np.clip(gains * (_GREYS[:, None] ** gamma) * 255.0, 0.0, 255.0).astype(np.uint8)
    return cv2.LUT(image, table[None])


def _exposed(image: Image, rng: np.random.Generator, strength: float) -> Image:
    contrast, brightness = np.exp(rng.normal(0.0, 0.15 * strength)), rng.normal(0.0, 0.06 * strength)
    cast, gamma = np.exp(rng.normal(0.0, 0.06 * strength, 3)), np.exp(rng.normal(0.0, 0.25 * strength))
    curve = ((_GREYS**gamma - 0.5) * contrast + 0.5 + brightness)[:, None] * cast
    table = np.clip(curve * 255.0, 0.0, 255.0).astype(np.uint8)
    return cv2.LUT(image, table[None])


def _moved(image: Image, rng: np.random.Generator) -> Image:
    length = int(rng.integers(3, 8))
    kernel = np.zeros((length, length), np.float32)
    ends = rng.integers(0, length, 4)
    cv2.line(kernel, (int(ends[0]), 0), (int(ends[1]), length - 1), 1.0)
    kernel = kernel if rng.random() < 0.5 else kernel.T
    return cv2.filter2D(image, -1, kernel / kernel.sum())


def _noisy(image: Image, rng: np.random.Generator, strength: float) -> Image:
    deviation = rng.uniform(1.0, 12.0) * strength
    shape = image.shape if rng.random() < 0.5 else (*image.shape[:2], 1)
    grains = (rng.standard_normal(shape, np.float32) * np.float32(deviation)).astype(np.int16)
    return np.clip(image + grains, 0, 255).astype(np.uint8)
