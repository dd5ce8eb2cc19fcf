#!/usr/bin/env python3
# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Times the way from image to people against the model's own invoke(), as ratios within one run."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path

import cv2
import numpy as np

from posenet_ros.camera_model import PinholeCamera
from posenet_ros.decoding import decode_multiple_poses, decode_multiple_poses_refined
from posenet_ros.depth import DepthImage, locate
from posenet_ros.errors import PoseNetError
from posenet_ros.estimator import PoseEstimator
from posenet_ros.geometry import Letterbox
from posenet_ros.model import PoseNetModel
from posenet_ros.model_store import load_model
from posenet_ros.people import People
from posenet_ros.smoothing import PeopleSmoother
from posenet_ros.tracking import PersonTracker

ROOT = Path(__file__).resolve().parents[1]
PEOPLE = 2
FOLLOWED = 5
CASES = [((257, 257), 8), ((257, 257), 16), ((257, 257), 32), ((353, 481), 16), ((353, 481), 32)]


def measure(steps: dict[str, Callable[[], object]], runs: int) -> dict[str, dict[str, float]]:
    """Return median and 95th percentile in ms of each step; the steps take turns, so that all meet the same noise."""
    times: dict[str, list[float]] = {name: [] for name in steps}
    for run in range(runs + 10):
        for name, step in steps.items():
            start = time.perf_counter()
            step()
            if run >= 10:  # the first ones warm caches and clocks
                times[name].append(1e3 * (time.perf_counter() - start))
    return {
        name: {"median_ms": float(np.median(values)), "p95_ms": float(np.percentile(values, 95))}
        for name, values in times.items()
    }


def bench_case(model: str, size: tuple[int, int], stride: int, threads: int, runs: int) -> dict[str, dict[str, float]]:
    """Time the stages at one input size and output stride."""
    file = load_model(model)
    estimator = PoseEstimator(file, stride, size, threads)
    network = PoseNetModel(
        file.content, output_stride=stride, native_stride=file.native_stride, input_size=size, num_threads=threads
    )
    person = cv2.imread(str(ROOT / "test" / "data" / "person.png"))[:, 160:480]
    image = np.concatenate((person, person), axis=1)
    found = len(estimator.estimate(image))
    if found != PEOPLE:
        print(f"({found} instead of {PEOPLE} people are found at {size[0]}x{size[1]}, stride {stride})")
    letterbox = Letterbox.fit(image.shape[:2], network.input_size)
    canvas = np.zeros((*network.input_size, 3), np.uint8)
    letterbox.resize_into(image, canvas)
    heads = network.run(canvas)
    tensors = heads.heatmaps, heads.offsets, heads.displacements_fwd, heads.displacements_bwd
    return measure(
        {
            "invoke": network.invoke,
            "letterbox": lambda: letterbox.resize_into(image, canvas),
            "decode": lambda: decode_multiple_poses(*tensors, stride),
            "decode_refined": lambda: decode_multiple_poses_refined(*tensors, stride),
            "estimate": lambda: estimator.estimate(image),
        },
        runs,
    )


def bench_following(runs: int) -> dict[str, dict[str, float]]:
    """Time what tracking, smoothing and depth add, with five people in 640x480 and a lens to correct."""
    truth = np.array(list(json.loads((ROOT / "test" / "data" / "person.json").read_text()).values()))
    shifts = np.column_stack((np.linspace(-250.0, 250.0, FOLLOWED), np.zeros(FOLLOWED)))
    keypoints = truth * 0.6 + (130.0, 80.0) + shifts[:, None]
    people = People(keypoints, np.full((FOLLOWED, 17), 0.9), np.full(FOLLOWED, 0.9))
    rng = np.random.default_rng(0)
    depth = DepthImage(rng.choice(np.array((0, 2500, 4500), np.uint16), (480, 640)), 0.001)
    camera = PinholeCamera(525.0, 525.0, 319.5, 239.5, "plumb_bob", (-0.3, 0.1, 0.001, -0.001, 0.0))
    tracker, smoother = PersonTracker(), PeopleSmoother()
    tracked = tracker.update(people, 0.0)
    clock = count(1)

    def moved() -> People:
        return people.moved_to(keypoints + rng.normal(0.0, 1.0, keypoints.shape))

    return measure(
        {
            "tracking": lambda: tracker.update(moved(), next(clock) / 30.0),
            "smoothing": lambda: smoother.update(tracked, next(clock) / 30.0),
            "depth": lambda: locate(tracked, depth, (480, 640), camera),
        },
        runs,
    )


def main() -> int:
    """Print a table and write the numbers as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="posenet_mobilenet_v1_100_257x257", help=".tflite file or name")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--json", type=Path, default=ROOT / "demo_output" / "bench.json")
    options = parser.parse_args()
    following = bench_following(options.runs)
    added = "".join(f"{name} {times['median_ms']:.2f}, " for name, times in following.items())
    print(f"{FOLLOWED} people, medians in ms: {added}together {sum(t['median_ms'] for t in following.values()):.2f}")
    results: list[dict[str, object]] = [{"people": FOLLOWED, **following}]
    print(f"{PEOPLE} people, {options.threads} threads, medians of {options.runs} runs, ms")
    print(
        f"{'input':>9}{'stride':>8}{'invoke':>9}{'p95':>7}{'letterbox':>11}{'multi':>8}{'multi_refined':>15}"
        f"{'estimate / invoke':>19}"
    )
    try:
        for size, stride in CASES:
            times = bench_case(options.model, size, stride, options.threads, options.runs)
            results.append({"input": size, "stride": stride, "threads": options.threads, **times})
            ratio = times["estimate"]["median_ms"] / times["invoke"]["median_ms"]
            print(
                f"{size[0]}x{size[1]:<5}{stride:>8}{times['invoke']['median_ms']:>9.2f}"
                f"{times['invoke']['p95_ms']:>7.2f}{times['letterbox']['median_ms']:>11.2f}"
                f"{times['decode']['median_ms']:>8.2f}{times['decode_refined']['median_ms']:>15.2f}{ratio:>19.2f}",
                flush=True,
            )
    except PoseNetError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(results, indent=2) + "\n")
    print(f"written to {options.json}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
