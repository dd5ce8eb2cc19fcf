# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The README's plot of speed against accuracy, from what tools/speed_accuracy.py measured."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt

MEASURED = Path(__file__).resolve().parents[1] / "docs" / "speed.json"
REFERENCE = (257, 257), 16
# Of the strides; they differ for colour-blind readers too (Okabe and Ito).
COLOURS = {8: "#D55E00", 16: "#009E73", 32: "#0072B2"}
MARKERS = {8: "^", 16: "o", 32: "s"}


@dataclass(frozen=True)
class Point:
    """One way to run the network, and what it gives."""

    input_size: tuple[int, int]
    stride: int
    milliseconds: float
    accuracy: float


def write_points(points: list[Point], model: str, path: Path) -> None:
    """Keep what was measured."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = {"model": model, "points": [asdict(point) for point in points]}
    path.write_text(json.dumps(data, indent=1) + "\n")


def read_points(path: Path) -> tuple[list[Point], str]:
    """Return what was measured, and the model's name."""
    data = json.loads(path.read_text())
    return [Point(**point | {"input_size": tuple(point["input_size"])}) for point in data["points"]], data["model"]


def reference_time(points: list[Point]) -> float:
    """Return the time of an estimate that counts as 1."""
    return next(point.milliseconds for point in points if (point.input_size, point.stride) == REFERENCE)


def draw_plot(points: list[Point], model: str, path: Path) -> None:
    """Write the plot: time to the right (logarithmic), accuracy upwards, a line for each stride."""
    reference = reference_time(points)
    figure, axes = plt.subplots(figsize=(8.0, 4.6), dpi=110)
    for stride in sorted({point.stride for point in points}):
        line = sorted((point for point in points if point.stride == stride), key=lambda point: point.milliseconds)
        times, accuracies = [p.milliseconds / reference for p in line], [p.accuracy for p in line]
        axes.plot(times, accuracies, color=COLOURS[stride], marker=MARKERS[stride], label=f"stride {stride}")
    # One label for each size, left of and above its point at stride 16, where no line passes.
    for point in points:
        if point.stride == REFERENCE[1]:
            place = point.milliseconds / reference, point.accuracy
            text = f"{point.input_size[1]}x{point.input_size[0]}"
            axes.annotate(text, place, (-8, 6), textcoords="offset points", ha="right", color="0.25")
    axes.set_xscale("log", base=2)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}x")
    low, high = min(point.accuracy for point in points), max(point.accuracy for point in points)
    axes.margins(x=0.12)
    axes.set_ylim(low - 0.08 * (high - low), high + 0.18 * (high - low))
    axes.set_xlabel("time of an estimate (1x: input of 257x257 at stride 16)")
    axes.set_ylabel("mean OKS of all people")
    axes.set_title(
        f"A larger input finds more than a finer stride does\n({model}, people of the rendered clip)", fontsize=11
    )
    axes.grid(color="0.9")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="lower right", title="point: an input size")
    figure.tight_layout()
    figure.savefig(path)
    plt.close(figure)
