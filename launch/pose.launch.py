# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Starts the pose node and the visualizer and, if asked to, the camera node, the web node and RViz."""

import json
import os
from pathlib import Path

from ament_index_python.packages import get_package_share_directory
from launch.action import Action
from launch.actions import DeclareLaunchArgument, OpaqueFunction
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node

from launch import LaunchContext, LaunchDescription
from posenet_ros.ros.middleware import large_image_environment
from posenet_ros.settings.files import SETTINGS
from posenet_ros.settings.parameter import Parameter

CONFIG = Path(get_package_share_directory("posenet_ros")) / "config"
BOOLEANS = ["true", "false"]
EXECUTABLES = {
    "posenet": "pose_node",
    "pose_visualizer": "visualizer_node",
    "pose_bridge": "bridge_node",
    "camera": "camera_node",
    "pose_web": "web_node",
}
BRIDGE_TARGETS = ("detections", "humans", "tf")
# The parameters that are worth an argument of their own; params_file sets any.
POSE_ARGUMENTS = (
    "model",
    "native_stride",
    "output_stride",
    "input_height",
    "input_width",
    "decoder",
    "max_poses",
    "pose_threshold",
    "num_threads",
    "delegate",
    "image_transport",
    "tracking",
    "smoothing",
    "depth",
)
CAMERA_ARGUMENTS = (
    "frame_rate",
    "loop",
    "depth_picture",
    "frame_id",
    "width",
    "height",
    "calibration",
    "field_of_view",
)
WEB_ARGUMENTS = ("address", "port", "token", "allow_changes")


def generate_launch_description() -> LaunchDescription:
    """Return all arguments, at the top level so that 'ros2 launch -s' shows them, and the nodes."""
    return LaunchDescription(
        [
            DeclareLaunchArgument(
                "params_file",
                default_value=str(CONFIG / "pose.yaml"),
                description="YAML file with parameters of the nodes posenet, pose_visualizer, camera and pose_web.",
            ),
            DeclareLaunchArgument("namespace", default_value="", description="Namespace of all nodes."),
            DeclareLaunchArgument("image", default_value="image", description="Image topic to find people in."),
            DeclareLaunchArgument(
                "camera_info", default_value="camera_info", description="Calibration of that image's camera."
            ),
            DeclareLaunchArgument(
                "depth_image",
                default_value="depth_image",
                description="Depth image topic, registered to the images; used with depth:=true.",
            ),
            *_arguments("posenet", POSE_ARGUMENTS),
            DeclareLaunchArgument(
                "camera",
                default_value="",
                description="Start the camera node with this source: webcam index, picture, folder of pictures,"
                " video file or stream URL. Empty: the images come from a camera driver.",
            ),
            *_arguments("camera", CAMERA_ARGUMENTS),
            DeclareLaunchArgument(
                "visualizer", default_value="true", choices=BOOLEANS, description="Publish RViz markers."
            ),
            DeclareLaunchArgument(
                "bridge",
                default_value="",
                description="Start the bridge node with these targets, separated by commas:"
                f" {', '.join(BRIDGE_TARGETS)}. Empty: no bridge.",
            ),
            DeclareLaunchArgument(
                "composed",
                default_value="false",
                choices=BOOLEANS,
                description="Run all nodes in one process: less memory, and images that are not copied between them.",
            ),
            DeclareLaunchArgument(
                "web",
                default_value="false",
                choices=BOOLEANS,
                description="Serve a page that shows images and people in a browser; see docs/web.md.",
            ),
            *_arguments("pose_web", WEB_ARGUMENTS),
            DeclareLaunchArgument("rviz", default_value="false", choices=BOOLEANS, description="Start RViz."),
            DeclareLaunchArgument(
                "rviz_config", default_value=str(CONFIG / "pose.rviz"), description="RViz configuration file."
            ),
            DeclareLaunchArgument(
                "fixed_frame",
                default_value=SETTINGS["camera"].defaults()["frame_id"],
                description="Frame in which RViz shows the people: that of the images, or one that tf connects to it.",
            ),
            DeclareLaunchArgument(
                "use_sim_time", default_value="false", choices=BOOLEANS, description="Take the time from /clock."
            ),
            DeclareLaunchArgument(
                "log_level",
                default_value="info",
                choices=["debug", "info", "warn", "error", "fatal"],
                description="Least severity of the nodes' log messages.",
            ),
            DeclareLaunchArgument(
                "enclaves",
                default_value="",
                description="SROS 2: path of the nodes' enclaves, /posenet_ros for those of config/sros2_policy.xml."
                " Empty: the default enclave.",
            ),
            DeclareLaunchArgument(
                "large_image_transport",
                default_value="true",
                choices=BOOLEANS,
                description="With Fast DDS and no profile set by the user: config/fastdds.xml and malloc settings,"
                " without which large images are lost between processes.",
            ),
            OpaqueFunction(function=_nodes),
        ]
    )


