# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What the launch file's arguments mean, and which of them are refused before anything starts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from posenet_ros.errors import SettingError
from posenet_ros.ros.launch_plan import CONFIG, LaunchPlan
from posenet_ros.ros.launch_values import absolute, camera_info_of, to_boolean, to_cameras

DEFAULTS = {
    "params_file": str(CONFIG / "pose.yaml"),
    "image": "image",
    "depth_image": "depth_image",
    "visualizer": "true",
    "web": "false",
    "rviz": "false",
    "rviz_config": str(CONFIG / "pose.rviz"),
}


def plan(parent: str = "", **arguments: str) -> LaunchPlan:
    return LaunchPlan(lambda name: (DEFAULTS | arguments).get(name, ""), parent)


@pytest.mark.parametrize("text", ["true", "True", "TRUE", "1", "yes"])
def test_true(text):
    assert to_boolean("rviz", text) is True


@pytest.mark.parametrize("text", ["false", "False", "FALSE", "0", "no"])
def test_false(text):
    assert to_boolean("rviz", text) is False


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"visualizer": "maybe"}, ["visualizer:=maybe", "neither true nor false"]),
        ({"params_file": "/nope.yaml"}, ["/nope.yaml is no file", "pose.yaml"]),
        ({"image": "/9bad"}, ["image:=/9bad", "must not start with a number"]),
        ({"image": "/camera/image raw"}, ["image:=/camera/image raw", "no topic name"]),
        ({"image": "/camera/image_raw/compressed"}, ["image_transport:=compressed", "'/camera/image_raw'"]),
        ({"camera_info": "9"}, ["camera_info:=9", "no topic name"]),
        ({"depth_image": "a//b"}, ["depth_image:=a//b", "no topic name"]),
        ({"namespace": "9robot"}, ["namespace:=9robot", "no namespace"]),
        ({"cameras": "front=/9"}, ["front=/9", "no topic name"]),
        ({"cameras": "9front"}, ["9front"]),
        ({"cameras": "front front=/a"}, ["'front' twice"]),
        ({"max_poses": "many"}, ["max_poses:=many", "an integer from 1 to 100"]),
        ({"max_poses": "500"}, ["max_poses is 500", "an integer from 1 to 100"]),
        ({"camera": "0", "field_of_view": "wide"}, ["field_of_view:=wide", "a number from 0 to 179"]),
        ({"tracking": "maybe"}, ["tracking:=maybe"]),
        ({"rviz": "true"}, ["the package rviz2", "ros-$ROS_DISTRO-rviz2"]),
    ],
    ids=str,
)
def test_what_cannot_work_is_refused(monkeypatch, arguments, words):
    monkeypatch.setenv("AMENT_PREFIX_PATH", str(CONFIG.parents[2]))
    with pytest.raises(SettingError) as error:
        plan(**arguments)
    for word in words:
        assert word in str(error.value)


@pytest.mark.parametrize("text", ["a: [", "\x00"])
def test_params_file_that_cannot_be_read(tmp_path, text):
    (tmp_path / "params.yaml").write_text(text)
    with pytest.raises(SettingError, match="cannot be read"):
        plan(params_file=str(tmp_path / "params.yaml"))


@pytest.mark.parametrize("section", ["posenet", "/**/posenet", "/fleet/robot/posenet"])
def test_sections_of_all_shapes_count_in_a_namespace(tmp_path, section):
    (tmp_path / "params.yaml").write_text(f"{section}: {{ros__parameters: {{max_poses: 7}}}}")
    given = plan("/fleet", namespace="robot", params_file=str(tmp_path / "params.yaml"))
    assert given.parameters["posenet"] == {"max_poses": 7}
    (warning,) = given.warnings
    assert "has no parameters of the node 'pose_visualizer' in the namespace '/fleet/robot'" in warning
    assert "its defaults are used" in warning


def test_values_keep_their_types_on_their_way(tmp_path):
    (tmp_path / "params.yaml").write_text(
        "camera: {ros__parameters: {frame_id: '123', frame_rate: 1.0e-3}}\nposenet: {ros__parameters: {cameras: ['']}}"
    )
    path = plan(camera="1e3", params_file=str(tmp_path / "params.yaml"), loop="0").write_parameters()
    content = json.loads(Path(path).read_text())
    assert content == {
        "/**/posenet": {"ros__parameters": {"cameras": [""]}},
        "/**/camera": {
            "ros__parameters": {"frame_id": "123", "frame_rate": 0.001, "source": "1e3", "loop": False},
        },
    }


@pytest.mark.parametrize(
    ("image", "info"),
    [
        ("/camera/image_raw", "/camera/camera_info"),
        ("/image", "/camera_info"),
        ("image", "camera_info"),
        ("cam/color/image_rect", "cam/color/camera_info"),
    ],
)
def test_camera_info_is_beside_the_image(image, info):
    assert camera_info_of(image) == info
    assert ("camera_info", info) in plan(image=image).remappings
    assert ("camera_info", "/lens") in plan(image=image, camera_info="/lens").remappings


def test_real_topics_of_several_cameras():
    given = plan(cameras="front=/cam_front/image_raw, left/rear")
    assert given.remappings == [
        ("front/image", "/cam_front/image_raw"),
        ("front/camera_info", "/cam_front/camera_info"),
        ("left/rear/image", "left/rear/image"),
        ("left/rear/camera_info", "left/rear/camera_info"),
    ]
    for node in ("posenet", "pose_visualizer"):
        assert given.parameters[node]["cameras"] == ["front", "left/rear"]


def test_cameras_of_the_file_have_markers_as_well(tmp_path):
    (tmp_path / "params.yaml").write_text("posenet: {ros__parameters: {cameras: [front, rear]}}")
    assert plan(params_file=str(tmp_path / "params.yaml")).parameters["pose_visualizer"]["cameras"] == ["front", "rear"]


def test_cameras_without_topics_have_their_own():
    assert to_cameras("front rear") == {"front": "front/image", "rear": "rear/image"}


@pytest.mark.parametrize(
    ("name", "namespace", "expected"),
    [("", "", "/"), ("robot", "", "/robot"), ("robot", "/fleet", "/fleet/robot"), ("/robot", "/fleet", "/robot")],
)
def test_names_seen_from_the_root(name, namespace, expected):
    assert absolute(name, namespace) == expected
