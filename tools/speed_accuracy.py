#!/usr/bin/env python3
# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Measures speed and accuracy for input sizes and output strides on the rendered clip; draws docs/speed.png.

Accuracy is the mean object key point similarity (OKS) of everybody in the clip with the pose most alike, 0 for who
is not found. Speed is the time of a whole estimate, as a multiple of that at 257x257 and stride 16 in the same run.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from clip import ClipPicture, read_clip

from posenet_ros.errors import PoseNetError
from posenet_ros.estimator import PoseEstimator
from posenet_ros.similarity import object_keypoint_similarity

ROOT = Path(__file__).resolve().parents[1]
SIZES = ((257, 257), (257, 337), (353, 481), (481, 641))
STRIDES = (8, 16, 32)
REFERENCE = (257, 257), 16
COLOURS = {8: (60, 60, 220), 16: (60, 160, 60), 32: (220, 120, 40)}
WIDTH, HEIGHT, MARGIN = 900, 560, 80


@dataclass(frozen=True)
class Point:
    """One way to run the network, and what it gives."""

    input_size: tuple[int, int]
    stride: int
    milliseconds: float
    accuracy: float


def measure(model: str, size: tuple[int, int], stride: int, clip: list[ClipPicture]) -> Point:
    """Run the clip."""
    estimator = PoseEstimator(model, stride, size, num_threads=2)
    estimator.estimate(clip[0].image)
    times, similarities = [], []
    for picture in clip:
        start = time.perf_counter()
        found = estimator.estimate(picture.image)
        times.append(1e3 * (time.perf_counter() - start))
        for person in picture.people:
            weights = person.visible[None].astype(float)
            alike = object_keypoint_similarity(found.keypoints, person.keypoints[None], weights)
            similarities.append(float(alike.max(initial=0.0)))
    return Point(estimator.input_size, stride, float(np.median(times)), float(np.mean(similarities)))


def draw(points: list[Point], reference: float, title: str) -> np.ndarray:
    """Return the plot: time to the right (logarithmic), accuracy upwards, a line for each stride."""
    plot = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    ratios = np.array([point.milliseconds / reference for point in points])
    low, high = np.log2(ratios.min()) - 0.3, np.log2(ratios.max()) + 0.5
    top = 0.1 * np.ceil(10 * max(point.accuracy for point in points) + 0.5)

    def place(ratio: float, accuracy: float) -> tuple[int, int]:
        x = MARGIN + (np.log2(ratio) - low) / (high - low) * (WIDTH - 2 * MARGIN)
        return round(x), round(HEIGHT - MARGIN - accuracy / top * (HEIGHT - 2 * MARGIN))

    def write(text: str, at: tuple[int, int], colour: tuple[int, int, int] = (40, 40, 40), scale: float = 0.5) -> None:
        cv2.putText(plot, text, at, cv2.FONT_HERSHEY_SIMPLEX, scale, colour, 1, cv2.LINE_AA)

    for step in range(int(np.ceil(low)), int(np.floor(high)) + 1):
        x, y = place(2.0**step, 0.0)
        cv2.line(plot, (x, y), (x, MARGIN), (225, 225, 225), 1)
        write(f"{2.0**step:g}x", (x - 12, y + 22))
    for accuracy in np.arange(0.0, top + 0.01, 0.1):
        x, y = place(2.0**low, accuracy)
        cv2.line(plot, (x, y), (WIDTH - MARGIN, y), (225, 225, 225), 1)
        write(f"{accuracy:.1f}", (x - 38, y + 5))
    write(title, (MARGIN, MARGIN - 40), scale=0.6)
    write("mean OKS of all people", (MARGIN - 60, MARGIN - 14))
    write("time of an estimate, 257x257 at stride 16 = 1x", (WIDTH // 2 - 180, HEIGHT - 24))
    for number, stride in enumerate(STRIDES):
        line = sorted((point for point in points if point.stride == stride), key=lambda point: point.milliseconds)
        spots = [place(point.milliseconds / reference, point.accuracy) for point in line]
        cv2.polylines(plot, [np.array(spots, np.int32)], False, COLOURS[stride], 2, cv2.LINE_AA)
        for point, spot in zip(line, spots, strict=True):
            cv2.circle(plot, spot, 5, COLOURS[stride], cv2.FILLED, cv2.LINE_AA)
            write(f"{point.input_size[1]}x{point.input_size[0]}", (spot[0] + 8, spot[1] + 14), COLOURS[stride], 0.4)
        write(f"stride {stride}", (WIDTH - MARGIN - 90, HEIGHT - MARGIN - 70 + 22 * number), COLOURS[stride])
    return plot


def main() -> int:
    """Print the table, write the plot and the numbers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="posenet_mobilenet_v1_100_257x257", help=".tflite file or name")
    parser.add_argument("--plot", type=Path, default=ROOT / "docs" / "speed.png")
    parser.add_argument("--json", type=Path, default=ROOT / "demo_output" / "speed_accuracy.json")
    options = parser.parse_args()
    clip = read_clip()
    points = []
    try:
        for size in SIZES:
            for stride in STRIDES:
                points.append(measure(options.model, size, stride, clip))
                print(f"\r{len(points)} of {len(SIZES) * len(STRIDES)}", end="", file=sys.stderr, flush=True)
    except PoseNetError as error:
        print(f"speed_accuracy: {error}", file=sys.stderr)
        return 1
    reference = next(point.milliseconds for point in points if (point.input_size, point.stride) == REFERENCE)
    print(f"\n{'input':>9}{'stride':>8}{'time':>8}{'mean OKS':>10}")
    for point in points:
        size = f"{point.input_size[1]}x{point.input_size[0]}"
        print(f"{size:>9}{point.stride:>8}{point.milliseconds / reference:>7.2f}x{point.accuracy:>10.3f}")
    for path in (options.plot, options.json):
        path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(options.plot), draw(points, reference, Path(options.model).stem))
    options.json.write_text(json.dumps([asdict(point) for point in points], indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
