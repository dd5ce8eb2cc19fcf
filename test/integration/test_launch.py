# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The launch file, where launch is installed (it is not among the wheels)."""

from __future__ import annotations

import importlib.util
import json
import os
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from ament_index_python.packages import get_package_share_directory

pytest.importorskip("launch_ros", reason="launch_ros is not installed; it comes with ROS, not with the wheels")

from launch.actions import DeclareLaunchArgument, OpaqueFunction, Shutdown

from launch import LaunchContext
from posenet_ros.errors import SettingError
from posenet_ros.settings.files import SETTINGS

SHARE = Path(get_package_share_directory("posenet_ros"))


@pytest.fixture(scope="module")
def description():
    spec = importlib.util.spec_from_file_location("pose_launch", SHARE / "launch" / "pose.launch.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.generate_launch_description()


def nodes(description, context=None, **arguments):
    """Return the nodes that start with these arguments, by executable."""
    context = context or LaunchContext()
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
        ({"visualizer": "FALSE"}, {"pose_node"}),
        ({"camera": "0"}, {"pose_node", "visualizer_node", "camera_node"}),
        ({"web": "true"}, {"pose_node", "visualizer_node", "web_node"}),
        ({"web": "true", "composed": "true"}, {"posenet_all", "web_node"}),
        ({"bridge": "tf, humans"}, {"pose_node", "visualizer_node", "bridge_node"}),
        ({"camera": "0", "composed": "1"}, {"posenet_all"}),
        ({"camera": "/robot/chassis", "posenet_camera": ""}, {"pose_node", "visualizer_node"}),
    ],
)
def test_what_starts(description, arguments, expected):
    assert set(nodes(description, **arguments)) == expected


def test_rviz_starts_where_it_is_installed(description, monkeypatch, tmp_path):
    resource = tmp_path / "share" / "ament_index" / "resource_index" / "packages" / "rviz2"
    resource.parent.mkdir(parents=True)
    resource.touch()
    monkeypatch.setenv("AMENT_PREFIX_PATH", f"{tmp_path}:{os.environ['AMENT_PREFIX_PATH']}")
    assert set(nodes(description, rviz="true")) == {"pose_node", "visualizer_node", "rviz2"}


@pytest.mark.parametrize(("status", "ends_all"), [(0, False), (1, True), (-11, True)])
def test_a_node_that_fails_ends_all(description, status, ends_all):
    context = LaunchContext()
    for node in nodes(description, context, camera="0").values():
        actions = node._ExecuteLocal__on_exit(SimpleNamespace(returncode=status, process_name="node"), context)
        assert [type(action) for action in actions] == [Shutdown] * ends_all


def test_nodes_that_are_started_again(description):
    started = nodes(description, camera="0", respawn="true", loop="false")
    assert {name: node._ExecuteLocal__respawn for name, node in started.items()} == {
        "pose_node": True,
        "visualizer_node": True,
        # Its source is over when it ends.
        "camera_node": False,
    }


def test_the_namespace_of_a_parent_counts(description, tmp_path):
    (tmp_path / "params.yaml").write_text("/fleet/robot/posenet: {ros__parameters: {max_poses: 7}}")
    context = LaunchContext()
    context.launch_configurations["ros_namespace"] = "/fleet"
    arguments = {"params_file": str(tmp_path / "params.yaml"), "namespace": "robot"}
    assert parameters(nodes(description, context, **arguments)["pose_node"])["posenet"]["max_poses"] == 7


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


def parameters(node):
    """Return the parameters that a node's process gets, by the name of the node."""
    ((file, *_),) = [entry.param_file for entry in node._Node__parameters]
    content = json.loads(Path(file.text).read_text())
    return {key.removeprefix("/**/"): value["ros__parameters"] for key, value in content.items()}


def test_arguments_have_the_last_word(description):
    given = parameters(nodes(description, max_poses="3", depth="True", camera="0", field_of_view="70")["camera_node"])
    assert given["posenet"]["max_poses"] == 3
    assert given["posenet"]["depth"] is True
    assert given["posenet"]["nms_radius"] == SETTINGS["posenet"].defaults()["nms_radius"]
    assert given["camera"]["source"] == "0"
    assert given["camera"]["field_of_view"] == 70.0
    # Left to a parent's SetParameter, or to the file.
    assert "use_sim_time" not in given["camera"]


def test_wrong_value_is_named(description):
    with pytest.raises(SettingError, match="max_poses:=many"):
        nodes(description, max_poses="many")


def test_bridge_gets_its_targets(description):
    given = parameters(nodes(description, bridge="tf, humans")["bridge_node"])["pose_bridge"]
    assert (given["tf"], given["humans"], given["detections"]) == (True, True, False)


def test_unknown_bridge_is_named(description):
    with pytest.raises(SettingError, match="'faces' is not one of detections, humans, tf"):
        nodes(description, bridge="tf,faces")


def test_rviz_shows_what_the_nodes_publish():
    config = yaml.safe_load((SHARE / "config" / "pose.rviz").read_text())
    displays = config["Visualization Manager"]["Displays"]
    topics = {display["Topic"]["Value"] for display in displays if "Topic" in display}
    assert topics == {"pose/markers", "pose/overlay"}
