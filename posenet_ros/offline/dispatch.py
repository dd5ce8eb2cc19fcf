# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Units to workers, until all are done; a unit whose worker is lost is done anew, a bounded number of times."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from posenet_ros.offline.request import BagReport
from posenet_ros.offline.units import Unit

MAX_ATTEMPTS = 3
_WAIT_S = 0.5


@dataclass(frozen=True)
class Event:
    """News of a worker: progress, a report, or that it is lost.

    :param images: of the unit so far
    :param share: of the unit that is done, 0 to 1
    :param lost: why the worker is gone; empty while it is there
    """

    worker: int
    images: int = 0
    share: float = 0.0
    report: BagReport | None = None
    lost: str = ""


class WorkerPool(Protocol):
    """Workers, each of which does a unit at a time."""

    size: int

    def start(self) -> int:
        """Start a worker and return its number; no two have the same."""

    def give(self, worker: int, unit: Unit) -> None:
        """Have an idle worker do a unit."""

    def wait(self, seconds: float) -> Iterable[Event]:
        """Return the next events, none if nothing happens for so long."""

    def stop(self) -> None:
        """End all workers."""


class Listener(Protocol):
    """Hears how a run goes on."""

    def progress(self, unit: Unit, images: int, share: float) -> None:
        """Hear that part of a unit is done."""

    def finished(self, unit: Unit, report: BagReport) -> None:
        """Hear that a unit is done, or has failed for good."""

    def retried(self, unit: Unit, reason: str) -> None:
        """Hear that a unit is begun anew."""

    def tick(self) -> None:
        """Hear that some time has passed."""


def run_units(units: Sequence[Unit], joins: dict[str, Unit], pool: WorkerPool, listener: Listener) -> None:
    """Have all units done.

    :param joins: for each bag that is read in segments, by its name, the unit that joins them
    """
    waiting = deque(units)
    left = Counter(unit.bag.name for unit in units if unit.segment is not None)
    failed: set[str] = set()
    attempts: Counter[Unit] = Counter()
    working: dict[int, Unit] = {}
    idle: list[int] = []

    def finish(unit: Unit, report: BagReport) -> None:
        name = unit.bag.name
        if unit.segment is None:
            listener.finished(unit, report)
            return
        left[name] -= 1
        if name in failed:
            return
        if report.error:
            failed.add(name)
            report.error = f"segment {unit.segment.index + 1}: {report.error}"
        listener.finished(unit, report)
        if not left[name] and not report.error:
            waiting.appendleft(joins[name])

    while waiting or working:
        while waiting and waiting[0].segment is not None and waiting[0].bag.name in failed:
            left[waiting.popleft().bag.name] -= 1
        while waiting and len(working) < pool.size:
            worker = idle.pop() if idle else pool.start()
            working[worker] = waiting.popleft()
            pool.give(worker, working[worker])
        for event in pool.wait(_WAIT_S) if working else ():
            unit = working.get(event.worker)
            if unit is None:
                if event.lost and event.worker in idle:
                    idle.remove(event.worker)
                continue
            if event.lost:
                del working[event.worker]
                attempts[unit] += 1
                if attempts[unit] < MAX_ATTEMPTS:
                    listener.retried(unit, event.lost)
                    waiting.appendleft(unit)
                else:
                    reason = f"its worker was lost {MAX_ATTEMPTS} times, the last: {event.lost}; is memory short?"
                    finish(unit, BagReport(unit.bag.name, error=reason))
            elif event.report is not None:
                del working[event.worker]
                idle.append(event.worker)
                finish(unit, event.report)
            else:
                listener.progress(unit, event.images, event.share)
        listener.tick()
