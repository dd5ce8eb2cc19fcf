# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A whole run: bags are found, given to workers, and told of."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from posenet_ros.errors import BagError
from posenet_ros.network.runtime import default_num_threads
from posenet_ros.offline.bag_files import BagFiles, find_bags
from posenet_ros.offline.dispatch import WorkerPool, run_units
from posenet_ros.offline.locations import as_location, is_local
from posenet_ros.offline.output_folder import OutputFolder
from posenet_ros.offline.processes import InlinePool, ProcessPool
from posenet_ros.offline.progress import Progress
from posenet_ros.offline.ray_cluster import RayPool
from posenet_ros.offline.recording import Recording
from posenet_ros.offline.request import BagReport, Request
from posenet_ros.offline.segments import plan_segments
from posenet_ros.offline.table import TableOptions, write_table
from posenet_ros.offline.topics import TopicChoice
from posenet_ros.offline.units import Unit
from posenet_ros.settings.pose import PoseSettings
from posenet_ros.settings.visualizer import VisualizerSettings
from posenet_ros.store.store import load_model


@dataclass(frozen=True)
class RunOptions:
    """What a run does; see ``posenet-bag --help``. Empty texts and zeros are what is not asked for."""

    inputs: tuple[str, ...]
    output: str
    settings: PoseSettings
    markers: VisualizerSettings | None = None
    images: tuple[str, ...] = ()
    depth_topic: str = ""
    camera_info_topic: str = ""
    storage: str = "mcap"
    overlay: bool = False
    with_input: bool = False
    table: str | None = None
    table_rows: str = "person"
    jobs: int = 0
    ray: str = ""
    segment: float = 0.0

    def request(self) -> Request:
        """Return what is written for each bag."""
        settings, busy_cores = self.settings, 1
        if self.jobs > 1 or self.ray:
            # Workers share the cores. A job alone has those that its network leaves between images, too.
            settings = replace(settings, num_threads=settings.num_threads or 1)
            busy_cores = self.jobs * settings.num_threads
        return Request(
            settings,
            self.storage,
            TopicChoice(self.images, self.depth_topic, self.camera_info_topic),
            self.markers,
            self.overlay,
            self.with_input,
            # Ray's actors keep to the cores that they ask for.
            overlap=not self.ray and default_num_threads() > busy_cores,
        )


def run(options: RunOptions) -> int:
    """Process all bags; print the summary; return the exit status, 1 if a bag failed.

    :raises PoseNetError: if nothing can be done at all
    """
    output = OutputFolder(as_location(options.output))
    table = TableOptions.of(options.table, options.table_rows) if options.table else None
    bags, errors = find_bags([as_location(text) for text in options.inputs])
    request = options.request()
    progress = Progress({bag.name: max(sum(bag.sizes.values()), 1) for bag in bags})
    for error in errors:
        progress.say(error)
    with _only_run(output):
        output.prepare()
        warning = load_model(request.settings.model).warning if bags else ""
        if warning:
            progress.say(warning)
        units, joins = _plan(bags, request, output, options.segment)
        pool = _pool(options, request, progress)
        try:
            run_units(units, joins, pool, progress)
        finally:
            progress.end()
            pool.stop()
            output.sweep()
        if table is not None:
            rows = write_table(table, output, [report.name for report in progress.reports if not report.error])
            progress.say(f"{table.path}: {rows} rows")
    progress.reports += [BagReport(error.split("'")[1], error=error) for error in errors]
    print(progress.summary(), flush=True)
    return 1 if any(report.error for report in progress.reports) else 0


def _plan(
    bags: list[BagFiles], request: Request, output: OutputFolder, seconds: float
) -> tuple[list[Unit], dict[str, Unit]]:
    """Return the units, the largest bags first so that none is left over at the end, and the joins of segments."""
    units: list[Unit] = []
    joins: dict[str, Unit] = {}
    for bag in sorted(bags, key=lambda bag: -sum(bag.sizes.values())):
        whole = Unit(bag, request, output)
        segments = []
        if seconds:
            try:
                with tempfile.TemporaryDirectory() as scratch:
                    if output.provenance(bag.name) is None:
                        segments = plan_segments(Recording(bag, Path(scratch)), seconds)
            except (BagError, OSError):
                pass  # Told by the worker that gets it.
        if segments:
            units += [replace(whole, segment=segment) for segment in segments]
            joins[bag.name] = replace(whole, segments=tuple(segments))
        else:
            units.append(whole)
    return units, joins


def _pool(options: RunOptions, request: Request, progress: Progress) -> WorkerPool:
    if options.ray:
        return RayPool(options.ray, options.jobs, max(request.settings.num_threads, 1))
    if options.jobs > 1:
        return ProcessPool(options.jobs)
    return InlinePool(progress.progress)


@contextmanager
def _only_run(output: OutputFolder) -> Iterator[None]:
    """Keep a second run from the same folder: each would take the other's unfinished outputs for leftovers."""
    if not is_local(output.location):
        yield
        return
    output.make()
    descriptor = os.open(output.location, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BagError(f"another run writes to '{output.location}': wait, or choose another --output") from None
        except OSError:
            pass  # Some file systems have no locks.
        yield
    finally:
        os.close(descriptor)
