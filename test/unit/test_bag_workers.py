# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Several processes, segments of time, and workers that are lost."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("rosbags", reason="rosbags is an optional library")

from bag_maker import image_message, info_message, png_message, record_images, stamp_ns, text_message
from bag_reader import read_output
from bag_runs import SIZE, find_people, place_in, walk

from mini_posenet import paint
from posenet_ros.offline.bag_files import BagFiles
from posenet_ros.offline.dispatch import MAX_ATTEMPTS, Event, run_units
from posenet_ros.offline.output_folder import OutputFolder
from posenet_ros.offline.processes import ProcessPool
from posenet_ros.offline.request import BagReport, Request
from posenet_ros.offline.segments import Segment
from posenet_ros.offline.stage_thread import THREAD_NAME
from posenet_ros.offline.units import Unit
from posenet_ros.settings.pose import PoseSettings
from posenet_ros.settings.visualizer import VisualizerSettings


def content_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def crossing(count: int) -> list[np.ndarray]:
    """Return images of two people, of whom one is there only now and then."""
    return [
        paint((257, 545), [place_in(number), (300 + number % 7, 40)] if number % 12 < 9 else [place_in(number)])
        for number in range(count)
    ]


@pytest.mark.parametrize(("smoothing", "jobs"), [(False, 1), (True, 2)])
def test_segments_give_what_the_whole_gives(tmp_path, mini_model, smoothing, jobs):
    recorder = record_images(crossing(60), "/front/image")
    for number, image in enumerate(walk(40)):
        message = png_message(image, stamp_ns(number))
        if number == 17:
            message.data = message.data[:50]
        recorder.add("/rear/image/compressed", message, stamp_ns(number))
    bag = recorder.write(tmp_path / "long")
    settings = {"smoothing": smoothing, "track_patience": 0.25, "input_width": 545}
    assert find_people([bag], tmp_path / "whole", mini_model, settings) == 0
    whole = content_of(tmp_path / "whole")
    assert find_people([bag], tmp_path / "parts", mini_model, settings, jobs=jobs, segment=1.5) == 0
    assert content_of(tmp_path / "parts") == whole
    assert len({pose.id for _, _, m in read_output(tmp_path / "whole" / "long") for pose in m.poses}) > 3


def test_segments_with_depth_markers_and_overlay(tmp_path, mini_model):
    recorder = record_images(walk(30))
    for number in range(30):
        depth = np.full(SIZE, 2000 + 10 * number, "<u2")
        recorder.add("/camera/depth", image_message(depth, stamp_ns(number), encoding="16UC1"), stamp_ns(number))
        recorder.add("/camera/camera_info", info_message(SIZE, 250.0, stamp_ns(number)), stamp_ns(number))
    bag = recorder.write(tmp_path / "long")
    settings = {"depth": True, "smoothing": True}
    assert find_people([bag], tmp_path / "whole", mini_model, settings, overlay=True, markers=VisualizerSettings()) == 0
    options = {"overlay": True, "markers": VisualizerSettings(), "segment": 1.0}
    assert find_people([bag], tmp_path / "parts", mini_model, settings, **options) == 0
    assert content_of(tmp_path / "parts") == content_of(tmp_path / "whole")


def test_segments_that_are_there_are_not_made_again(tmp_path, mini_model, monkeypatch):
    from posenet_ros.offline import segments  # noqa: PLC0415

    bag = record_images(walk(40)).write(tmp_path / "long")
    assert find_people([bag], tmp_path / "whole", mini_model) == 0
    made = []

    def interrupted(found):
        made.append(found)
        if len(made) == 3:
            raise KeyboardInterrupt
        return as_arrays(found)

    as_arrays = segments._as_arrays
    monkeypatch.setattr(segments, "_as_arrays", interrupted)
    with pytest.raises(KeyboardInterrupt):
        find_people([bag], tmp_path / "out", mini_model, segment=1.0)
    assert len(list((tmp_path / "out" / "long.segments").glob("*.npz"))) == 2
    monkeypatch.setattr(segments, "_as_arrays", lambda found: made.append(found) or as_arrays(found))
    assert find_people([bag], tmp_path / "out", mini_model, segment=1.0) == 0
    assert len(made) == 3 + 2
    assert content_of(tmp_path / "out") == content_of(tmp_path / "whole")


