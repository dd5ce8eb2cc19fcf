# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The kinds of images on which models are calibrated (validation split) and measured (test split)."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from training.compose import Content, Sample

SIZE = 257
"""Pixels of an image's sides."""

# Training exaggerates what cameras do; these images are such as a person could still make out.
_USUAL = Content(smallest=0.0, behind=None, things=1, effects=0.5)

ALONE = replace(_USUAL, shares=(0.0, 1.0), least=0.5, most=0.95, whole=True, letterboxed=0.0)
"""One person, seen whole, partly behind something in a fifth of the images; 128 pixels tall at least."""

SEVERAL = replace(_USUAL, shares=(0.0, 0.0, 0.5, 0.3, 0.2), least=0.4, most=1.1, near=0.1, beyond=0.15, letterboxed=0.1)
"""Two to four people, behind each other and behind things, some of them cut by the edge."""

NOBODY = replace(_USUAL, shares=(1.0,), letterboxed=0.1)
"""Rooms, streets, clutter and textures."""


def to_bgr(sample: Sample) -> NDArray[np.uint8]:
    """Return the image of a sample as the estimator takes it."""
    return np.asarray(cv2.cvtColor(sample.image, cv2.COLOR_RGB2BGR), np.uint8)
