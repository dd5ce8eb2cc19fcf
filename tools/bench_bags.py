#!/usr/bin/env python3
# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Measures what posenet-bag costs beside the network, and how it grows with processes and with Ray.

All figures are ratios in one run: machines differ, and are noisy. Each kind of run is repeated in turn with the others,
and its fastest run counts: what else a machine does can only slow a run down.
"""

from __future__ import annotations

import argparse
import importlib.util
import io
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from clip import read_clip

from posenet_ros.errors import PoseNetError
from posenet_ros.estimator import PoseEstimator
from posenet_ros.offline.bag_files import find_bags
from posenet_ros.offline.bag_writer import BagWriter
from posenet_ros.offline.dispatch import WorkerPool, run_units
from posenet_ros.offline.message_types import message_types
from posenet_ros.offline.output_folder import OutputFolder
from posenet_ros.offline.processes import InlinePool, ProcessPool
from posenet_ros.offline.progress import Progress
from posenet_ros.offline.ray_cluster import RayPool
from posenet_ros.offline.request import Request
from posenet_ros.offline.run import RunOptions
from posenet_ros.offline.topics import COMPRESSED_IMAGE
from posenet_ros.offline.units import Unit
from posenet_ros.settings.pose import PoseSettings

ROOT = Path(__file__).resolve().parents[1]
TOPIC = "/camera/image/compressed"
SIZE = (640, 480)
QUALITY = 90
RATE_HZ = 30
BAGS = 12
ONE, ALL_CORES = "one process, one thread", "one process, all cores"
TO_ITSELF, TWO_JOBS, RAY = "one process, on one core", "--jobs 2", "--ray auto, 2 actors"
OVERHEAD_AIM, TWO_JOBS_AIM, RAY_AIM = 1.25, 1.7, 0.9


def write_bags(folder: Path, bags: int, images: int) -> None:
    """Write bags of JPEG images as a camera driver does: the rendered clip, forward and backward."""
    types = message_types(None)
    pictures = [cv2.resize(picture.image, SIZE, interpolation=cv2.INTER_CUBIC) for picture in read_clip()]
    pictures += pictures[-2:0:-1]
    data = [cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].ravel() for picture in pictures]
    print(f"{bags} bags of {images} JPEG images, {np.mean([jpeg.size for jpeg in data]) / 1000:.0f} kB each")
    for bag in range(bags):
        with BagWriter(folder / f"bag_{bag:02}", "mcap", types) as writer:
            writer.add_topic(TOPIC, COMPRESSED_IMAGE)
            for number in range(images):
                moment = number * 10**9 // RATE_HZ
                stamp = types.new("builtin_interfaces/msg/Time", sec=moment // 10**9, nanosec=moment % 10**9)
                header = types.new("std_msgs/msg/Header", stamp=stamp, frame_id="camera_optical_frame")
                jpeg = data[number % len(data)]
                message = types.new(COMPRESSED_IMAGE, header=header, format="bgr8; jpeg compressed bgr8", data=jpeg)
                writer.write_message(TOPIC, moment, message)


def inference_seconds(settings: PoseSettings, images: int) -> tuple[float, float]:
    """Return how long the network alone takes for an image, and all of estimate(): medians."""
    estimator = PoseEstimator.from_settings(settings)
    pictures = [cv2.resize(picture.image, SIZE, interpolation=cv2.INTER_CUBIC) for picture in read_clip()]
    network, whole = [], []
    for number in range(images):
        start = time.perf_counter()
        estimator.estimate(pictures[number % len(pictures)])
        whole.append(time.perf_counter() - start)
        network.append(estimator.inference_seconds)
    return float(np.median(network)), float(np.median(whole))


@dataclass(frozen=True)
class Kind:
    """A way to process bags: with which request, by which workers, and how many bags are enough."""

    request: Request
    make_pool: Callable[[], WorkerPool]
    bags: int = BAGS

    def seconds(self, recorded: Path) -> float:
        """Return the seconds from when every worker has its model, which a bag for each sees to, to the end."""
        found, _ = find_bags([recorded])
        with tempfile.TemporaryDirectory() as folder:
            output = OutputFolder(Path(folder))
            output.prepare()
            pool = self.make_pool()
            progress = Progress({bag.name: 1 for bag in found}, io.StringIO())
            units = [Unit(bag, self.request, output) for bag in found]
            try:
                run_units(units[: pool.size], {}, pool, progress)
                for bag in found[: pool.size]:
                    shutil.rmtree(output.of(bag.name))
                start = time.perf_counter()
                run_units(units[: self.bags], {}, StartedPool(pool), progress)
                took = time.perf_counter() - start
            finally:
                pool.stop()
        failed = [report.error for report in progress.reports if report.error]
        if failed:
            raise PoseNetError(failed[0])
        return took


class StartedPool:
    """A pool whose workers are there already."""

    def __init__(self, pool: WorkerPool) -> None:
        self.size = pool.size
        self.give, self.wait, self.stop = pool.give, pool.wait, pool.stop
        self._numbers = iter(range(0 if isinstance(pool, InlinePool) else 1, pool.size + 1))

    def start(self) -> int:
        """Return the number of a worker."""
        return next(self._numbers)


def compare(what: str, value: float, aim: float, *, at_most: bool) -> None:
    """Print a figure and its aim."""
    good = value <= aim if at_most else value >= aim
    print(f"  {'' if good else 'MISSED '}{what}: {value:.2f} (at {'most' if at_most else 'least'} {aim:g})")


def main() -> int:
    """Run the benchmark; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="bundled", help="name or .tflite file")
    parser.add_argument("--images", type=int, default=300, help="of each of the 12 bags")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--output", type=Path, default=ROOT / "demo_output" / "bench_bags.json")
    options = parser.parse_args()

    def request(num_threads: int = 1, jobs: int = 0, ray: str = "") -> Request:
        settings = PoseSettings(model=options.model, num_threads=num_threads)
        return RunOptions((), "", settings, jobs=jobs, ray=ray).request()

    kinds = {
        ONE: Kind(request(), lambda: InlinePool(_ignore), 3),
        ALL_CORES: Kind(request(0), lambda: InlinePool(_ignore), 3),
        TO_ITSELF: Kind(replace(request(), overlap=False), lambda: InlinePool(_ignore), 3),
        TWO_JOBS: Kind(request(jobs=2), lambda: ProcessPool(2)),
    }
    if importlib.util.find_spec("ray"):
        kinds[RAY] = Kind(request(ray="auto"), lambda: RayPool("auto", 2, 1))
    images: dict[str, list[float]] = {name: [] for name in kinds}
    networks: dict[int, list[tuple[float, float]]] = {0: [], 1: []}
    with tempfile.TemporaryDirectory() as folder:
        write_bags(Path(folder), BAGS, options.images)
        for _ in range(options.repeats):
            for threads, values in networks.items():
                values.append(inference_seconds(request(threads).settings, options.images))
            for name, kind in kinds.items():
                seconds = kind.seconds(Path(folder)) / (kind.bags * options.images)
                images[name].append(seconds)
                print(f"  {name}: {seconds * 1e3:.2f} ms an image", flush=True)
    best = {name: min(values) for name, values in images.items()}
    network = {threads: min(value[0] for value in values) for threads, values in networks.items()}
    estimate = {threads: min(value[1] for value in values) for threads, values in networks.items()}
    for threads, text in ((1, "one thread"), (0, "all cores")):
        print(f"  network {network[threads] * 1e3:.2f} ms, estimate {estimate[threads] * 1e3:.2f} ms, {text}")
    print("  What follows divides by the network alone, with as many threads, while nothing else of the job runs:")
    compare("one process, one thread: job / network", best[ONE] / network[1], OVERHEAD_AIM, at_most=True)
    # No aim: a network on all cores leaves none for the rest.
    print(f"  one process, all cores: job / network: {best[ALL_CORES] / network[0]:.2f}")
    compare("--jobs 2 / a worker to itself", best[TO_ITSELF] / best[TWO_JOBS], TWO_JOBS_AIM, at_most=False)
    if RAY in best:
        compare("Ray / --jobs 2", best[TWO_JOBS] / best[RAY], RAY_AIM, at_most=False)
    figures = {"an image, s": best, "network, s": network, "estimate, s": estimate}
    options.output.parent.mkdir(exist_ok=True)
    options.output.write_text(json.dumps(figures, indent=2) + "\n")
    return 0


def _ignore(unit: Unit, images: int, share: float) -> None:
    pass


if __name__ == "__main__":
    sys.exit(main())
