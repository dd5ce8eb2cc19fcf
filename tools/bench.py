#!/usr/bin/env python3
# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Measures where the time goes from an image to poses, and how it grows; prints tables and writes JSON.

All times are medians of one run, in ms, and ratios to the model's own invoke(): machines differ, and are noisy.
"""

from __future__ import annotations

import argparse
import json
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from bench_memory import bench_memory
from bench_node import NodeFigures, bench_node
from bench_stages import Case, Times, bench_decoders, bench_stages, bench_tracking_and_depth, pose_publisher

from posenet_ros.errors import PoseNetError

ROOT = Path(__file__).resolve().parents[1]
SMALL, LARGE = (257, 257), (353, 481)
CASES = (
    *(Case(size, stride) for size in (SMALL, LARGE) for stride in (8, 16, 32)),
    Case(SMALL, 16, threads=1),
    Case(LARGE, 16, threads=1),
    Case(SMALL, 16, image_size=(1080, 1920)),
    *(Case(LARGE, 16, image_size=size) for size in ((720, 1280), (1080, 1920), (2160, 3840))),
    *(Case(size, 16) for size in ((481, 641), (721, 961))),
)
STAGES = (
    *("unpack", "view", "resize", "normalise", "invoke", "read", "decode", "map back"),
    *("track", "smooth", "message", "publish"),
)
# (image size, input size) -> maximum time of estimate(), as a multiple of invoke().
ESTIMATE_AIMS = {((480, 640), SMALL): 1.30, ((480, 640), LARGE): 1.15, ((1080, 1920), LARGE): 1.20}
NODE_AIMS = {SMALL: 1.45, LARGE: 1.25}


class Report:
    """Prints figures beside what they should be, and collects them."""

    def __init__(self) -> None:
        self.results: dict[str, object] = {}
        self.missed = 0

    def compare(self, what: str, value: float, most: float, unit: str = "") -> None:
        """Print a figure and its maximum."""
        good = value <= most
        self.missed += not good
        print(f"  {'' if good else 'MISSED '}{what}: {value:.2f}{unit} (at most {most:g})", flush=True)


def run_stages(report: Report, model: str, runs: int) -> list[dict[str, object]]:
    """Time the stages of every case; return the rows of the table."""
    print(f"\nStages of {Path(model).name}, ms (two people)")
    print(" " * 41 + "".join(f"{stage:>10}" for stage in STAGES) + "  estimate/invoke   p95")
    rows = []
    with pose_publisher() as publisher:
        for case in CASES:
            times = bench_stages(model, case, runs, publisher)
            rows.append({**asdict(case), "times": times})
            ratio = _ratio(times)
            cells = "".join(f"{times[stage]['median_ms']:>10.2f}" for stage in STAGES)
            print(f"{case!s:<41}{cells}{ratio:>17.2f}{times['estimate']['p95_ms']:>6.1f}", flush=True)
    report.results[f"stages of {Path(model).name}"] = rows
    return rows


def compare_stages(report: Report, rows: list[dict[str, object]]) -> None:
    """Compare the stages of a float model with their aims."""
    for row in rows:
        most = ESTIMATE_AIMS.get((row["image_size"], row["input_size"]))
        if most is not None and row["stride"] == 16 and row["threads"] == 2:
            what = f"estimate / invoke, {row['image_size'][1]} wide at {row['input_size'][1]}"
            report.compare(what, _ratio(row["times"]), most)


def print_growth(rows: list[dict[str, object]]) -> None:
    """Print how the times grow with the pixels of images and of the network's input."""
    print("Growth with pixels, as multiples of 640x480 and 481x353")
    usual = {"stride": 16, "threads": 2}
    for key, fixed, stages in (
        ("image_size", {"input_size": LARGE}, ("unpack", "view", "resize")),
        ("input_size", {"image_size": (480, 640)}, ("resize", "normalise", "invoke", "read", "decode")),
    ):
        chosen = [row for row in rows if (usual | fixed).items() <= row.items()]
        base = next(row for row in chosen if row[key] in ((480, 640), LARGE))
        for row in sorted(chosen, key=lambda row: _pixels(row[key])):
            growth = ", ".join(f"{stage} {_median(row, stage) / _median(base, stage):.2f}" for stage in stages)
            name = f"{key.split('_')[0]} {row[key][1]}x{row[key][0]}"
            print(f"  {name:<17} pixels {_pixels(row[key]) / _pixels(base[key]):5.2f}: {growth}")


def _pixels(size: tuple[int, int]) -> int:
    return size[0] * size[1]


def _median(row: dict[str, object], stage: str) -> float:
    return row["times"][stage]["median_ms"]


def _ratio(times: Times) -> float:
    return times["estimate"]["median_ms"] / times["invoke"]["median_ms"]


