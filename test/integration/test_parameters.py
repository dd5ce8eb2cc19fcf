# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Which parameters may change when, and that every node takes the values that it has."""

from __future__ import annotations

import pytest
from rcl_interfaces.msg import Parameter as ParameterMessage
from rcl_interfaces.srv import GetParameters, ListParameters, SetParameters, SetParametersAtomically
from rclpy.parameter import Parameter

from posenet_ros.ros.settings_node import SettingsNode
from posenet_ros.settings.files import SETTINGS
from posenet_ros.settings.parameter import AT_START, ON_CONFIGURE
from ros_helpers import EXECUTABLES

CHANGE_AT_ANY_TIME = {
    "pose_visualizer": {
        "field_of_view",
        "joint_diameter",
        "keypoint_threshold",
        "marker_lifetime",
        "plane_distance",
        "rectified",
        "show_boxes",
        "trail_duration",
    },
    "pose_bridge": {"keypoint_threshold"},
    "camera": set(),
    "pose_web": {"field_of_view", "keypoint_threshold", "plane_distance", "rectified"},
}
CHANGE_ON_CONFIGURE = {"cameras", "delegate", "depth", "image_transport", "model", "native_stride", "num_threads"}


@pytest.fixture
def make_node(listener):
    """Return a function that makes a node with the parameters of one of ours."""
    made = []

    def make(name: str, **overrides: object) -> SettingsNode:
        made.append(
            SettingsNode(name, parameter_overrides=[Parameter(key, value=value) for key, value in overrides.items()])
        )
        made[-1].kept = made[-1].declare_settings(SETTINGS[name])
        return made[-1]

    yield make
    for node in made:
        node.destroy_node()


def test_what_changes_when_is_as_documented():
    for name, settings in SETTINGS.items():
        kinds = {parameter: spec.fixed for parameter, spec in settings.parameters().items()}
        on_configure = {parameter for parameter, fixed in kinds.items() if fixed == ON_CONFIGURE}
        if name == "posenet":
            assert on_configure == CHANGE_ON_CONFIGURE
            assert {parameter for parameter, fixed in kinds.items() if fixed == AT_START} == {"autostart"}
        else:
            assert not on_configure
            assert {parameter for parameter, fixed in kinds.items() if not fixed} == CHANGE_AT_ANY_TIME[name]


@pytest.mark.parametrize("name", SETTINGS)
def test_descriptors_say_when_a_parameter_may_change(make_node, name):
    node = make_node(name)
    for parameter, spec in SETTINGS[name].parameters().items():
        descriptor = node.describe_parameter(parameter)
        assert descriptor.read_only == (spec.fixed == AT_START), parameter
        assert ("Takes effect on configure." in descriptor.description) == (spec.fixed == ON_CONFIGURE), parameter


@pytest.mark.parametrize("name", SETTINGS)
def test_what_a_node_has_it_takes_again(start, listener, any_model, person_path, name):
    """As ``ros2 param dump`` and ``load`` do, with the values of the command line, and with rclpy's own parameters."""
    given = {
        "posenet": {"model": any_model, "max_poses": 3, "nms_radius": 20},
        "pose_visualizer": {"cameras": "[front, rear]"},
        "pose_bridge": {"tf": True},
        "camera": {"source": person_path, "frame_rate": 5, "frame_id": 7},
        "pose_web": {"port": 0, "token": 123},
    }
    start(EXECUTABLES[name], **given[name])
    listed = listener.call(ListParameters, f"{name}/list_parameters", ListParameters.Request()).result.names
    assert "use_sim_time" in listed
    assert SETTINGS[name].parameters().keys() <= set(listed)
    values = listener.call(GetParameters, f"{name}/get_parameters", GetParameters.Request(names=listed)).values
    present = [ParameterMessage(name=key, value=value) for key, value in zip(listed, values, strict=True)]
    answer = listener.call(SetParameters, f"{name}/set_parameters", SetParameters.Request(parameters=present))
    assert [
        f"{key}: {result.reason}" for key, result in zip(listed, answer.results, strict=True) if not result.successful
    ] == []
    request = SetParametersAtomically.Request(parameters=present)
    answer = listener.call(SetParametersAtomically, f"{name}/set_parameters_atomically", request)
    assert answer.result.successful, answer.result.reason


@pytest.mark.parametrize(
    ("name", "parameter", "value", "words"),
    [
        (
            "camera",
            "frame_rate",
            5,
            "frame_rate is 0.0, and cannot change to 5.0 now: it is read when the node starts; restart the node with"
            " -p frame_rate:=5.0",
        ),
        ("camera", "loop", False, "cannot change to false now: it is read when the node starts; restart the node with"),
        ("camera", "source", "my clip.mp4", "-p 'source:=my clip.mp4'"),
        ("camera", "frame_rate", -1.0, "frame_rate is -1.0, expected a number from 0 to 1000"),
        ("camera", "loop", "often", "loop is 'often', expected true or false"),
        ("pose_visualizer", "cameras", ["front", "rear"], """-p 'cameras:=["front", "rear"]'"""),
        ("posenet", "autostart", False, "autostart is true, and cannot change to false now"),
        ("posenet", "start_type_description_service", False, "start_type_description_service"),
    ],
)
def test_another_value_of_a_read_only_parameter_is_refused_with_the_cure(make_node, name, parameter, value, words):
    node = make_node(name)
    if not node.has_parameter(parameter):
        pytest.skip(f"this rclpy has no {parameter}")
    before = node.get_parameter(parameter).value
    for result in (
        node.set_parameters([Parameter(parameter, value=value)])[0],
        node.set_parameters_atomically([Parameter(parameter, value=value)]),
    ):
        assert not result.successful
        assert words in result.reason
    assert node.get_parameter(parameter).value == before


@pytest.mark.parametrize(("parameter", "value"), [("source", 0), ("frame_rate", 0), ("width", 0), ("loop", True)])
def test_equal_values_of_another_type_are_equal(make_node, parameter, value):
    assert make_node("camera").set_parameters([Parameter(parameter, value=value)])[0].successful


@pytest.mark.parametrize(("cameras", "applied"), [(["", ""], False), ([""], True)])
def test_all_or_nothing_is_set(make_node, cameras, applied):
    node = make_node("pose_visualizer")
    changes = [Parameter("show_boxes", value=True), Parameter("cameras", value=cameras)]
    assert node.set_parameters_atomically(changes).successful == applied
    assert node.kept.current.show_boxes == applied


def test_what_takes_effect_on_configure_is_refused_only_while_configured(make_node):
    node = make_node("posenet")
    change = [Parameter("model", value="bundled")]
    node.kept.locked = True
    reason = node.set_parameters(change)[0].reason
    assert (
        "cannot change to bundled now: it takes effect on configure; deactivate and clean up the node first" in reason
    )
    node.kept.locked = False
    assert node.set_parameters(change)[0].successful
    assert node.kept.current.model == "bundled"


def test_a_wrong_start_is_mended_by_the_value_that_is_used_instead(make_node):
    node = make_node("posenet", autostart=5)
    assert "autostart is 5, expected true or false" in node.kept.problems["autostart"]
    assert node.set_parameters([Parameter("autostart", value=True)])[0].successful
    assert not node.kept.problems
