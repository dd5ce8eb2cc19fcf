# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A quick figure while a network learns: keypoints found in held-out photos and renders of one person each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from training.batches import collate
from training.compose import Composer, Sample
from training.held_out import ALONE, SIZE
from training.metrics import TOLERANCE, quick_pck
from training.network import PoseNet, normalised
from training.photo import OUTSIDE, UNKNOWN, Photo

_IMAGES = 256
_AT_ONCE = 64


class Validation:
    """Images that are never trained on.

    :param photos: those held out among them, of one person each, are taken
    :param cache: of renders; its validation split is taken if there is one
    """

    def __init__(self, photos: Sequence[Photo], cache: Path) -> None:
        alone = [photo for photo in photos if photo.held_out and len(photo.keypoints) == 1 and photo.cover is None]
        samples = {"photos": [letterboxed(photo, SIZE) for photo in alone[:: max(len(alone) // _IMAGES, 1)][:_IMAGES]]}
        try:
            composer = Composer(cache, "validation", ALONE)
            samples["renders"] = [composer.sample(number, SIZE) for number in range(_IMAGES)]
        except FileNotFoundError:
            pass
        self._batches = {name: collate(given) for name, given in samples.items() if given}

    @torch.no_grad()
    def measure(self, network: PoseNet, device: torch.device) -> str:
        """Return the share of right keypoints in each kind of images, as text to append."""
        return "".join(
            f", {name} PCK@{TOLERANCE} {_right(network, device, *batch):.3f}" for name, batch in self._batches.items()
        )


def letterboxed(photo: Photo, size: int) -> Sample:
    """Return a photo scaled into a square with black margins, and its people; unknown keypoints are left out.

    :raises OSError: if the photo cannot be read
    """
    image = photo.decode()[..., :3]
    scale = size / max(image.shape[:2])
    small = cv2.resize(
        image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1.0 else cv2.INTER_LINEAR
    )
    top, left = (size - small.shape[0]) // 2, (size - small.shape[1]) // 2
    canvas = np.zeros((size, size, 3), np.uint8)
    canvas[top : top + small.shape[0], left : left + small.shape[1]] = small
    keypoints = (photo.keypoints + 0.5) * scale - 0.5 + (left, top)
    states = np.where(photo.states == UNKNOWN, OUTSIDE, photo.states).astype(np.uint8)
    return Sample(canvas, keypoints.astype(np.float32), states)


def _right(network: PoseNet, device: torch.device, images: Tensor, keypoints: Tensor, states: Tensor) -> float:
    right = []
    for part in torch.arange(len(images)).split(_AT_ONCE):
        heads = network(normalised(images[part].to(device)))
        heat, offset = heads["heatmap"].float().cpu(), heads["offset"].float().cpu()
        right.append(quick_pck(heat, offset, keypoints[part], states[part]))
    return float(torch.cat(right).float().mean())