def run_decoders(report: Report, runs: int) -> None:
    """Time the decoders on synthetic heads, and what follows them."""
    print("\nDecoders, ms, on synthetic heads of 353x481 at stride 16")
    decoders = bench_decoders((1, 2, 5, 20), LARGE, 16, runs)
    for people, times in decoders.items():
        print(f"  {people:>2} people: " + ", ".join(f"{name} {t['median_ms']:.2f}" for name, t in times.items()))
    report.results["decoders"] = decoders
    report.compare("multi, 2 people", decoders[2]["multi"]["median_ms"], 1.0, " ms")
    report.compare("multi_refined, 2 people", decoders[2]["multi_refined"]["median_ms"], 2.0, " ms")
    for name in ("multi", "multi_refined"):
        growth = decoders[20][name]["median_ms"] / decoders[1][name]["median_ms"]
        report.compare(f"{name}, 20 people / 1", growth, 3.0)
    after_estimate = bench_tracking_and_depth(5, runs)
    report.results["tracking and depth"] = after_estimate
    print("  5 people: " + ", ".join(f"{name} {times['median_ms']:.2f}" for name, times in after_estimate.items()))
    report.compare("together", sum(times["median_ms"] for times in after_estimate.values()), 1.5, " ms")


def run_node(report: Report, model: str, seconds: float) -> None:
    """Time the node in a process of its own."""
    print("\nThe node, in a process of its own; 640x480 unless said, 2 threads")
    results: dict[str, NodeFigures] = {}
    # The camera needs processes of its own, too: the middleware reads its profile once in the life of one.
    cameras_process = ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1)

    def run(
        name: str,
        rate: float = 20.0,
        profile: bool = True,
        size: tuple[int, int] = (640, 480),
        cameras: tuple[str, ...] = ("",),
        **values: object,
    ) -> None:
        measured = cameras_process.submit(bench_node, model, values, rate, seconds, profile, size, cameras)
        results[name] = figures = measured.result()
        print(
            f"  {name:<34} first pose {figures.first_pose_s:.1f} s, {figures.pose_rate:5.1f} of"
            f" {figures.sent_rate:5.1f} images/s, total {figures.total_ms:5.1f}, inference {figures.inference_ms:5.1f},"
            f" image to pose {figures.age_ms:5.1f} (p95 {figures.age_p95_ms:.1f}) ms,"
            f" {figures.own_mb:.0f} MB of its own, {figures.transport_mb:.0f} MB of shared memory",
            flush=True,
        )

    large = {"input_height": LARGE[0], "input_width": LARGE[1]}
    run("257x257", input_height=SMALL[0], input_width=SMALL[1])
    run("481x353", **large)
    run("481x353, 60 images/s", rate=60.0, **large)
    run("481x353, 1920x1080", size=(1920, 1080), **large)
    run("481x353, no profile", profile=False, **large)
    run("481x353, smoothing", smoothing=True, **large)
    run("481x353, 1 thread", num_threads=1, **large)
    run("481x353, two cameras", cameras=("front", "rear"), **large)
    run("481x353, four cameras", cameras=("front", "rear", "left", "right"), **large)
    cameras_process.shutdown()
    report.results["node"] = {name: asdict(figures) for name, figures in results.items()}
    for name, size in (("257x257", SMALL), ("481x353", LARGE)):
        figures = results[name]
        around = figures.total_ms / figures.inference_ms
        report.compare(f"image taken to poses published / inference, {name}", around, NODE_AIMS[size])
        report.compare(
            f"image sent to pose received - inference, {name}", figures.age_ms - figures.inference_ms, 8.0, " ms"
        )
    report.compare("first pose after process start", results["481x353"].first_pose_s, 2.5, " s")
    report.compare("memory, without that shared with the camera", results["481x353"].own_mb, 220.0, " MB")
    flood = results["481x353, 60 images/s"]
    possible = min(flood.sent_rate, 1e3 / flood.inference_ms)
    report.compare("60 images/s: share of the possible poses lost", 1.0 - flood.pose_rate / possible, 0.10)


def run_memory(report: Report, model: str) -> None:
    """Measure the memory of the nodes, apart and in one process, with and without large shared-memory segments."""
    print("\nMemory in MB, all that is resident")
    report.results["memory"] = figures = {}
    for profile in (False, True):
        name = "with config/fastdds.xml" if profile else "without"
        figures[name] = found = bench_memory(model, profile)
        print(f"  {name:<24} " + ", ".join(f"{node} {megabytes:.0f}" for node, megabytes in found.items()), flush=True)
    alone = figures["without"]
    for node, aim in (("posenet_all", 260.0), ("visualizer_node", 75.0), ("camera_node", 100.0)):
        report.compare(f"memory of {node}, without config/fastdds.xml", alone[node], aim, " MB")


def main() -> int:
    """Print tables and write the numbers as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="posenet_mobilenet_v1_100_257x257", help=".tflite file or name")
    parser.add_argument("--quantised", default="", help="a quantised model, for the stages only")
    parser.add_argument("--runs", type=int, default=200, help="of each stage, after the warm-up")
    parser.add_argument("--seconds", type=float, default=10.0, help="of each run of the node; 0 leaves the node out")
    parser.add_argument("--json", type=Path, default=ROOT / "demo_output" / "bench.json")
    options = parser.parse_args()
    report = Report()
    try:
        rows = run_stages(report, options.model, options.runs)
        print_growth(rows)
        compare_stages(report, rows)
        if options.quantised:
            run_stages(report, options.quantised, options.runs)
        run_decoders(report, options.runs)
        if options.seconds:
            run_node(report, options.model, options.seconds)
            run_memory(report, options.model)
    except (PoseNetError, RuntimeError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(report.results, indent=2) + "\n")
    print(f"\n{report.missed} figures missed what they should be; all numbers: {options.json}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
