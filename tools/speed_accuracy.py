#!/usr/bin/env python3
# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Measures speed and accuracy for input sizes and output strides on the rendered clip, and draws docs/speed.png.

The figures go to docs/speed.json. Accuracy is the mean object keypoint similarity (OKS) of everybody in the clip with
the pose most alike, 0 for who is not found. Speed is the processor time of a whole estimate with one thread, the least
of all images, since others may work on the machine, too; as a multiple of that at 257x257 and stride 16 in the same
run.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from clip import ClipPicture, read_clip
from speed_plot import MEASURED, Point, draw_plot, reference_time, write_points

from posenet_ros.errors import PoseNetError
from posenet_ros.estimator import PoseEstimator
from posenet_ros.similarity import object_keypoint_similarity

SIZES = ((257, 257), (257, 337), (353, 481), (481, 641))
STRIDES = (8, 16, 32)


def measure(model: str, size: tuple[int, int], stride: int, clip: list[ClipPicture]) -> Point:
    """Run the clip."""
    estimator = PoseEstimator(model, stride, size, num_threads=1)
    estimator.estimate(clip[0].image)
    times, similarities = [], []
    for picture in clip:
        start = time.process_time()
        found = estimator.estimate(picture.image)
        times.append(1e3 * (time.process_time() - start))
        for person in picture.people:
            weights = person.visible[None].astype(float)
            alike = object_keypoint_similarity(found.keypoints, person.keypoints[None], weights)
            similarities.append(float(alike.max(initial=0.0)))
    return Point(estimator.input_size, stride, float(np.min(times)), float(np.mean(similarities)))


def main() -> int:
    """Print the table, write the plot and the numbers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="posenet_mobilenet_v1_100_257x257", help=".tflite file or name")
    parser.add_argument("--output", type=Path, default=MEASURED, help="JSON file; the plot goes beside it")
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
    reference = reference_time(points)
    print(f"\n{'input':>9}{'stride':>8}{'time':>8}{'mean OKS':>10}")
    for point in points:
        size = f"{point.input_size[1]}x{point.input_size[0]}"
        print(f"{size:>9}{point.stride:>8}{point.milliseconds / reference:>7.2f}x{point.accuracy:>10.3f}")
    model = Path(options.model).stem
    write_points(points, model, options.output)
    draw_plot(points, model, options.output.with_suffix(".png"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
