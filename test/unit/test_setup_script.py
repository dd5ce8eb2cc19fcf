# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What the set-up script says on machines that lack something."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
COMMANDS = (
    "bash",
    "c++",
    "cat",
    "cksum",
    "cmake",
    "dirname",
    "find",
    "flock",
    "grep",
    "head",
    "make",
    "mkdir",
    "printf",
    "python3",
    "rm",
    "sed",
    "sort",
    "touch",
    "tr",
)


@pytest.fixture
def machine(tmp_path):
    """Return a function that runs the script where only some commands exist; none of them does real work."""
    (tmp_path / "bin").mkdir()
    shutil.copytree(REPOSITORY / "tools", tmp_path / "tools")
    shutil.copytree(REPOSITORY / "requirements", tmp_path / "requirements")
    for command in COMMANDS:
        (tmp_path / "bin" / command).symlink_to(shutil.which(command) or "/bin/false")
    write_command(tmp_path, "python3", "echo 3.12")
    write_command(tmp_path, "cmake", "echo cmake version 3.28.3")

    def run(**environment: str) -> subprocess.CompletedProcess[str]:
        bash = shutil.which("bash")
        environment = {"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path)} | environment
        return subprocess.run(
            [bash, str(tmp_path / "tools" / "setup.sh")], env=environment, capture_output=True, text=True, check=False
        )

    run.folder = tmp_path
    return run


def write_command(folder: Path, name: str, body: str) -> None:
    path = folder / "bin" / name
    path.unlink(missing_ok=True)
    path.write_text(f"#!{shutil.which('bash')}\n{body}\n")
    path.chmod(0o755)


def assert_one_line(result: subprocess.CompletedProcess[str], *words: str) -> None:
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1, result.stderr
    for word in words:
        assert word in result.stderr


def remove(machine, command: str) -> None:
    (machine.folder / "bin" / command).unlink()


@pytest.mark.parametrize(
    ("command", "advice"), [("c++", "install g++"), ("cmake", "install cmake 3.20"), ("make", "install make")]
)
def test_missing_tool(machine, command, advice):
    remove(machine, command)
    assert_one_line(machine(), advice)


def test_old_cmake(machine):
    write_command(machine.folder, "cmake", "echo cmake version 3.16.3")
    assert_one_line(machine(), "CMake 3.16.3 is too old", "install cmake 3.20")


def test_no_python(machine):
    remove(machine, "python3")
    assert_one_line(machine(), "install Python 3.11 or 3.12")


@pytest.mark.parametrize("version", ["3.9", "3.13"])
def test_wrong_python(machine, version):
    write_command(machine.folder, "python3", f"echo {version}")
    assert_one_line(machine(), f"is Python {version}", "install Python 3.11 or 3.12")


def test_named_python_that_is_not_there(machine):
    assert_one_line(machine(PYTHON="python3.11"), "python3.11 is not a working Python")


def test_missing_headers(machine):
    write_command(machine.folder, "python3", 'case "$*" in *Python.h*) exit 1 ;; *) echo 3.12 ;; esac')
    assert_one_line(machine(), "install python3.12-dev")


def test_unknown_distribution(machine):
    assert_one_line(machine(ROS_DISTRO="humble"), "ROS_DISTRO=humble", "jazzy or kilted", "/opt/ros/humble/setup.bash")


def test_sourced_ros_whose_python_does_not_fit(machine):
    write_command(machine.folder, "python3", 'case "$*" in *rclpy*) exit 1 ;; *) echo 3.12 ;; esac')
    result = machine(ROS_DISTRO="jazzy", AMENT_PREFIX_PATH=os.devnull)
    assert_one_line(result, "ROS 2 jazzy is sourced", "cannot import rclpy")


def test_sourced_ros_without_colcon(machine):
    result = machine(ROS_DISTRO="jazzy", AMENT_PREFIX_PATH=os.devnull)
    assert_one_line(result, "install python3-colcon-common-extensions")
