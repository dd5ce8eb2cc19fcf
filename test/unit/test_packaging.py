# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The Python core as others get it: built as sdist and wheel, installed in environments of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

pytest.importorskip("setuptools", reason="builds the packages")
pytest.importorskip("pip", reason="installs the packages")

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCES = (
    "posenet_ros",
    "setup.py",
    "pyproject.toml",
    "msg",
    "package.xml",
    "MANIFEST.in",
    "README.md",
    "CHANGELOG.rst",
    "LICENSE",
)
KINDS = ("sdist", "wheel")


def run(command: list[object], folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command that finds nothing of this checkout or of ROS."""
    hidden = ("PYTHONPATH", "PYTHONSAFEPATH", "AMENT_PREFIX_PATH", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG")
    environment = {name: value for name, value in os.environ.items() if name not in hidden} | variables
    result = subprocess.run(
        list(map(str, command)), cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> dict[str, Path]:
    """Return the paths of the two files, built by the build backend from a copy of the sources."""
    copy = tmp_path_factory.mktemp("sources")
    for name in SOURCES:
        source = REPOSITORY / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, copy / name)
    program = "from setuptools import build_meta; print(build_meta.build_{}('dist'))"
    names = {kind: run([sys.executable, "-c", program.format(kind)], copy).stdout.split()[-1] for kind in KINDS}
    return {kind: copy / "dist" / name for kind, name in names.items()}


@pytest.fixture(scope="module", params=KINDS)
def environment(request, built, tmp_path_factory) -> Path:
    """Return a virtual environment with the package; it borrows the dependencies, with no network."""
    folder = tmp_path_factory.mktemp(request.param)
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    site = Path(run([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], folder).stdout.strip())
    # Paths, not site folders: what is installed there runs nothing when Python starts.
    borrowed = [path for path in sys.path if path.endswith("-packages") and not (Path(path) / "posenet_ros").exists()]
    (site / "borrowed.pth").write_text("".join(f"{path}\n" for path in borrowed))
    pip = [python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-index"]
    run([*pip, "--no-deps", "--no-build-isolation", built[request.param]], folder)
    assert (site / "posenet_ros").is_dir()
    return folder


def modules(wheel: Path) -> list[str]:
    files = [name for name in zipfile.ZipFile(wheel).namelist() if name.endswith(".py")]
    return sorted(name.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for name in files)


def test_wheel_holds_the_core_and_nothing_of_ros(built):
    names = modules(built["wheel"])
    core = [path for path in (REPOSITORY / "posenet_ros").rglob("*.py") if "ros" not in path.parts[-3:-1]]
    assert {"posenet_ros.estimator", "posenet_ros.pipeline", "posenet_ros.tracking.tracker"} <= set(names)
    assert len(names) >= len(core)
    assert not [name for name in names if name.startswith(("posenet_ros.ros", "posenet_ros.msg", "test", "tools"))]
    files = zipfile.ZipFile(built["wheel"]).namelist()
    assert any(name.endswith(".tflite") for name in files)
    assert "posenet_ros/message_definitions/PoseArray.msg" in files


def test_sdist_holds_what_it_takes_to_build(built):
    with tarfile.open(built["sdist"]) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"package.xml", "setup.py", "pyproject.toml", "LICENSE", "README.md", "msg/PoseArray.msg"} <= names


def test_everything_in_the_wheel_can_be_imported(environment, built):
    for library in ("aiohttp", "rosbags"):
        pytest.importorskip(library, reason=f"{library} is an optional library")
    program = (
        "import importlib, sys\nfor name in sys.argv[1:]: importlib.import_module(name)\nprint(sys.modules.keys())"
    )
    imported = run([environment / "bin" / "python", "-c", program, *modules(built["wheel"])], environment).stdout
    assert "'posenet_ros.estimator'" in imported
    assert "'rclpy'" not in imported


def test_example_and_command_run(environment, tmp_path):
    (tmp_path / "test").symlink_to(REPOSITORY / "test")
    shown = run([environment / "bin" / "python", REPOSITORY / "docs" / "example_without_ros.py"], tmp_path).stdout
    assert "leftWrist" in shown
    assert (tmp_path / "people.png").stat().st_size > 0
    listed = run([environment / "bin" / "posenet-models", "list"], tmp_path, POSENET_ROS_CACHE=str(tmp_path)).stdout
    assert "bundled" in listed
