# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What a run says: a progress bar on a terminal, else a line for each bag; a summary at the end."""

from __future__ import annotations

import sys
import time
from typing import TextIO

from posenet_ros.offline.request import BagReport, total
from posenet_ros.offline.units import Unit

_BAR = 24
_REDRAW_S = 0.2


class Progress:
    """Follows a run and tells of it.

    :param weights: how much work each bag is, by its name: bytes
    :param stream: where to write; default: standard error
    """

    def __init__(self, weights: dict[str, int], stream: TextIO | None = None) -> None:
        self.reports: list[BagReport] = []
        self._weights = weights
        self._stream = stream or sys.stderr
        self._bar = self._stream.isatty()
        self._begin = time.monotonic()
        self._drawn = 0.0
        # Of what is being done: the weight of each unit's bag that is done, and the images.
        self._shares: dict[Unit, tuple[float, int]] = {}
        self._done_weight = 0.0
        self._skipped_weight = 0.0
        self._images = 0
        self._retries: dict[str, list[str]] = {}

    def progress(self, unit: Unit, images: int, share: float) -> None:
        """Note how far a unit is."""
        self._shares[unit] = self._weight(unit) * share, images
        self.tick()

    def finished(self, unit: Unit, report: BagReport) -> None:
        """Count a unit that is done, and tell of its bag."""
        self._shares.pop(unit, None)
        self._done_weight += self._weight(unit)
        name = unit.bag.name
        if unit.segment is not None and not report.error:
            self._images += report.images
            return
        report.retries += self._retries.pop(name, [])
        self.reports.append(report)
        if report.skipped:
            self._skipped_weight += self._weight(unit)
        elif not unit.segments:
            self._images += report.images
        self._say_of(report)

    def retried(self, unit: Unit, reason: str) -> None:
        """Tell that a unit is begun anew, and why."""
        self._retries.setdefault(unit.bag.name, []).append(reason)
        self.say(f"{unit.label} is begun anew: {reason}")

    def tick(self) -> None:
        """Draw the bar again, if it is time."""
        now = time.monotonic()
        if self._bar and now - self._drawn > _REDRAW_S:
            self._drawn = now
            print(f"\r\x1b[K{self._line(now)}", end="", file=self._stream, flush=True)

    def say(self, text: str) -> None:
        """Write a line above the bar."""
        start = "\r\x1b[K" if self._bar else ""
        print(f"{start}{text}", file=self._stream, flush=True)

    def end(self) -> None:
        """Remove the bar."""
        if self._bar:
            print("\r\x1b[K", end="", file=self._stream, flush=True)

    def summary(self) -> str:
        """Return what came of the run, and at the end the list of what failed."""
        seconds = time.monotonic() - self._begin
        done = [report for report in self.reports if not report.error]
        failed = [report for report in self.reports if report.error]
        sums, skipped = total(done), [report for report in done if report.skipped]
        lines = [
            f"{len(done)} bags ({len(skipped)} were there already), {sums['images']} images, {sums['people']} people,"
            f" {sums['tracks']} tracks, {sums['damaged']} damaged messages",
            f"{seconds:.1f} s, {self._images / max(seconds, 1e-9):.1f} images a second",
        ]
        if failed:
            lines += [f"{len(failed)} failed:", *(f"  {report.name}: {report.error}" for report in failed)]
        return "\n".join(lines)

    def _say_of(self, report: BagReport) -> None:
        if report.error:
            self.say(f"{report.name}: {report.error}")
            return
        if report.skipped:
            return
        self.say(
            f"{report.name}: {report.images} images, {report.people} people, {report.tracks} tracks,"
            f" {report.seconds:.1f} s"
        )
        for note in report.notes:
            self.say(f"  {note}")

    def _weight(self, unit: Unit) -> float:
        weight = float(self._weights[unit.bag.name])
        # The join of segments is little work beside looking for people.
        if unit.segment is not None:
            return weight * 0.9 / unit.segment.number
        return weight * (0.1 if unit.segments else 1.0)

    def _line(self, now: float) -> str:
        everything = max(sum(self._weights.values()), 1)
        share = min((self._done_weight + sum(part for part, _ in self._shares.values())) / everything, 1.0)
        images = self._images + sum(number for _, number in self._shares.values())
        elapsed = max(now - self._begin, 1e-9)
        full = round(share * _BAR)
        line = f"[{'#' * full}{'.' * (_BAR - full)}] {share:4.0%}  {images / elapsed:.0f} images/s"
        # Outputs that were there already say nothing about speed.
        fresh = share - self._skipped_weight / everything
        if fresh > 0.0:
            line += f"  {_duration(elapsed * (1.0 - share) / fresh)} left"
        return line


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"
