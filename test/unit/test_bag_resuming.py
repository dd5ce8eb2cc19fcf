# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Runs that are ended, and go on where they were."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("rosbags", reason="rosbags is an optional library")

from bag_maker import record_images
from bag_runs import find_people, walk

from posenet_ros.errors import BagError
from posenet_ros.offline.locations import as_location
from posenet_ros.offline.output_folder import OutputFolder


def content_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def command(inputs: list[Path], output: Path, model: Path, *arguments: str) -> list[str]:
    return [
        *(sys.executable, "-m", "posenet_ros.offline.command", *map(str, inputs), "--output", str(output)),
        *("-p", f"model={model}", "-p", "num_threads=1", *arguments),
    ]


@pytest.fixture(scope="module")
def bags(tmp_path_factory) -> list[Path]:
    folder = tmp_path_factory.mktemp("bags")
    return [record_images(walk(4 + number)).write(folder / f"walk_{number}") for number in range(3)]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, bags, mini_model) -> dict[str, bytes]:
    output = tmp_path_factory.mktemp("undisturbed")
    assert find_people(bags, output, mini_model) == 0
    return content_of(output)


def test_what_is_there_is_not_made_again(tmp_path, bags, mini_model, undisturbed, capsys):
    assert find_people(bags[:2], tmp_path, mini_model) == 0
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.mcap")}
    capsys.readouterr()
    assert find_people(bags, tmp_path, mini_model) == 0
    assert content_of(tmp_path) == undisturbed
    assert all(path.stat().st_mtime_ns == moment for path, moment in before.items())
    assert "3 bags (2 were there already), 15 images, 15 people, 3 tracks" in capsys.readouterr().out


def test_leftovers_are_swept(tmp_path, bags, mini_model, undisturbed):
    for name in ("walk_0", "gone"):
        leftover = tmp_path / f"{name}.part" / name
        leftover.mkdir(parents=True)
        (leftover / f"{name}.mcap").write_bytes(b"half")
    assert find_people(bags, tmp_path, mini_model) == 0
    assert content_of(tmp_path) == undisturbed


@pytest.mark.parametrize(
    ("settings", "options", "difference"),
    [
        ({"output_stride": 8}, {}, "output_stride"),
        ({}, {"overlay": True}, "overlay"),
        ({}, {"storage": "sqlite3"}, "storage"),
    ],
)
def test_outputs_of_other_settings_are_not_taken_for_these(
    tmp_path, bags, mini_model, undisturbed, capsys, settings, options, difference
):
    assert find_people(bags[:1], tmp_path, mini_model) == 0
    assert find_people(bags[:1], tmp_path, mini_model, settings, **options) == 1
    assert f"was made with other {difference}: choose another --output" in capsys.readouterr().out
    assert content_of(tmp_path) == {name: data for name, data in undisturbed.items() if name.startswith("walk_0")}


def test_outputs_of_another_bag_of_that_name_are_not_taken_for_these(tmp_path, bags, mini_model, capsys):
    other = record_images(walk(2)).write(tmp_path / "other" / "walk_0")
    assert find_people(bags[:1], tmp_path / "out", mini_model) == 0
    assert find_people([other], tmp_path / "out", mini_model) == 1
    assert "was made with other input" in capsys.readouterr().out


def test_what_is_no_output_is_left_alone(tmp_path, bags, mini_model, capsys):
    (tmp_path / "walk_0").mkdir()
    (tmp_path / "walk_0" / "thesis.txt").write_text("mine")
    assert find_people(bags, tmp_path, mini_model) == 1
    assert "walk_0' is there and is no bag" in capsys.readouterr().out
    assert (tmp_path / "walk_0" / "thesis.txt").read_text() == "mine"


def test_a_second_run_into_the_same_folder_is_refused(tmp_path, bags, mini_model):
    import fcntl  # noqa: PLC0415

    descriptor = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        with pytest.raises(BagError, match="another run writes to"):
            find_people(bags, tmp_path, mini_model)
    finally:
        os.close(descriptor)


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_ended_goes_on_where_it_was(tmp_path, bags, mini_model, undisturbed, jobs, number):
    arguments = command(bags, tmp_path / "out", mini_model, "--jobs", str(jobs))
    # pytest may run where SIGINT is ignored, as in a background job.
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(["env", "--default-signal=INT", *arguments], stdout=log, stderr=log)
    deadline = time.monotonic() + 60.0
    while not list(tmp_path.glob("out/*.part")):
        assert process.poll() is None or list(tmp_path.glob("out/*"))
        assert time.monotonic() < deadline
        if process.poll() is not None:
            break
        time.sleep(0.005)
    process.send_signal(number)
    code = process.wait(30.0)
    assert code in (0, -number, 128 + number)
    whole = [path for path in (tmp_path / "out").iterdir() if path.suffix != ".part"]
    for folder in whole:
        assert content_of(folder) == {
            name.removeprefix(f"{folder.name}/"): data
            for name, data in undisturbed.items()
            if name.startswith(f"{folder.name}/")
        }
    if number != signal.SIGKILL:
        assert len(whole) == len(list((tmp_path / "out").iterdir())), "an unfinished output was left"
    subprocess.run(arguments, check=True, capture_output=True)
    assert content_of(tmp_path / "out") == undisturbed


def test_output_folder_of_a_url_needs_its_library():
    with pytest.raises(BagError, match=r"install posenet_ros\[remote\]"):
        as_location("nosuchprotocol://bucket/bag")


def test_provenance_of_nothing(tmp_path):
    assert OutputFolder(tmp_path).provenance("nothing") is None
