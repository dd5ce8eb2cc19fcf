# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The executables without a good environment or good arguments."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from ament_index_python.packages import get_package_prefix

NODES = ("pose_node", "visualizer_node", "camera_node", "bridge_node", "posenet_all")


def run(executable: str, *arguments: str, **environment: str | None) -> subprocess.CompletedProcess[str]:
    path = Path(get_package_prefix("posenet_ros")) / "lib" / "posenet_ros" / executable
    variables = {name: value for name, value in (os.environ | environment).items() if value is not None}
    return subprocess.run(
        [str(path), *arguments], env=variables, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.parametrize("executable", NODES)
def test_help_is_printed_and_ends(executable):
    result = run(executable, "-h")
    assert result.returncode == 0
    assert f"ros2 run posenet_ros {executable}" in result.stdout
    assert "-p NAME:=VALUE" in result.stdout
    assert result.stderr == ""


def test_argument_that_is_not_for_ros_is_named():
    result = run("pose_node", "--modle", "x.tflite")
    assert result.returncode == 2
    assert "--modle" in result.stderr


@pytest.mark.parametrize("executable", NODES)
def test_no_place_for_logs(executable):
    result = run(executable, HOME=None, ROS_HOME=None, ROS_LOG_DIR=None)
    assert result.returncode == 1
    assert "set HOME or ROS_LOG_DIR" in result.stderr
    assert "Traceback" not in result.stderr


def test_wrong_ros_argument_gives_no_traceback():
    result = run("visualizer_node", "--ros-args", "-p", "plane_distance")
    assert result.returncode == 1
    assert "[FATAL] ROS cannot start" in result.stderr
    assert "Traceback" not in result.stderr


def test_no_runtime_is_said_as_that():
    code = (
        "import sys\n"
        "for name in ('ai_edge_litert', 'tflite_runtime', 'tensorflow', 'tflite'): sys.modules[name] = None\n"
        "from posenet_ros.estimator import PoseEstimator\n"
        "PoseEstimator('bundled')"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "no TensorFlow Lite runtime can be imported; install one with 'pip install ai-edge-litert'" in result.stderr
