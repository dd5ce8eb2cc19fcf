# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Units of work, each of which can be done anew: a bag, a segment of a bag, or the join of its segments."""

from __future__ import annotations

import time
from dataclasses import dataclass

from posenet_ros.errors import PoseNetError
from posenet_ros.estimator import PoseEstimator
from posenet_ros.offline.bag_files import BagFiles
from posenet_ros.offline.conversion import OnProgress
from posenet_ros.offline.job import process_bag
from posenet_ros.offline.output_folder import OutputFolder, remove_folder
from posenet_ros.offline.request import BagReport, Request
from posenet_ros.offline.segments import Segment, estimate_segment
from posenet_ros.settings.pose import PoseSettings


@dataclass(frozen=True)
class Unit:
    """What a worker does at a time.

    :param segment: the part of the bag in which people are looked for; None for the bag's output
    :param segments: those of the bag, whose people are joined; empty where they are looked for in the bag as a whole
    """

    bag: BagFiles
    request: Request
    output: OutputFolder
    segment: Segment | None = None
    segments: tuple[Segment, ...] = ()

    @property
    def label(self) -> str:
        """What the unit is called in messages."""
        return self.bag.name if self.segment is None else f"{self.bag.name}, segment {self.segment.index + 1}"


class UnitRunner:
    """Does units, with one model for all of them."""

    def __init__(self) -> None:
        self._settings: PoseSettings | None = None
        self._estimator: PoseEstimator | None = None

    def run(self, unit: Unit, on_progress: OnProgress = lambda images, share: None) -> BagReport:
        """Do a unit; return what came of it. Errors are in the report."""
        begin = time.perf_counter()
        try:
            return self._run(unit, on_progress)
        except PoseNetError as error:
            reason = str(error)
        # Whatever it is, the other bags go on.
        except Exception as error:  # noqa: BLE001
            reason = f"{type(error).__name__}: {error}"
        return BagReport(unit.bag.name, error=" ".join(reason.split()), seconds=time.perf_counter() - begin)

    def _run(self, unit: Unit, on_progress: OnProgress) -> BagReport:
        folder = unit.output.segments_of(unit.bag.name)
        if unit.segment is not None:
            images = estimate_segment(unit.bag, unit.request, unit.segment, folder, self._estimator_for)
            return BagReport(unit.bag.name, images=images)
        files = [folder / segment.file_name(unit.request, unit.bag) for segment in unit.segments]
        report = process_bag(unit.bag, unit.request, unit.output, self._estimator_for, on_progress, files)
        if files:
            remove_folder(folder)
        return report

    def _estimator_for(self, settings: PoseSettings) -> PoseEstimator:
        """Return the estimator, which is made at the first image: a run that finds its outputs there needs none."""
        if self._estimator is None or self._settings != settings:
            self._estimator, self._settings = PoseEstimator.from_settings(settings), settings
        return self._estimator
