#!/usr/bin/env python3
# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Judges who is who, with the measures of the field (IDF1, id switches; motmetrics), on sequences with exact truth.

Poses that were found count, since the tracker finds nobody: IDF1 is 1 if everybody has one id. Whoever was found and is
left out by the tracker counts as missed. ``fragments`` counts how often the id that a person has for most of the time
is interrupted by another. Each sequence is played with the images, and with poses alone, which is how it is where
``camera_motion`` is off.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import chain, pairwise
from pathlib import Path

import motmetrics
import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from tracking_recordings import Recording, recordings
from tracking_sequences import UNKNOWN, Frame, Script, all_scripts

from posenet_ros.pipeline import TrackingStage
from posenet_ros.settings.pose import TrackingSettings

_METRICS = ["idf1", "num_switches"]


@dataclass(frozen=True)
class Judgement:
    """How ids were kept in one sequence."""

    name: str
    group: str
    images: bool
    people: int
    ids: int
    idf1: float
    switches: int
    fragments: int
    milliseconds: float


class Judge:
    """Compares ids with the truth, image by image."""

    def __init__(self) -> None:
        self._accumulator = motmetrics.MOTAccumulator(auto_id=True)
        self._ids: dict[int, list[int]] = {}

    def see(self, found: np.ndarray, owners: np.ndarray, ids: np.ndarray) -> None:
        """Take who was found, [n], the true people of the poses that have ids, [m], and these ids, [m]."""
        there = np.union1d(found, owners)
        distances = np.where(there[:, None] == owners, 0.0, np.nan)
        self._accumulator.update(there.tolist(), ids.tolist(), distances)
        for owner, number in zip(owners.tolist(), ids.tolist(), strict=True):
            self._ids.setdefault(owner, []).append(number)

    def judge(self) -> tuple[float, int]:
        """Return IDF1 and the number of switches."""
        summary = motmetrics.metrics.create().compute(self._accumulator, metrics=_METRICS).iloc[0]
        return float(summary["idf1"]), int(summary["num_switches"])

    def fragments(self) -> int:
        """Return how often the most frequent id of a person is interrupted."""
        total = 0
        for ids in self._ids.values():
            main = Counter(ids).most_common(1)[0][0]
            mine = [number == main for number in ids]
            last = len(mine) - mine[::-1].index(True)
            total += sum(before and not now for before, now in pairwise(mine[:last]))
        return total

    def counts(self) -> tuple[int, int]:
        """Return how many people there were, and how many ids they had all together."""
        return len(self._ids), sum(len(set(ids)) for ids in self._ids.values())


def evaluate(name: str, group: str, frames: Iterable[Frame], images: bool) -> Judgement:
    """Track the people of a sequence and judge it."""
    stage, judge, seconds = TrackingStage(), Judge(), []
    for frame in frames:
        start = time.perf_counter()
        found = stage.update(frame.people, frame.stamp, TrackingSettings(), frame.image if images else None)
        seconds.append(time.perf_counter() - start)
        assert found.ids is not None
        owners = frame.owners_of(found)
        known = owners != UNKNOWN
        judge.see(frame.owners[frame.owners != UNKNOWN], owners[known], found.ids[known])
    idf1, switches = judge.judge()
    middle = 1e3 * float(np.median(seconds))
    return Judgement(name, group, images, *judge.counts(), idf1, switches, judge.fragments(), middle)


def summarise(judgements: Sequence[Judgement]) -> Judgement:
    """Return a line for several runs: the mean of IDF1 and time, the sum of what is counted."""
    first = judgements[0]
    total = {key: sum(getattr(each, key) for each in judgements) for key in ("people", "ids", "switches", "fragments")}
    mean = {key: float(np.mean([getattr(each, key) for each in judgements])) for key in ("idf1", "milliseconds")}
    return Judgement(first.name, first.group, first.images, **total, **mean)


def print_table(title: str, lines: Sequence[Judgement]) -> None:
    """Print judgements, and a line for each group."""
    print(f"\n{title}\n{'':<40}{'people':>7}{'ids':>5}{'IDF1':>7}{'switches':>10}{'fragments':>11}{'ms':>7}")
    for line in lines:
        print(
            f"{line.name:<40}{line.people:>7}{line.ids:>5}{line.idf1:>7.3f}{line.switches:>10}{line.fragments:>11}"
            f"{line.milliseconds:>7.2f}"
        )


def judge_all(sequences: Iterable[Script | Recording], seeds: int) -> list[Judgement]:
    """Judge sequences with poses alone and with images, once for each seed of the simulated network."""
    lines: list[Judgement] = []
    for sequence in sequences:
        if sys.stderr.isatty():
            print(f"\r{sequence.name:<50}", end="", file=sys.stderr, flush=True)
        runs = range(seeds if isinstance(sequence, Script) else 1)
        for images in (False, True):
            judged = [evaluate(sequence.name, sequence.group, sequence.play(seed), images) for seed in runs]
            lines.append(summarise(judged))
    if sys.stderr.isatty():
        print(f"\r{'':<50}", end="\r", file=sys.stderr, flush=True)
    return lines


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3, help="runs of each simulated sequence (default 3)")
    parser.add_argument("--only", default="", help="sequences in whose name this occurs")
    parser.add_argument(
        "--model", default="bundled", help="network of the drawn and rendered people; empty leaves them out"
    )
    parser.add_argument("--json", type=Path, help="write the figures there")
    options = parser.parse_args()
    scripts = [script for script in all_scripts() if options.only in script.name]
    pictures = recordings(options.model) if options.model and not options.only else ()
    if not scripts:
        parser.error(f"no sequence has '{options.only}' in its name")
    lines = judge_all(chain(scripts, pictures), options.seeds)
    for images, title in ((False, "With poses alone"), (True, "With images")):
        some = [line for line in lines if line.images == images]
        groups = dict.fromkeys(line.group for line in some)
        totals = [summarise([line for line in some if line.group == group]) for group in groups]
        print_table(title, some + [replace(total, name=f"all of '{total.group}'") for total in totals])
    if options.json:
        options.json.write_text(json.dumps([asdict(line) for line in lines], indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
