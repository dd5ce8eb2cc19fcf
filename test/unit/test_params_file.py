# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Which sections of a parameter file count for a node."""

from __future__ import annotations

import pytest

from posenet_ros.errors import SettingError
from posenet_ros.settings.files import SETTINGS, defaults_as_yaml, read_params_file


@pytest.fixture
def write(tmp_path):
    def write(text: str):
        path = tmp_path / "params.yaml"
        path.write_text(text)
        return path

    return write


def section(name: str, poses: int) -> str:
    return f"{name}:\n  ros__parameters:\n    max_poses: {poses}\n"


@pytest.mark.parametrize("namespace", [None, "/", "/robot", "/fleet/robot"])
@pytest.mark.parametrize("name", ["posenet", "/posenet", "/**/posenet", "/**", "'**'"])
def test_sections_that_count_in_every_namespace(write, name, namespace):
    assert read_params_file(write(section(name, 7)), "posenet", namespace) == {"max_poses": 7}


@pytest.mark.parametrize(
    ("name", "namespaces"),
    [
        ("/robot/posenet", {"/robot"}),
        ("/*/posenet", {"/robot", "/other", "/fleet"}),
        ("/fleet/**/posenet", {"/fleet/robot", "/fleet"}),
        ("/robot/**", {"/robot"}),
        ("/robot/*/posenet", set()),
    ],
)
def test_sections_of_some_namespaces(write, name, namespaces):
    path = write(section(name, 7))
    for namespace in ("/", "/robot", "/other", "/fleet", "/fleet/robot"):
        if namespace in namespaces:
            assert read_params_file(path, "posenet", namespace) == {"max_poses": 7}
        else:
            with pytest.raises(SettingError, match=r"no parameters of the node 'posenet' in the namespace"):
                read_params_file(path, "posenet", namespace)
    assert read_params_file(path, "posenet") == {"max_poses": 7}


def test_sections_nested_by_namespace(write):
    text = "robot:\n  posenet:\n    ros__parameters:\n      max_poses: 7\n"
    assert read_params_file(write(text), "posenet", "/robot") == {"max_poses": 7}


def test_the_most_exact_section_has_the_last_word(write):
    text = "".join(
        section(name, poses)
        for name, poses in (("/robot/posenet", 4), ("posenet", 3), ("/**/posenet", 2), ("/**", 1), ("/**/camera", 9))
    )
    path = write(text)
    assert read_params_file(path, "posenet", "/robot") == {"max_poses": 4}
    assert read_params_file(path, "posenet", "/other") == {"max_poses": 3}
    assert read_params_file(path, "pose_visualizer", "/other") == {"max_poses": 1}


def test_file_that_names_other_nodes_only(write):
    with pytest.raises(SettingError, match=r"'/\*\*/camera:'.*its sections are /detector"):
        read_params_file(write(section("detector", 7)), "camera", "/")


@pytest.mark.parametrize("text", ["", "posenet: 3", "posenet: {max_poses: 3}", "- posenet"])
def test_file_without_sections(write, text):
    with pytest.raises(SettingError, match="its sections are none"):
        read_params_file(write(text), "posenet", "/")


@pytest.mark.parametrize("text", ["a: [", "a: \x00"])
def test_file_that_is_no_yaml(write, text):
    with pytest.raises(SettingError, match="cannot be read"):
        read_params_file(write(text), "posenet")


def test_missing_file(tmp_path):
    with pytest.raises(SettingError, match=r"nope.yaml' cannot be read: .*No such file"):
        read_params_file(tmp_path / "nope.yaml", "posenet")


def test_our_own_file_has_every_default_in_every_namespace(write):
    path = write(defaults_as_yaml())
    for node, settings in SETTINGS.items():
        values = read_params_file(path, node, "/fleet/robot")
        assert settings.from_values(values) == settings()
        assert values.keys() == settings.parameters().keys()
