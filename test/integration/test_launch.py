# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The launch file, where launch is installed (it is not among the wheels)."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
import yaml
from ament_index_python.packages import get_package_share_directory

pytest.importorskip("launch_ros", reason="launch_ros is not installed; it comes with ROS, not with the wheels")

from launch.actions import DeclareLaunchArgument, OpaqueFunction

from launch import LaunchContext

SHARE = Path(get_package_share_directory("posenet_ros"))


@pytest.fixture(scope="module")
def description():
    spec = importlib.util.spec_from_file_location("pose_launch", SHARE / "launch" / "pose.launch.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.generate_launch_description()


def nodes(description, **arguments):
    """Return the nodes that start with these arguments, by executable."""
    context = LaunchContext()
    context.launch_configurations.update(arguments)
    opaque = None
    for entity in description.entities:
        if isinstance(entity, DeclareLaunchArgument):
            entity.execute(context)
        elif isinstance(entity, OpaqueFunction):
            opaque = entity
    return {action.node_executable: action for action in opaque.execute(context)}


def test_every_argument_is_at_the_top_level_and_described(description):
    arguments = [entity for entity in description.entities if isinstance(entity, DeclareLaunchArgument)]
    names = {argument.name for argument in arguments}
    assert {"model", "output_stride", "image", "image_transport", "camera", "rviz", "params_file"} <= names
    for argument in arguments:
        assert argument.description
        assert argument.description != "no description given"
    strides = next(argument for argument in arguments if argument.name == "output_stride")
    assert strides.choices == ["", "8", "16", "32"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, {"pose_node", "visualizer_node"}),
        ({"visualizer": "false"}, {"pose_node"}),
        ({"camera": "0"}, {"pose_node", "visualizer_node", "camera_node"}),
        ({"web": "true"}, {"pose_node", "visualizer_node", "web_node"}),
        ({"web": "true", "composed": "true"}, {"posenet_all", "web_node"}),
        ({"rviz": "true"}, {"pose_node", "visualizer_node", "rviz2"}),
        ({"bridge": "tf, humans"}, {"pose_node", "visualizer_node", "bridge_node"}),
    ],
)
def test_what_starts(description, arguments, expected):
    assert set(nodes(description, **arguments)) == expected


@pytest.mark.parametrize(("asked", "given"), [("true", True), ("false", False)])
def test_nodes_get_the_profile_for_large_images(description, monkeypatch, asked, given):
    monkeypatch.delenv("FASTRTPS_DEFAULT_PROFILES_FILE", raising=False)
    monkeypatch.delenv("FASTDDS_DEFAULT_PROFILES_FILE", raising=False)
    for node in nodes(description, camera="0", large_image_transport=asked).values():
        variables = {name[0].text for name, _ in node.additional_env}
        assert any(name.endswith("_DEFAULT_PROFILES_FILE") for name in variables) == given


def test_depth_topic_is_remapped_for_all_nodes(description):
    for node in nodes(description, camera="0", depth_image="/eye/aligned").values():
        assert ("depth_image", "/eye/aligned") in [
            tuple("".join(part.text for part in side) for side in pair) for pair in node._Node__remappings
        ]


@pytest.mark.parametrize(("path", "given"), [("", None), ("/posenet_ros", "/posenet_ros/posenet")])
def test_nodes_run_in_their_enclaves(description, path, given):
    arguments = nodes(description, enclaves=path)["pose_node"]._Node__ros_arguments
    assert (arguments[arguments.index("--enclave") + 1] if "--enclave" in arguments else None) == given


def test_wrong_number_is_named(description):
    with pytest.raises(RuntimeError, match="max_poses:=many"):
        nodes(description, max_poses="many")


def test_unknown_bridge_is_named(description):
    with pytest.raises(RuntimeError, match="'faces' is not one of detections, humans, tf"):
        nodes(description, bridge="tf,faces")


def test_rviz_shows_what_the_nodes_publish():
    config = yaml.safe_load((SHARE / "config" / "pose.rviz").read_text())
    displays = config["Visualization Manager"]["Displays"]
    topics = {display["Topic"]["Value"] for display in displays if "Topic" in display}
    assert topics == {"pose/markers", "pose/overlay"}
