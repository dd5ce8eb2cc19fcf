# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""One bag in, one bag out."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from typing import Any

from posenet_ros.errors import BagError
from posenet_ros.estimator import PoseEstimator
from posenet_ros.offline.bag_files import BagFiles
from posenet_ros.offline.conversion import BagConversion, OnProgress
from posenet_ros.offline.locations import Location
from posenet_ros.offline.output_folder import OutputFolder
from posenet_ros.offline.recording import Recording
from posenet_ros.offline.request import BagReport, Request
from posenet_ros.settings.pose import PoseSettings

MakeEstimator = Callable[[PoseSettings], PoseEstimator]


def process_bag(
    bag: BagFiles,
    request: Request,
    output: OutputFolder,
    make_estimator: MakeEstimator,
    on_progress: OnProgress = lambda images, share: None,
    segments: Sequence[Location] = (),
) -> BagReport:
    """Write the output of a bag, unless it is there already.

    :param make_estimator: gives what :class:`posenet_ros.pipeline.PosePipeline` takes; not called with segments
    :param segments: files of people that were found in the images before
    :raises BagError: if there is no output, with the reason; nothing of it is left then
    """
    begin = time.perf_counter()
    done = finished_report(bag, request, output)
    if done is not None:
        return done
    estimator = None if segments else make_estimator(request.settings)
    with output.part(bag.name) as part:
        recording = Recording(bag, part)
        while True:
            try:
                job = BagConversion(recording, request, estimator, segments, part / bag.name)
                job.run(on_progress)
                break
            except BagError:
                # A file that is damaged within is read anew, as far as it can be.
                if segments or not recording.recover():
                    raise
                shutil.rmtree(part / bag.name, ignore_errors=True)
        output.publish(part / bag.name)
    job.report.seconds = time.perf_counter() - begin
    return job.report


def finished_report(bag: BagFiles, request: Request, output: OutputFolder) -> BagReport | None:
    """Return the report of an output that is there already, None if there is none.

    :raises BagError: if the output there is of other settings or of another bag
    """
    provenance = output.provenance(bag.name)
    if provenance is None:
        return None
    made, wanted = provenance.get("request", {}), request.fingerprint(bag)
    if made != wanted:
        raise BagError(
            f"'{output.of(bag.name)}' is there and was made with other {_difference(made, wanted)}: choose another"
            " --output, or remove it"
        )
    return BagReport(bag.name, **provenance["result"], notes=list(provenance["notes"]), skipped=True)


def _difference(made: dict[str, Any], wanted: dict[str, Any]) -> str:
    flat_made = {**made, **made.get("settings", {})}
    flat_wanted = {**wanted, **wanted["settings"]}
    names = [name for name in flat_wanted if name != "settings" and flat_made.get(name) != flat_wanted[name]]
    return ", ".join(names) or "settings"
