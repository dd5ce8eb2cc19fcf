# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The demo as a user runs it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from posenet_ros.msg import Pose, PoseArray

DEMO = Path(__file__).resolve().parents[2] / "tools" / "demo.py"
sys.path.insert(0, str(DEMO.parent))

from demo_audience import people_in  # noqa: E402


def processes_with(argument: str) -> list[str]:
    """Return the command lines on this machine that hold the text, but for the demo's own."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if argument in command and "demo.py" not in command:
            found.append(command)
    return found


@pytest.fixture
def demo(isolated_ros, tmp_path):
    """Return a function that runs the demo and checks that it leaves no process behind."""

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(DEMO), *map(str, arguments), "--output", str(tmp_path / "out")]
        result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=90)
        print(result.stdout, result.stderr)
        assert "Traceback" not in result.stderr
        assert processes_with(str(tmp_path)) == []
        return result

    return run


@pytest.fixture
def model(any_model, tmp_path):
    """Return the real model under a path that no other process knows."""
    path = tmp_path / "posenet.tflite"
    path.symlink_to(any_model)
    return path


def test_demo_compares_the_clip_with_the_truth(demo, model, tmp_path):
    result = demo("--model", model)
    assert result.returncode == 0
    found = re.search(r"in (\d+) images (\d+) of (\d+) people were found, .* ([\d.]+) pixels", result.stdout)
    pictures, found, expected, pixels = (float(group) for group in found.groups())
    assert pictures == 40
    assert found >= 0.6 * expected
    assert expected >= 80
    assert pixels < 20.0
    # The last picture shows everybody who was found in the fullest one.
    people = result.stdout.count("\nperson ")
    assert people >= 2
    assert (tmp_path / "out" / "clip_poses.png").is_file()


def test_picture_with_sure_people_is_kept_before_one_with_more_weak_poses():
    sure, weak = (
        PoseArray(poses=[Pose(score=score) for score in scores]) for scores in ((0.9, 0.8, 0.8), (0.9, 0.9, 0.3, 0.2))
    )
    assert people_in(sure) > people_in(weak)


def test_demo_shows_the_person_and_writes_the_picture(demo, model, person, person_path, tmp_path):
    result = demo("--model", model, "--input", person_path)
    assert result.returncode == 0
    assert "person 1" in result.stdout
    assert "rightAnkle" in result.stdout
    picture = tmp_path / "out" / "person_poses.png"
    assert str(picture) in result.stdout
    assert (cv2.imread(str(picture)) != person).any()


def test_demo_with_depth_tells_where_the_person_is_in_space(demo, model):
    result = demo("--model", model, "--depth")
    assert result.returncode == 0
    nose = next(line.split() for line in result.stdout.splitlines() if line.startswith("nose"))
    assert float(nose[-1]) == pytest.approx(2.5, abs=0.05)


def test_demo_names_the_depth_picture_that_is_missing(demo, model, tmp_path):
    result = demo("--model", model, "--depth", "--input", tmp_path / "some.png")
    assert result.returncode == 1
    assert str(tmp_path / "some_depth.png") in result.stderr


def test_demo_takes_a_folder_and_the_quantised_model(demo, quantised_model, couple, tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    cv2.imwrite(str(folder / "1.jpg"), couple)
    result = demo("--model", quantised_model, "--input", folder)
    assert result.returncode == 0
    assert result.stdout.count("nose") == 2


def test_nobody_in_the_picture_is_a_failure(demo, model, tmp_path):
    path = tmp_path / "dark.png"
    cv2.imwrite(str(path), np.zeros((120, 160, 3), np.uint8))
    result = demo("--model", model, "--input", path, "--timeout", 8)
    assert result.returncode == 1
    assert "nobody was found" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--model", "{folder}/none.tflite"), "there is no model file"),
        (("--model", "{folder}/broken.tflite"), "is no TensorFlow Lite model"),
        (("--model", "{model}", "--input", "{folder}/none.jpg"), "there is no file"),
        (("--model", "{model}", "--input", "{folder}/broken.jpg"), "cannot be decoded"),
    ],
)
def test_one_clear_error_and_nothing_left_running(demo, model, tmp_path, arguments, word):
    (tmp_path / "broken.tflite").write_bytes(b"no model")
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    result = demo(*(argument.format(folder=tmp_path, model=model) for argument in arguments))
    assert result.returncode == 1
    assert result.stderr.count(word) == 1
    assert "[ERROR]" in result.stderr or "[FATAL]" in result.stderr


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_demo_ends_its_nodes(isolated_ros, model, tmp_path, signal_number):
    path = tmp_path / "dark.png"
    cv2.imwrite(str(path), np.zeros((120, 160, 3), np.uint8))
    command = ["env", "--default-signal=INT", sys.executable, str(DEMO), "--model", str(model), "--input", str(path)]
    process = subprocess.Popen(command)
    deadline = time.monotonic() + 20
    while len(processes_with(str(tmp_path))) < 2 and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(1.0)
    process.send_signal(signal_number)
    assert process.wait(30) == 128 + signal_number
    assert processes_with(str(tmp_path)) == []


def test_demo_of_bags(tmp_path):
    command = [
        sys.executable,
        str(DEMO.with_name("demo_bag.py")),
        "--model",
        "bundled",
        "--output",
        str(tmp_path),
    ]
    result = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert result.returncode == 0, result.stderr
    assert "2 bags (0 were there already), 48 images" in result.stdout
    found, people, pixels = re.search(
        r"in 48 images (\d+) of (\d+) people were found, visible keypoints (\S+) pixels", result.stdout
    ).groups()
    assert int(found) > 0.7 * int(people)
    assert float(pixels) < 10.0
