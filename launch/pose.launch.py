# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Starts the pose node and the visualizer and, if asked to, the camera node and RViz."""

import os
from pathlib import Path

from ament_index_python.packages import get_package_share_directory
from launch.action import Action
from launch.actions import DeclareLaunchArgument, OpaqueFunction
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node

from launch import LaunchContext, LaunchDescription
from posenet_ros.ros.middleware import large_image_environment
from posenet_ros.ros.parameter_tables import CAMERA_PARAMETERS, POSE_PARAMETERS
from posenet_ros.ros.parameters import ParameterSpec, defaults

CONFIG = Path(get_package_share_directory("posenet_ros")) / "config"
BOOLEANS = ["true", "false"]
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


def generate_launch_description() -> LaunchDescription:
    """Return all arguments, at the top level so that 'ros2 launch -s' shows them, and the nodes."""
    return LaunchDescription(
        [
            DeclareLaunchArgument(
                "params_file",
                default_value=str(CONFIG / "pose.yaml"),
                description="YAML file with parameters of the nodes posenet, pose_visualizer and camera.",
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
            *_arguments("posenet", POSE_PARAMETERS, POSE_ARGUMENTS),
            DeclareLaunchArgument(
                "camera",
                default_value="",
                description="Start the camera node with this source: webcam index, picture, folder of pictures,"
                " video file or stream URL. Empty: the images come from a camera driver.",
            ),
            *_arguments("camera", CAMERA_PARAMETERS, CAMERA_ARGUMENTS),
            DeclareLaunchArgument(
                "visualizer", default_value="true", choices=BOOLEANS, description="Publish RViz markers."
            ),
            DeclareLaunchArgument("rviz", default_value="false", choices=BOOLEANS, description="Start RViz."),
            DeclareLaunchArgument(
                "rviz_config", default_value=str(CONFIG / "pose.rviz"), description="RViz configuration file."
            ),
            DeclareLaunchArgument(
                "fixed_frame",
                default_value=defaults("camera")["frame_id"],
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


def _arguments(section: str, table: tuple[ParameterSpec, ...], names: tuple[str, ...]) -> list[Action]:
    """Return arguments for parameters; left empty, they leave params_file its say."""
    specs = {spec.name: spec for spec in table}
    values = defaults(section)
    arguments = []
    for name in names:
        choices = [str(choice) for choice in specs[name].choices]
        if isinstance(values[name], bool):
            choices = list(BOOLEANS)
        arguments.append(
            DeclareLaunchArgument(
                name,
                default_value="",
                choices=["", *choices] if choices else None,
                description=f"{specs[name].description} Left empty, params_file decides.",
            )
        )
    return arguments


def _nodes(context: LaunchContext) -> list[Action]:
    def value(name: str) -> str:
        return LaunchConfiguration(name).perform(context)

    def given(section: str, names: tuple[str, ...]) -> dict[str, object]:
        """Return the parameters set on the command line, each of the type of its default."""
        types = {name: type(default) for name, default in defaults(section).items()}
        return {name: _convert(name, value(name), types[name]) for name in names if value(name)}

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

    nodes: list[Action] = [
        Node(
            executable="pose_node",
            name="posenet",
            ros_arguments=ros_arguments("posenet"),
            parameters=[value("params_file"), always | given("posenet", POSE_ARGUMENTS)],
            remappings=topics,
            **common,
        )
    ]
    if value("visualizer") == "true":
        nodes.append(
            Node(
                executable="visualizer_node",
                name="pose_visualizer",
                ros_arguments=ros_arguments("pose_visualizer"),
                parameters=[value("params_file"), always],
                remappings=topics,
                **common,
            )
        )
    if value("camera"):
        nodes.append(
            Node(
                executable="camera_node",
                name="camera",
                ros_arguments=ros_arguments("camera"),
                parameters=[
                    value("params_file"),
                    always | given("camera", CAMERA_ARGUMENTS) | {"source": value("camera")},
                ],
                remappings=topics,
                **common,
            )
        )
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


def _convert(name: str, text: str, kind: type) -> object:
    if kind is bool:
        return text == "true"
    try:
        return kind(text)
    except ValueError:
        raise RuntimeError(f"launch argument {name}:={text} is not a value of type {kind.__name__}") from None
