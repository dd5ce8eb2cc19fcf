# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The command line of posenet-bag, its summary and progress, and tables in CSV."""

from __future__ import annotations

import csv
import io
import sys

import numpy as np
import pytest

pytest.importorskip("rosbags", reason="rosbags is an optional library")

from bag_maker import Recorder, image_message, info_message, record_images, stamp_ns
from bag_reader import positions_of, read_output
from bag_runs import SIZE, find_people, keypoints_in, walk

from posenet_ros.errors import SettingError
from posenet_ros.offline.bag_files import BagFiles
from posenet_ros.offline.command import main, pose_settings
from posenet_ros.offline.output_folder import OutputFolder
from posenet_ros.offline.pairing import NearestInTime
from posenet_ros.offline.progress import Progress
from posenet_ros.offline.request import BagReport, Request
from posenet_ros.offline.run import RunOptions
from posenet_ros.offline.units import Unit
from posenet_ros.settings.files import defaults_as_yaml
from posenet_ros.settings.pose import PoseSettings
from posenet_ros.skeleton import KeypointId


def test_settings_are_the_nodes_by_name_check_and_error(tmp_path):
    file = tmp_path / "pose.yaml"
    file.write_text(defaults_as_yaml())
    assert pose_settings(file, []) == PoseSettings()
    file.write_text("/**:\n  ros__parameters:\n    output_stride: 8\nposenet:\n  ros__parameters:\n    max_poses: 2\n")
    settings = pose_settings(file, ["max_poses=3", "smoothing:=true", "model=bundled", "nms_radius=7"])
    assert (settings.output_stride, settings.max_poses, settings.smoothing) == (8, 3, True)
    assert (settings.model, settings.nms_radius) == ("bundled", 7.0)


@pytest.mark.parametrize(
    ("assignment", "reason"),
    [
        ("output_stride=7", "output_stride is 7, expected one of 8, 16, 32"),
        ("output_strid=8", "there is no parameter 'output_strid'; the parameters are"),
        ("output_stride", "'-p output_stride' is no assignment"),
        ("max_poses=[", "'-p max_poses=[' has no YAML value"),
    ],
)
def test_bad_settings(tmp_path, capsys, assignment, reason):
    assert main([str(tmp_path), "--output", str(tmp_path / "out"), "-p", assignment]) == 1
    error = capsys.readouterr().err
    assert error.startswith("posenet-bag: ")
    assert reason in error
    with pytest.raises(SettingError):
        pose_settings(None, [assignment])


def test_missing_parameter_file(tmp_path, capsys):
    arguments = [str(tmp_path), "--output", str(tmp_path / "out"), "--params-file", str(tmp_path / "none.yaml")]
    assert main(arguments) == 1
    assert "none.yaml' cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--jobs", "0"], ["--segment", "0"], ["--storage", "tape"], []])
def test_usage_errors(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["bag", *arguments] + (["--output", "out"] if arguments else []))
    assert ended.value.code == 2


def test_an_interrupt_while_libraries_load_is_one_like_any_other(tmp_path, monkeypatch, capsys):
    class Interrupt:
        @staticmethod
        def find_spec(name, path, target=None):
            if name == "posenet_ros.offline.run":
                raise KeyboardInterrupt

    monkeypatch.delitem(sys.modules, "posenet_ros.offline.run")
    monkeypatch.setattr(sys, "meta_path", [Interrupt, *sys.meta_path])
    assert main([str(tmp_path), "--output", str(tmp_path / "out")]) == 130
    assert capsys.readouterr().err == ""


def test_a_missing_library_is_named(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "posenet_ros.offline.run", None)
    assert main([str(tmp_path), "--output", str(tmp_path / "out")]) == 1
    assert "install posenet_ros[bags]" in capsys.readouterr().err


@pytest.mark.parametrize("rows", ["person", "keypoint"])
def test_csv_table(tmp_path, mini_model, rows):
    bags = [record_images(walk(2 + number)).write(tmp_path / f"walk_{number}") for number in range(2)]
    # The second call makes the same table of outputs that are there.
    for _ in range(2):
        path = tmp_path / "poses.csv"
        assert find_people(bags, tmp_path / "out", mini_model, table=str(path), table_rows=rows) == 0
        entries = list(csv.DictReader(io.StringIO(path.read_text())))
        path.unlink()
        assert len(entries) == 5 * (17 if rows == "keypoint" else 1)
        assert [entry["bag"] for entry in entries] == sorted(entry["bag"] for entry in entries)
        first = entries[0]
        assert int(first["stamp_ns"]) == stamp_ns(0)
        assert (first["topic"], first["id"], first["person"]) == ("/camera/pose", "1", "0")
        if rows == "keypoint":
            assert [entry["keypoint"] for entry in entries[:17]] == [part.name.lower() for part in KeypointId]
            found = [(float(entry["x"]), float(entry["y"])) for entry in entries[:17]]
            assert first["position_z"] == ""
        else:
            parts = [part.name.lower() for part in KeypointId]
            found = [(float(first[f"{part}_x"]), float(first[f"{part}_y"])) for part in parts]
            assert first["nose_position_z"] == ""
        np.testing.assert_allclose(found, keypoints_in(0)[0], atol=1e-3)


