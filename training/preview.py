# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Writes a sheet of composed images with the truth drawn in, or with what a model finds in them, to look at.

Truth: filled dots are visible keypoints, rings hidden ones, in red on the body's left and blue on its right.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from posenet_ros.drawing import draw_people
from posenet_ros.estimator import PoseEstimator
from posenet_ros.skeleton import KEYPOINT_NAMES, LIMBS
from training.cache import SPLITS
from training.compose import Composer, Sample
from training.held_out import ALONE, SEVERAL, SIZE, to_bgr
from training.network import STRIDE
from training.photo import HIDDEN, UNKNOWN, VISIBLE
from training.settings import photo_source, read_source
from training.supply import Supply

_COLUMNS = 8
_LEFT, _RIGHT, _LIMB, _RING = (40, 40, 255), (255, 120, 0), (0, 200, 0), (255, 255, 255)
_UNLABELLED = (0, 255, 255)


def draw_truth(sample: Sample) -> NDArray[np.uint8]:
    """Return the image of a sample, BGR, with its keypoints and limbs."""
    image = to_bgr(sample)
    for keypoints, states in zip(np.rint(sample.keypoints).astype(int), sample.states, strict=True):
        for a, b in LIMBS:
            if {states[a], states[b]} <= {HIDDEN, VISIBLE}:
                cv2.line(image, tuple(keypoints[a]), tuple(keypoints[b]), _LIMB, 1, cv2.LINE_AA)
        for name, point, state in zip(KEYPOINT_NAMES, keypoints, states, strict=True):
            if state == VISIBLE:
                cv2.circle(image, tuple(point), 3, _LEFT if name.startswith("left") else _RIGHT, cv2.FILLED)
            elif state == HIDDEN:
                cv2.circle(image, tuple(point), 3, _RING, 1)
            elif state == UNKNOWN:
                cv2.drawMarker(image, tuple(point), _LIMB, cv2.MARKER_TILTED_CROSS, 5)
    return image


def draw_source(source: str, cache: Path, count: int) -> NDArray[np.uint8]:
    """Return a sheet of training images made of one source of photos and the renders of a cache.

    Yellow squares are cells where people without keypoints may be: no heat is taught there. Crosses: a keypoint is
    unknown.
    """
    supply = Supply(torch.device("cpu"), read_source(source), cache, (2_000, 500))
    supply.refresh(wait=True)
    tiles = []
    for image, truth in supply.look(0, (SIZE, SIZE), -(-count // _COLUMNS) * _COLUMNS):
        tile = draw_truth(Sample(image, truth.keypoints[0].numpy(), truth.states[0].numpy()))
        for row, column in truth.unlabelled[0].nonzero().tolist():
            x, y = column * STRIDE, row * STRIDE
            cv2.rectangle(tile, (x - 2, y - 2), (x + 2, y + 2), _UNLABELLED, 1)
        tiles.append(tile)
    return _sheet(tiles)


def _sheet(tiles: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    padded = [np.pad(tile, ((0, 2), (0, 2), (0, 0))) for tile in tiles]
    rows = [np.hstack(padded[start : start + _COLUMNS]) for start in range(0, len(padded), _COLUMNS)]
    return np.asarray(np.vstack(rows), np.uint8)


def main() -> None:
    """Write the sheet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, default=Path("training_output/cache"))
    parser.add_argument("--split", default="validation", choices=SPLITS)
    parser.add_argument("--content", default="training", choices=("training", "alone", "several"))
    parser.add_argument("--model", type=Path, help="draw what this model finds, not the truth")
    parser.add_argument(
        "--photos", nargs="*", type=photo_source, default=(), metavar="SOURCE", help="a sheet for each of these instead"
    )
    parser.add_argument("--count", type=int, default=4 * _COLUMNS)
    parser.add_argument("--output", type=Path, default=Path("training_output/preview.png"))
    options = parser.parse_args()
    options.output.parent.mkdir(parents=True, exist_ok=True)
    for number, source in enumerate(options.photos):
        path = options.output.with_name(f"{options.output.stem}_{number}.png")
        cv2.imwrite(str(path), draw_source(source, options.cache, options.count))
        print(f"{path}: {source}")
    if options.photos:
        return
    content = {"training": None, "alone": ALONE, "several": SEVERAL}[options.content]
    composer = Composer(options.cache, options.split, content)
    estimator = PoseEstimator(options.model, 16, (SIZE, SIZE)) if options.model else None
    tiles = []
    for number in range(-(-options.count // _COLUMNS) * _COLUMNS):
        sample = composer.sample(number, SIZE)
        if estimator is None:
            tile = draw_truth(sample)
        else:
            tile = to_bgr(sample)
            draw_people(tile, estimator.estimate(tile))
        tiles.append(tile)
    cv2.imwrite(str(options.output), _sheet(tiles))
    print(options.output)


if __name__ == "__main__":
    main()