def stages_left() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == THREAD_NAME]


@pytest.fixture(scope="module")
def mixed_bag(tmp_path_factory) -> Path:
    """Return a bag of two cameras, one of which sends a damaged image, and many small and a few large messages."""
    recorder = record_images(crossing(30), "/front/image")
    for number, image in enumerate(walk(30)):
        message = png_message(image, stamp_ns(number))
        if number == 16:
            message.data = message.data[:50]
        recorder.add("/rear/image/compressed", message, stamp_ns(number))
        for place in range(20):
            text = f"{number} {place}" * (20_000 if place == 10 else 1)
            recorder.add("/note", text_message(text), stamp_ns(number) + place * 10**6)
    return recorder.write(tmp_path_factory.mktemp("bags") / "mixed")


@pytest.mark.parametrize("segment", [0.0, 1.0])
def test_stages_that_overlap_give_what_one_thread_gives(tmp_path, mini_model, mixed_bag, monkeypatch, segment):
    settings = {"smoothing": True, "track_patience": 0.25, "input_width": 545, "max_rate": 5.0}
    options = {"overlay": True, "markers": VisualizerSettings(), "with_input": True, "segment": segment}
    for cores in (1, 2):
        monkeypatch.setattr("posenet_ros.offline.run.default_num_threads", lambda cores=cores: cores)
        assert find_people([mixed_bag], tmp_path / str(cores), mini_model, settings, **options) == 0
        assert not stages_left()
    assert content_of(tmp_path / "2") == content_of(tmp_path / "1")
    topics = [topic for topic, _, _ in read_output(tmp_path / "1" / "mixed", None)]
    # Every second image is due, also the damaged one.
    assert {topic: topics.count(topic) for topic in ("/note", "/front/image", "/front/pose", "/rear/pose")} == {
        "/note": 600,
        "/front/image": 30,
        "/front/pose": 15,
        "/rear/pose": 14,
    }


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_job_that_fails_leaves_no_thread(tmp_path, mini_model, mixed_bag, monkeypatch, error):
    written = []

    def write(self, *arguments):
        written.append(arguments)
        if len(written) == 10:
            raise error

    monkeypatch.setattr("posenet_ros.offline.run.default_num_threads", lambda: 2)
    monkeypatch.setattr("posenet_ros.offline.bag_writer.BagWriter.write_message", write)
    usual = sys.getswitchinterval()
    if isinstance(error, KeyboardInterrupt):
        with pytest.raises(KeyboardInterrupt):
            find_people([mixed_bag], tmp_path / "out", mini_model)
    else:
        assert find_people([mixed_bag], tmp_path / "out", mini_model) == 1
    assert len(written) == 10
    assert not stages_left()
    assert sys.getswitchinterval() == usual
    assert not list((tmp_path / "out").iterdir())


def test_two_jobs_give_what_one_gives(tmp_path, mini_model):
    bags = [record_images(walk(3 + number)).write(tmp_path / "in" / f"walk_{number}") for number in range(5)]
    assert find_people(bags, tmp_path / "one", mini_model) == 0
    assert find_people([tmp_path / "in"], tmp_path / "two", mini_model, jobs=2) == 0
    assert content_of(tmp_path / "two") == content_of(tmp_path / "one")


class KillingPool(ProcessPool):
    """Kills the worker that gets a unit, as often as it is told."""

    def __init__(self, kills: int) -> None:
        super().__init__(2)
        self.kills = kills

    def give(self, worker: int, unit: Unit) -> None:
        super().give(worker, unit)
        if unit.bag.name == "walk_1" and self.kills:
            self.kills -= 1
            os.kill(self._workers[worker][0].pid, signal.SIGKILL)