def test_table_of_an_unknown_format(tmp_path, capsys):
    assert main([str(tmp_path), "--output", str(tmp_path / "out"), "--table", "poses.xlsx"]) == 1
    assert "ends in .parquet or .csv" in capsys.readouterr().err


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_bar_shows_share_rate_and_time_left(tmp_path):
    stream = Terminal()
    unit = Unit(BagFiles("a", tmp_path, ()), Request(PoseSettings()), OutputFolder(tmp_path))
    progress = Progress({"a": 300, "b": 100}, stream)
    progress._drawn = -1e9
    progress.progress(unit, 50, 0.5)
    assert " 38%" in stream.getvalue()
    assert "images/s" in stream.getvalue()
    assert "left" in stream.getvalue()
    progress.finished(unit, BagReport("a", images=100, people=200, tracks=3, seconds=1.0))
    progress.end()
    assert "a: 100 images, 200 people, 3 tracks, 1.0 s" in stream.getvalue()
    assert "1 bags (0 were there already), 100 images, 200 people, 3 tracks" in progress.summary()


@pytest.mark.parametrize(
    ("cores", "workers", "num_threads", "expected"),
    [
        (2, {}, 0, (0, True)),
        (2, {"jobs": 1}, 1, (1, True)),
        (1, {}, 0, (0, False)),
        (2, {"jobs": 2}, 0, (1, False)),
        (2, {"jobs": 2}, 2, (2, False)),
        (3, {"jobs": 2}, 0, (1, True)),
        (8, {"jobs": 2}, 4, (4, False)),
        (9, {"jobs": 2}, 4, (4, True)),
        (8, {"ray": "auto"}, 0, (1, False)),
        (8, {"ray": "auto", "jobs": 2}, 0, (1, False)),
    ],
)
def test_workers_share_the_cores(cores, workers, num_threads, expected, tmp_path, monkeypatch):
    monkeypatch.setattr("posenet_ros.offline.run.default_num_threads", lambda: cores)
    request = RunOptions(("in",), "out", PoseSettings(num_threads=num_threads), **workers).request()
    assert (request.settings.num_threads, request.overlap) == expected
    bag = BagFiles("a", tmp_path, ())
    assert request.fingerprint(bag) == RunOptions(("in",), "out", PoseSettings()).request().fingerprint(bag)


def test_the_nearest_in_time_may_be_before_or_after():
    nearest = NearestInTime(iter((time, str(time)) for time in (10, 20, 30)))
    assert [nearest.at(time)[1] for time in (0, 14, 16, 25, 29, 90)] == ["10", "10", "20", "20", "30", "30"]
    assert NearestInTime(iter(())).at(5) is None


def depth_recording(delay_ns: int = 0) -> Recorder:
    """Return images with depths 2.0 m, 2.1 m, ... whose stamps are later than the images' by the delay."""
    recorder = record_images(walk(6))
    for number in range(6):
        depth = np.full(SIZE, 2000 + 100 * number, "<u2")
        message = image_message(depth, stamp_ns(number) + delay_ns, encoding="16UC1")
        recorder.add("/camera/aligned_depth_to_color/image_raw", message, stamp_ns(number) + 6 * 10**7)
    recorder.add("/camera/camera_info", info_message(SIZE, 250.0, stamp_ns(3)), stamp_ns(3))
    return recorder


@pytest.mark.parametrize("delay_ns", [-3 * 10**7, 0, 3 * 10**7])
def test_depth_is_the_nearest_in_time_on_both_sides(tmp_path, mini_model, delay_ns):
    bag = depth_recording(delay_ns).write(tmp_path / "walk")
    assert find_people([bag], tmp_path / "out", mini_model, {"depth": True}) == 0
    found = [positions_of(message) for _, _, message in read_output(tmp_path / "out" / "walk")]
    for number, positions in enumerate(found):
        np.testing.assert_allclose(positions[..., 2], 2.0 + 0.1 * number, atol=1e-6)


def test_depth_that_is_too_far_away_is_told(tmp_path, mini_model, capsys):
    bag = depth_recording(4 * 10**7).write(tmp_path / "walk")
    assert find_people([bag], tmp_path / "out", mini_model, {"depth": True, "depth_tolerance": 0.01}) == 0
    assert all(np.isnan(positions_of(message)).all() for _, _, message in read_output(tmp_path / "out" / "walk"))
    assert "without positions: the nearest depth image is 0.04 s from the image" in capsys.readouterr().err


def test_depth_without_depth_images(tmp_path, mini_model, capsys):
    bag = record_images(walk(1)).write(tmp_path / "walk")
    assert find_people([bag], tmp_path / "out", mini_model, {"depth": True}) == 1
    assert "depth is true, but no topic has depth images" in capsys.readouterr().out
