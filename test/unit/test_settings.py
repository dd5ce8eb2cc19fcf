# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Settings: defaults, checks, conversions and files."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest
import yaml

from posenet_ros.body.location import DEFAULT_THRESHOLD
from posenet_ros.errors import SettingError
from posenet_ros.settings.camera import CameraSettings
from posenet_ros.settings.files import SETTINGS, defaults_as_yaml, read_params_file
from posenet_ros.settings.pose import DecodingSettings, PoseSettings


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("nms_radius", 20, 20.0),
        ("cameras", ["front", "rear"], ("front", "rear")),
        ("model", 7, "7"),
        ("max_poses", 100, 100),
        ("tracking", False, False),
    ],
)
def test_values_get_the_type_of_the_default(name, value, expected):
    found = getattr(PoseSettings.from_values({name: value}), name)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("max_poses", 0, "max_poses is 0, expected an integer from 1 to 100"),
        ("max_poses", 2.5, "max_poses is 2.5, expected an integer"),
        ("max_poses", True, "expected an integer"),
        ("max_poses", None, "max_poses is None"),
        ("pose_threshold", float("nan"), "expected a number from 0 to 1"),
        ("pose_threshold", "high", "pose_threshold is 'high'"),
        ("output_stride", 12, "output_stride is 12, expected one of 8, 16, 32"),
        ("decoder", "best", "expected one of multi, multi_refined, single"),
        ("tracking", "yes", "expected true or false"),
        ("tracking", 1, "expected true or false"),
        ("cameras", "front", "expected a list of texts"),
        ("cameras", [1], "expected a list of texts"),
        ("model", 1.5, "expected text"),
        ("pose_treshold", 0.5, "there is no parameter 'pose_treshold'; the parameters are model, "),
    ],
)
def test_wrong_values_are_named_with_the_right_ones(name, value, words):
    with pytest.raises(SettingError) as caught:
        PoseSettings.from_values({name: value})
    assert words in str(caught.value)


@pytest.mark.parametrize("settings", SETTINGS.values())
def test_every_default_is_in_its_range_and_every_description_stands_alone(settings):
    settings()
    for name, spec in settings.parameters().items():
        assert len(spec.description.split()) >= 6, name
        assert spec.description[0].isupper() or spec.description[0] in "'0123456789", name
        assert spec.description.endswith("."), name
        assert "likewise" not in spec.description, name
        if isinstance(spec.default, (int, float)) and not isinstance(spec.default, bool):
            assert spec.choices or (spec.minimum is not None and spec.maximum is not None), name


def test_settings_are_frozen():
    with pytest.raises(FrozenInstanceError):
        CameraSettings().source = "1"


def test_a_part_is_taken_from_the_whole():
    part = DecodingSettings.taken_from(PoseSettings(max_poses=3))
    assert part == DecodingSettings(max_poses=3)


@pytest.mark.parametrize("node", SETTINGS)
def test_the_file_of_defaults_says_the_defaults(node, tmp_path):
    path = tmp_path / "pose.yaml"
    path.write_text(defaults_as_yaml())
    assert SETTINGS[node].from_values(read_params_file(path, node)) == SETTINGS[node]()


@pytest.mark.parametrize(
    "content",
    [
        "posenet: {ros__parameters: {max_poses: 3}}",
        "/posenet: {ros__parameters: {max_poses: 3}}",
        "/**/posenet: {ros__parameters: {max_poses: 3}}",
        "/robot/posenet: {ros__parameters: {max_poses: 3}}",
        "robot: {posenet: {ros__parameters: {max_poses: 3}}}",
        "/**: {ros__parameters: {max_poses: 3}}",
        "/**: {ros__parameters: {max_poses: 9}}\nposenet: {ros__parameters: {max_poses: 3}}",
        "posenet: {ros__parameters: {max_poses: 3}}\n/**: {ros__parameters: {max_poses: 9}}",
    ],
)
def test_files_of_every_shape_are_read(content, tmp_path):
    path = tmp_path / "my.yaml"
    path.write_text(content)
    assert read_params_file(path, "posenet") == {"max_poses": 3}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("camera: {ros__parameters: {loop: true}}", "has no parameters of the node 'posenet': expected a section"),
        ("max_poses: 3", "has no parameters of the node 'posenet'"),
        ("a: [", "cannot be read"),
        (None, "No such file"),
    ],
)
def test_files_without_the_node_are_named(content, words, tmp_path):
    path = tmp_path / "my.yaml"
    if content is not None:
        path.write_text(content)
    with pytest.raises(SettingError, match=words):
        read_params_file(path, "posenet")


def test_texts_that_look_like_numbers_stay_texts():
    assert yaml.safe_load(defaults_as_yaml())["/**/camera"]["ros__parameters"]["source"] == "0"


def test_all_nodes_ask_the_same_of_a_keypoint():
    """A keypoint that one node counts and another does not makes figures with missing parts."""
    defaults = {name: settings.defaults().get("keypoint_threshold") for name, settings in SETTINGS.items()}
    assert {value for value in defaults.values() if value is not None} == {DEFAULT_THRESHOLD}