class Notes:
    """Keeps what a run says."""

    def __init__(self) -> None:
        self.reports: dict[str, BagReport] = {}
        self.retries: list[str] = []

    def progress(self, unit, images, share):
        pass

    def finished(self, unit, report):
        assert report.name not in self.reports
        self.reports[report.name] = report

    def retried(self, unit, reason):
        self.retries.append(f"{unit.label}: {reason}")

    def tick(self):
        pass


def run_with_kills(tmp_path, mini_model, kills: int) -> Notes:
    request = Request(PoseSettings(model=str(mini_model), num_threads=1))
    output = OutputFolder(tmp_path / "out")
    output.prepare()
    units = []
    for number in range(3):
        folder = record_images(walk(3)).write(tmp_path / "in" / f"walk_{number}")
        units.append(Unit(BagFiles(folder.name, folder, (folder / f"{folder.name}.mcap",)), request, output))
    pool, notes = KillingPool(kills), Notes()
    try:
        run_units(units, {}, pool, notes)
    finally:
        pool.stop()
        output.sweep()
    return notes


def test_a_killed_worker_loses_and_doubles_nothing(tmp_path, mini_model):
    notes = run_with_kills(tmp_path, mini_model, MAX_ATTEMPTS - 1)
    assert {name: (report.images, report.error) for name, report in notes.reports.items()} == {
        f"walk_{number}": (3, "") for number in range(3)
    }
    assert notes.retries == ["walk_1: its process was killed by signal SIGKILL"] * (MAX_ATTEMPTS - 1)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["walk_0", "walk_1", "walk_2"]


def test_retries_are_bounded(tmp_path, mini_model):
    notes = run_with_kills(tmp_path, mini_model, 100)
    assert notes.reports["walk_1"].error.startswith(f"its worker was lost {MAX_ATTEMPTS} times")
    assert notes.reports["walk_0"].images == notes.reports["walk_2"].images == 3
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["walk_0", "walk_2"]


class ScriptedPool:
    """Answers as it is told to."""

    size = 2

    def __init__(self, answer):
        self.answer = answer
        self.given: list[tuple[int, Unit]] = []
        self.order: list[str] = []
        self.started = 0

    def start(self):
        self.started += 1
        return self.started

    def give(self, worker, unit):
        self.given.append((worker, unit))
        self.order.append("join" if unit.segments else str(unit.segment.index))

    def wait(self, seconds):
        worker, unit = self.given.pop(0)
        return [Event(worker, report=self.answer(unit))]


def segmented(tmp_path) -> tuple[list[Unit], dict[str, Unit]]:
    request = Request(PoseSettings())
    bag = BagFiles("long", tmp_path / "long", ())
    segments = tuple(Segment(index, 4, index, index + 1) for index in range(4))
    units = [Unit(bag, request, OutputFolder(tmp_path), segment) for segment in segments]
    return units, {"long": Unit(bag, request, OutputFolder(tmp_path), segments=segments)}


def test_the_join_comes_after_its_segments(tmp_path):
    pool = ScriptedPool(lambda unit: BagReport("long"))
    run_units(*segmented(tmp_path), pool, type("Quiet", (Notes,), {"finished": lambda *_: None})())
    assert pool.order == ["0", "1", "2", "3", "join"]
    assert pool.started == 2


def test_a_failed_segment_is_one_error_and_no_join(tmp_path):
    pool = ScriptedPool(lambda unit: BagReport("long", error="broken" if unit.segment.index == 1 else ""))
    failed = []
    listener = type("Errors", (Notes,), {"finished": lambda self, unit, report: failed.append(report.error)})()
    run_units(*segmented(tmp_path), pool, listener)
    assert [error for error in failed if error] == ["segment 2: broken"]
    assert "join" not in pool.order
