# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The launch file as people run it, with ros2cli, where that is installed (it is not among the wheels)."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess

import pytest
from visualization_msgs.msg import MarkerArray

pytest.importorskip("launch_ros", reason="launch_ros is not installed; it comes with ROS, not with the wheels")
if shutil.which("ros2") is None:
    pytest.skip("ros2 is not installed; it comes with ROS, not with the wheels", allow_module_level=True)

TIMEOUT_S = 60.0


@pytest.fixture
def launch(isolated_ros, tmp_path):
    """Return a function that starts the launch file in a session of its own, and end what it leaves."""
    started = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        started.append(
            subprocess.Popen(
                ["env", "--default-signal=INT", "ros2", "launch", "posenet_ros", "pose.launch.py", *arguments],
                env=os.environ | {"ROS_LOG_DIR": str(tmp_path)},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        )
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=TIMEOUT_S)


def left_running(process: subprocess.Popen[str]) -> bool:
    """Return whether anything of the process's session is still running."""
    try:
        os.killpg(process.pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize(
    ("argument", "cure"),
    [
        ("params_file:=/nope.yaml", "give a parameter file"),
        ("image:=/9bad", "no topic name"),
        ("visualizer:=maybe", "neither true nor false"),
    ],
)
def test_nothing_starts_where_it_cannot_work(launch, argument, cure):
    process = launch(argument)
    output, _ = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 1
    assert cure in output
    assert "process started" not in output
    assert not left_running(process)


@pytest.mark.parametrize("composed", ["false", "TRUE"])
def test_a_node_that_fails_takes_the_others_with_it(launch, composed):
    process = launch("model:=bundled", "camera:=/nope.png", f"composed:={composed}")
    output, _ = process.communicate(timeout=TIMEOUT_S)
    assert "there is no file '/nope.png'" in output
    assert not left_running(process)


@pytest.mark.parametrize("composed", ["0", "1"])
def test_each_camera_gets_its_markers_in_a_namespace(launch, start, listener, person_path, composed):
    start("camera_node", "-r", "image:=/cam_front/image_raw", source=person_path)
    markers = listener.listen(MarkerArray, "/robot/front/pose/markers")
    process = launch(
        "model:=bundled", "namespace:=robot", "cameras:=front=/cam_front/image_raw rear", f"composed:={composed}"
    )
    listener.wait_until(lambda: any(array.markers for array in markers), "markers of the front camera")
    assert listener.count_publishers("/robot/rear/pose/markers") == 1
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=TIMEOUT_S)
    assert "process has died" not in output
    assert not left_running(process)
