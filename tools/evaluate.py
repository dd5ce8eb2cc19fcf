#!/usr/bin/env python3
# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Counts found, missed and invented people, for each decoder and minimum pose score, on scenes with known truth.

The scenes are made of the drawn person of draw_person.py: one to six of them, of different size and colour,
mirrored or not, some half hidden, before backgrounds with clutter. A person counts as found by a pose whose
object keypoint similarity is at least 0.5; every other pose is a false one.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from draw_person import WIDTH, paste

from posenet_ros.estimator import PoseEstimator
from posenet_ros.people import People
from posenet_ros.settings.pose import DecodingSettings
from posenet_ros.similarity import object_keypoint_similarity

FOUND_FROM = 0.5
THRESHOLDS = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4)


@dataclass(frozen=True)
class Scene:
    """A picture, [h, w, 3] BGR, and the keypoints of the people in it, [n, 17, 2]."""

    image: np.ndarray
    people: np.ndarray


def make_scenes(count: int, seed: int) -> list[Scene]:
    """Return random scenes, always the same for a seed."""
    rng = np.random.default_rng(seed)
    return [_make_scene(rng) for _ in range(count)]


def _make_scene(rng: np.random.Generator) -> Scene:
    height, width = 720, 960
    coarse = rng.integers(60, 220, (6, 8, 3)).astype(np.float32)
    image = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    for _ in range(12):  # clutter
        corner, size = rng.uniform(0, (width, height)), rng.uniform(20, 160, 2)
        colour = tuple(rng.uniform(40, 230, 3))
        cv2.rectangle(image, tuple(corner.astype(int)), tuple((corner + size).astype(int)), colour, cv2.FILLED)
    people = []
    count = rng.integers(1, 7)
    for place_of in rng.permutation(count):
        scale = rng.uniform(0.7, 1.4) * min(1.0, 3.2 / count)
        tint, mirrored = rng.uniform(0.7, 1.2, 3), rng.random() < 0.5
        x = (place_of + 0.5) * width / count + rng.uniform(-0.15, 0.15) * width / count
        shift = np.array((x - scale * WIDTH / 2, rng.uniform(0.0, max(height - scale * 420.0, 1.0)) - scale * 40.0))
        image, _, points = paste(image, scale, shift, tint, mirrored)
        people.append(points)
    image += rng.normal(0.0, 4.0, image.shape)
    return Scene(np.clip(image, 0, 255).astype(np.uint8), np.array(people))


def count_matches(found: People, truth: np.ndarray) -> tuple[int, int, int]:
    """Return how many people were found, how many poses are false, and how many people were missed."""
    similarity = object_keypoint_similarity(found.keypoints, truth)
    matched: set[int] = set()
    for row in similarity:  # best score first
        free = [person for person in range(len(truth)) if person not in matched and row[person] >= FOUND_FROM]
        if free:
            matched.add(max(free, key=lambda person: row[person]))
    return len(matched), len(found) - len(matched), len(truth) - len(matched)


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True, help=".tflite file or name")
    parser.add_argument("--scenes", type=int, default=60)
    parser.add_argument("--size", type=int, nargs=2, default=(353, 481), metavar=("HEIGHT", "WIDTH"))
    parser.add_argument("--save", type=Path, help="write the first scene there, to look at")
    options = parser.parse_args()
    scenes = make_scenes(options.scenes, seed=1)
    if options.save:
        cv2.imwrite(str(options.save), scenes[0].image)
    estimator = PoseEstimator(options.model, 16, tuple(options.size))
    total = sum(len(scene.people) for scene in scenes)
    height, width = estimator.input_size
    print(f"{len(scenes)} scenes, {total} people, input {height}x{width}, stride 16\n")
    print(f"{'decoder':<15}{'pose_threshold':>15}{'found':>7}{'false':>7}{'precision':>11}{'recall':>8}{'F1':>7}")
    for decoder in ("multi", "multi_refined"):
        for threshold in THRESHOLDS:
            estimator.settings = DecodingSettings(decoder=decoder, pose_threshold=threshold, max_poses=20)
            counts = np.zeros(3, int)
            for scene in scenes:
                counts += count_matches(estimator.estimate(scene.image), scene.people)
            found, false, missed = counts
            precision, recall = found / max(found + false, 1), found / (found + missed)
            harmonic = 2 * precision * recall / max(precision + recall, 1e-9)
            print(
                f"{decoder:<15}{threshold:>15.2f}{found:>7}{false:>7}{precision:>11.3f}{recall:>8.3f}{harmonic:>7.3f}",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
