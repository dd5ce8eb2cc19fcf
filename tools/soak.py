#!/usr/bin/env python3
# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Runs the pose node under a camera for a long time and prints what it received, published and used.

The camera is this program: stamped 640x480 images, best effort. Two loads in turn, half of the time each: 30
images a second, where every pose must arrive within one interval and one inference after its image, and three
times what the network manages, where the age must stay bounded. Exits with 1 if a figure misses its aim.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import rclpy

sys.path.insert(0, str(Path(__file__).parent))
from node_load import Camera, Load, run_load
from node_processes import executable

from posenet_ros.ros.middleware import large_image_environment

CAMERA_RATE = 30.0
# The first minute fills caches and buffers.
SETTLE_S = 60.0
MOST_GROWTH_MB = 5.0
LEAST_RATE = 0.95
LEAST_RATE_UNDER_FLOOD = 0.8
OLDEST_UNDER_FLOOD_S = 0.1
MOST_EXECUTOR_LOAD = 0.25
SLOWEST_ANSWER_S = 0.05


def judge(load: Load) -> list[tuple[str, str, bool]]:
    """Return (figure, value with its aim, whether it is met)."""
    total, inference = float(np.median(load.totals)), float(np.median(load.inferences))
    # Under a flood the camera, this program, takes its share of the processor.
    least = (LEAST_RATE if load.keeps_up else LEAST_RATE_UNDER_FLOOD) * min(load.rate, 1.0 / total)
    oldest = 1.0 / load.rate + inference if load.keeps_up else OLDEST_UNDER_FLOOD_S
    age = float(np.percentile(load.ages, 99))
    answer = float(np.percentile(load.answers, 99))
    settled = [size for at, size in load.resident if at >= min(SETTLE_S, load.seconds / 2)]
    growth = settled[-1] - settled[0]
    return [
        ("images sent a second", f"{load.sent / load.seconds:.1f}", True),
        ("total / inference, ms", f"{1e3 * total:.1f} / {1e3 * inference:.1f}", True),
        (
            "poses a second",
            f"{load.pose_rate:.1f} (at least {least:.1f})",
            load.pose_rate >= least,
        ),
        (
            "age of a pose when received, ms: median, p99",
            f"{1e3 * np.median(load.ages):.1f}, {1e3 * age:.1f} (at most {1e3 * oldest:.1f})",
            age <= oldest,
        ),
        (
            "answer to a parameter request, ms: median, p99",
            f"{1e3 * np.median(load.answers):.1f}, {1e3 * answer:.1f} (at most {1e3 * SLOWEST_ANSWER_S:g})",
            answer <= SLOWEST_ANSWER_S,
        ),
        ("memory growth, MB", f"{growth:.1f} (at most {MOST_GROWTH_MB:g})", growth <= MOST_GROWTH_MB),
        (
            "load of the executor thread",
            f"{load.executor_load:.2f} of a core (at most {MOST_EXECUTOR_LOAD:g})",
            load.executor_load <= MOST_EXECUTOR_LOAD,
        ),
    ]


def main() -> int:
    """Run both loads; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="", help=".tflite file or name; default: that of config/pose.yaml")
    parser.add_argument("--minutes", type=float, default=10.0)
    options = parser.parse_args()
    os.environ.update(large_image_environment(os.environ))
    arguments = ["--ros-args", "-p", f"model:={options.model}"] if options.model else []
    process = subprocess.Popen([executable("pose_node"), *arguments])
    rclpy.init()
    camera = Camera()
    met = True
    try:
        warm_up = Load("warm-up", CAMERA_RATE, 8.0)
        run_load(camera, warm_up, process.pid)
        if not warm_up.totals:
            print("soak: the pose node makes no poses; its last message says why", file=sys.stderr)
            return 1
        half = 30.0 * options.minutes
        flood = 3.0 / float(np.median(warm_up.inferences))
        for load in (Load("30 Hz", CAMERA_RATE, half), Load("flood", flood, half, keeps_up=False)):
            run_load(camera, load, process.pid)
            print(f"\n{load.name}")
            for figure, value, good in judge(load):
                print(f"  {'' if good else 'MISSED '}{figure}: {value}")
                met = met and good
    finally:
        process.terminate()
        process.wait()
        camera.destroy_node()
        rclpy.try_shutdown()
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
