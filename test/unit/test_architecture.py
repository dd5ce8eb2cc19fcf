# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Who imports whom, as docs/architecture.md says."""

from __future__ import annotations

import ast
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from posenet_ros import errors

PACKAGE = Path(__file__).resolve().parents[2] / "posenet_ros"
SHELL = PACKAGE / "ros"
CORE_FILES = sorted(path for path in PACKAGE.rglob("*.py") if SHELL not in path.parents)
SHELL_FILES = sorted(SHELL.rglob("*.py"))
CORE_LIBRARIES = {"aiohttp", "cv2", "flatbuffers", "numpy", "platformdirs", "scipy", "yaml"}
RUNTIMES = {"ai_edge_litert", "tensorflow", "tflite", "tflite_runtime"}
# Libraries that one room needs and no other knows.
LIBRARIES_OF_ROOMS = {
    "aiohttp": "web",
    "flatbuffers": "network",
    "platformdirs": "store",
    "scipy": "tracking",
    "yaml": ("camera", "offline", "settings"),
    # What reads and writes bags, works on clusters and makes tables; all are optional.
    "lz4": "offline",
    "mcap": "offline",
    "pyarrow": "offline",
    "ray": "offline",
    "rosbags": "offline",
    "upath": "offline",
    "zstandard": "offline",
}
# The files and folders at the top of the package, each with those that it may import. What is not named knows nothing.
ROOMS = {
    "body": {"people", "skeleton"},
    "camera": {"camera_model", "errors", "streaming"},
    "camera_model": {"errors"},
    "decoding": {"people", "settings", "similarity", "skeleton"},
    "depth": {"camera_model", "people"},
    "depth_decoding": {"depth", "errors"},
    "drawing": {"body", "figures", "people", "skeleton"},
    "estimator": {
        "decoding",
        "errors",
        "input_image",
        "letterbox",
        "network",
        "people",
        "rotation",
        "settings",
        "store",
    },
    "figures": {"body", "camera_model", "people", "settings", "skeleton"},
    "image_decoding": {"errors", "image_encodings"},
    "input_image": {"errors"},
    "network": {"errors", "letterbox", "skeleton"},
    "offline": {
        "body",
        "camera",
        "camera_model",
        "depth",
        "depth_decoding",
        "drawing",
        "errors",
        "estimator",
        "figures",
        "image_decoding",
        "network",
        "people",
        "pipeline",
        "settings",
        "skeleton",
        "store",
        "streaming",
    },
    "people": {"skeleton"},
    "pipeline": {"depth", "errors", "estimator", "people", "settings", "tracking"},
    "restride": {"network"},
    "settings": {"errors", "network", "rotation"},
    "store": {"errors", "network"},
    "tracking": {"people", "settings", "similarity", "skeleton"},
    "web": {"camera_model", "errors", "people", "settings", "skeleton", "streaming"},
}


def imports(path: Path) -> set[str]:
    """Return the dotted names of the modules that a file imports, wherever in the file."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            names.add(node.module)
    return names


def top(names: set[str]) -> set[str]:
    return {name.split(".")[0] for name in names} - set(sys.stdlib_module_names)


def name_of(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


def test_there_are_files_to_look_at():
    assert len(CORE_FILES) > 20
    assert len(SHELL_FILES) > 15


@pytest.mark.parametrize("path", CORE_FILES, ids=name_of)
def test_core_knows_nothing_of_ros(path):
    names = imports(path)
    assert not {name for name in names if name.startswith(("posenet_ros.ros", "posenet_ros.msg"))}
    allowed = CORE_LIBRARIES | LIBRARIES_OF_ROOMS.keys() | {"posenet_ros"}
    if path.relative_to(PACKAGE).as_posix() in ("network/runtime.py", "network/graph.py"):
        allowed |= RUNTIMES
    assert top(names) <= allowed


@pytest.mark.parametrize("path", CORE_FILES, ids=name_of)
def test_rooms_know_only_those_before_them(path):
    room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    own = {name.split(".")[1] for name in imports(path) if name.startswith("posenet_ros.")}
    assert own - {room} <= ROOMS.get(room, set())


def test_rooms_import_in_one_direction():
    """No two rooms know each other, by way of others either: the table above can be sorted."""
    assert set(TopologicalSorter(ROOMS).static_order()) >= ROOMS.keys()


@pytest.mark.parametrize(("library", "rooms"), LIBRARIES_OF_ROOMS.items())
def test_libraries_stay_in_their_rooms(library, rooms):
    users = {path.relative_to(PACKAGE).parts[0] for path in CORE_FILES + SHELL_FILES if library in top(imports(path))}
    assert users <= set((rooms,) if isinstance(rooms, str) else rooms)
    assert users


@pytest.mark.parametrize("path", sorted((SHELL / "messages").glob("*.py")), ids=name_of)
def test_messages_know_no_nodes(path):
    """Conversions are functions of messages: nothing in them subscribes, publishes or reads parameters."""
    names = imports(path)
    assert not {name for name in names if name.startswith("posenet_ros.ros.") and ".messages." not in name}
    assert not {name for name in names if name.startswith("rclpy")} - {"rclpy.duration", "rclpy.serialization"}


@pytest.mark.parametrize("path", SHELL_FILES, ids=name_of)
def test_shell_leaves_the_runtime_to_the_core(path):
    assert not top(imports(path)) & (RUNTIMES | {"flatbuffers", "scipy"})


@pytest.mark.parametrize("path", CORE_FILES + SHELL_FILES, ids=name_of)
def test_files_hold_one_idea(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 250


def test_package_is_empty_at_the_top():
    """The file of this name that rosidl installs may win."""
    assert (PACKAGE / "__init__.py").read_text() == ""


def test_all_exceptions_stand_in_one_file():
    """One tree, whose root is PoseNetError: whoever catches that catches all that this package raises of its own."""
    for path in CORE_FILES + SHELL_FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and node.name.endswith(("Error", "Exception")):
                assert path == PACKAGE / "errors.py", f"{node.name} in {name_of(path)}"
                bases = {base.id for base in node.bases}
                assert node.name == "PoseNetError" or all(
                    issubclass(getattr(errors, base), errors.PoseNetError) for base in bases
                )
