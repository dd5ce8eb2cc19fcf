# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What is wanted of a bag, and what came of it."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from posenet_ros.offline.bag_files import BagFiles
from posenet_ros.offline.topics import TopicChoice
from posenet_ros.settings.pose import PoseSettings
from posenet_ros.settings.visualizer import VisualizerSettings

PROVENANCE_KEY = "posenet_ros"
"""Under custom_data in the metadata.yaml of an output."""

# They decide how fast a run is, and what a live node does, but not what is found.
_WITHOUT_EFFECT = ("num_threads", "autostart", "cameras", "diagnostics_period")
_KEPT_DAMAGES = 5


@dataclass(frozen=True)
class Request:
    """What is written for each bag.

    :param settings: the pose node's
    :param storage: ``mcap`` or ``sqlite3``
    :param markers: the visualizer node's settings; None for no markers
    :param overlay: whether images with the people drawn over them are written
    :param with_input: whether every message of the input is copied
    :param overlap: whether images are read, and results written, in other threads than the network's; without, a job
        keeps to the network's, for workers that share the cores
    """

    settings: PoseSettings
    storage: str = "mcap"
    topics: TopicChoice = field(default_factory=TopicChoice)
    markers: VisualizerSettings | None = None
    overlay: bool = False
    with_input: bool = False
    overlap: bool = True

    def fingerprint(self, bag: BagFiles) -> dict[str, Any]:
        """Return what decides the content of a bag's output, as JSON has it."""
        settings = {name: value for name, value in asdict(self.settings).items() if name not in _WITHOUT_EFFECT}
        wanted = asdict(self) | {"settings": settings, "input": bag.sizes}
        del wanted["overlap"]
        plain: dict[str, Any] = json.loads(json.dumps(wanted))
        return plain


@dataclass
class BagReport:
    """What came of a bag."""

    name: str
    images: int = 0
    people: int = 0
    tracks: int = 0
    damaged: int = 0
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)
    """What its user should know: what could not be read, which topics are not there."""
    error: str = ""
    """Why there is no output; empty if there is one."""
    skipped: bool = False
    """Whether the output was there already."""
    retries: list[str] = field(default_factory=list)
    """Why it was begun anew."""

    def count_damaged(self, topic: str, time: int, error: Exception) -> None:
        """Count a message that cannot be used, and name the first ones."""
        self.damaged += 1
        if self.damaged <= _KEPT_DAMAGES:
            self.notes.append(f"{topic} at {time / 1e9:.3f} s was passed over: {error}")

    def provenance(self, request: Request, bag: BagFiles) -> str:
        """Return what made the output, and what is in it, as JSON text."""
        result = {"images": self.images, "people": self.people, "tracks": self.tracks, "damaged": self.damaged}
        content = {"version": _version(), "request": request.fingerprint(bag), "result": result, "notes": self.notes}
        return json.dumps(content, sort_keys=True)


def total(reports: list[BagReport]) -> Counter[str]:
    """Return the sums over all bags."""
    sums: Counter[str] = Counter()
    for report in reports:
        sums.update(images=report.images, people=report.people, tracks=report.tracks, damaged=report.damaged)
    return sums


def _version() -> str:
    try:
        return version("posenet_ros")
    except PackageNotFoundError:  # Built by colcon.
        return ""