def _arguments(node: str, names: tuple[str, ...]) -> list[Action]:
    """Return arguments for parameters; left empty, they leave params_file its say."""
    specs = SETTINGS[node].parameters()
    return [
        DeclareLaunchArgument(
            name,
            default_value="",
            choices=["", *_choices(specs[name])] if _choices(specs[name]) else None,
            description=f"{specs[name].description} Left empty, params_file decides.",
        )
        for name in names
    ]


def _choices(spec: Parameter) -> list[str]:
    return list(BOOLEANS) if isinstance(spec.default, bool) else [str(choice) for choice in spec.choices]


def _nodes(context: LaunchContext) -> list[Action]:
    def value(name: str) -> str:
        return LaunchConfiguration(name).perform(context)

    def given(section: str, names: tuple[str, ...]) -> dict[str, object]:
        """Return the parameters set on the command line, each of the type of its default."""
        defaults = SETTINGS[section].defaults()
        return {name: _convert(name, value(name), type(defaults[name])) for name in names if value(name)}

    def ros_arguments(node: str) -> list[str]:
        enclave = ["--enclave", f"{value('enclaves')}/{node}"] if value("enclaves") else []
        return ["--log-level", value("log_level"), *enclave]

    common = {
        "package": "posenet_ros",
        "namespace": value("namespace"),
        "output": "screen",
        "additional_env": large_image_environment(os.environ) if value("large_image_transport") == "true" else {},
    }
    always = {"use_sim_time": value("use_sim_time") == "true"}
    topics = [(name, value(name)) for name in ("image", "camera_info", "depth_image")]

    parameters = {"posenet": given("posenet", POSE_ARGUMENTS)}
    if value("visualizer") == "true":
        parameters["pose_visualizer"] = {}
    if value("bridge"):
        parameters["pose_bridge"] = _bridge_targets(value("bridge"))
    if value("camera"):
        parameters["camera"] = given("camera", CAMERA_ARGUMENTS) | {"source": value("camera")}
    # In a process of its own, composed or not: what browsers do is to cost the poses nothing.
    beside = {"pose_web": given("pose_web", WEB_ARGUMENTS)} if value("web") == "true" else {}
    nodes: list[Action] = []
    if value("composed") == "true":
        # Each parameter with the name of its node: those of a file or a dictionary would reach all nodes.
        nodes.append(
            Node(
                executable="posenet_all",
                arguments=["--nodes", *parameters],
                ros_arguments=[*ros_arguments("posenet"), *_parameter_arguments(parameters)],
                parameters=[value("params_file"), always],
                remappings=topics,
                **common,
            )
        )
    else:
        beside = parameters | beside
    nodes += [
        Node(
            executable=EXECUTABLES[node],
            name=node,
            ros_arguments=ros_arguments(node),
            parameters=[value("params_file"), always | values],
            remappings=topics,
            **common,
        )
        for node, values in beside.items()
    ]
    if value("rviz") == "true":
        nodes.append(
            Node(
                package="rviz2",
                executable="rviz2",
                name="rviz",
                namespace=value("namespace"),
                arguments=["-d", value("rviz_config"), "-f", value("fixed_frame")],
                parameters=[always],
                additional_env=common["additional_env"],
            )
        )
    return nodes


def _parameter_arguments(parameters: dict[str, dict[str, object]]) -> list[str]:
    """Return the arguments that set parameters of single nodes of a process."""
    arguments = []
    for node, values in parameters.items():
        for name, value in values.items():
            arguments += ["-p", f"{node}:{name}:={json.dumps(value)}"]
    return arguments


def _bridge_targets(text: str) -> dict[str, object]:
    targets = [target.strip() for target in text.split(",")]
    for target in targets:
        if target not in BRIDGE_TARGETS:
            raise RuntimeError(f"launch argument bridge:={text}: '{target}' is not one of {', '.join(BRIDGE_TARGETS)}")
    return dict.fromkeys(targets, True)


def _convert(name: str, text: str, kind: type) -> object:
    if kind is bool:
        return text == "true"
    try:
        return kind(text)
    except ValueError:
        raise RuntimeError(f"launch argument {name}:={text} is not a value of type {kind.__name__}") from None
