# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Runs of posenet-bag on images whose keypoints are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mini_posenet import keypoints_of, paint
from posenet_ros.offline.run import RunOptions, run
from posenet_ros.settings.pose import PoseSettings

SIZE = (257, 257)
POSE_TOPIC = "/camera/pose"


def place_in(number: int) -> tuple[int, int]:
    """Return where the first keypoint of the person in an image is: the person walks back and forth."""
    return 30 + 2 * abs(number % 20 - 10), 21 + number % 3


def walk(count: int) -> list[np.ndarray]:
    """Return images of a person who walks."""
    return [paint(SIZE, [place_in(number)]) for number in range(count)]


def keypoints_in(number: int) -> np.ndarray:
    return keypoints_of([place_in(number)])


def find_people(inputs: list[Path], output: Path, model: Path, settings: dict | None = None, **options: object) -> int:
    """Run as the command does; return its exit status."""
    values = {"model": str(model), "num_threads": 1} | (settings or {})
    texts = tuple(map(str, inputs))
    return run(RunOptions(texts, str(output), PoseSettings.from_values(values), **options))
