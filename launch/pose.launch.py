# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Starts the pose node and the visualizer and, if asked to, the camera node, the web node and RViz."""

import os
from typing import Any

from launch.action import Action
from launch.actions import DeclareLaunchArgument, OpaqueFunction, Shutdown
from launch.logging import get_logger
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node

from launch import LaunchContext, LaunchDescription
from posenet_ros.ros.launch_plan import (
    BRIDGE_TARGETS,
    CAMERA_ARGUMENTS,
    CONFIG,
    POSE_ARGUMENTS,
    PREFIX,
    WEB_ARGUMENTS,
    LaunchPlan,
)
from posenet_ros.ros.middleware import large_image_environment
from posenet_ros.settings.files import SETTINGS

EXECUTABLES = {
    "posenet": "pose_node",
    "pose_visualizer": "visualizer_node",
    "pose_bridge": "bridge_node",
    "camera": "camera_node",
    "pose_web": "web_node",
}
RESPAWN_DELAY_S = 2.0


def generate_launch_description() -> LaunchDescription:
    """Return all arguments, at the top level so that 'ros2 launch -s' shows them, and the nodes."""
    return LaunchDescription(
        [
            _argument(
                "params_file",
                str(CONFIG / "pose.yaml"),
                "YAML file with parameters of the nodes posenet, pose_visualizer, camera and so on.",
            ),
            _argument("namespace", "", "Namespace of all nodes."),
            _argument("image", "image", "Image topic to find people in, without '/compressed'."),
            _argument(
                "camera_info",
                "",
                "Calibration of that image's camera. Left empty, it is the camera_info beside the image topic.",
            ),
            _argument(
                "depth_image", "depth_image", "Depth image topic, registered to the images; used with depth:=true."
            ),
            _argument(
                "cameras",
                "",
                "Several cameras for one model, as 'front=/cam_front/image_raw rear=/cam_rear/image_raw': front/pose,"
                " front/pose/markers and so on. Replaces image. Left empty, params_file decides.",
            ),
            *_arguments("posenet", POSE_ARGUMENTS),
            _argument(
                "camera",
                "",
                "Start the camera node with this source: webcam index, picture, folder of pictures, video file or"
                " stream URL. Empty: the images come from a camera driver.",
            ),
            *_arguments("camera", CAMERA_ARGUMENTS),
            _argument("visualizer", "true", "Publish RViz markers: true or false."),
            _argument(
                "bridge",
                "",
                f"Start the bridge node with these targets, separated by commas: {', '.join(BRIDGE_TARGETS)}. Empty: no"
                " bridge.",
            ),
            _argument(
                "composed",
                "false",
                "Run all nodes in one process: less memory, and images that are not copied between them.",
            ),
            _argument(
                "web",
                "false",
                "Serve a page that shows images and people in a browser, true or false; see docs/web.md.",
            ),
            *_arguments("pose_web", WEB_ARGUMENTS),
            _argument(
                "respawn",
                "false",
                f"Start a node that ends again, after {RESPAWN_DELAY_S:g} s. Otherwise a node that fails ends all.",
            ),
            _argument("rviz", "false", "Start RViz: true or false."),
            _argument("rviz_config", str(CONFIG / "pose.rviz"), "RViz configuration file."),
            _argument(
                "fixed_frame",
                SETTINGS["camera"].defaults()["frame_id"],
                "Frame in which RViz shows the people: that of the images, or one that tf connects to it.",
            ),
            _argument("use_sim_time", "", "Take the time from /clock: true or false. Left empty, params_file decides."),
            DeclareLaunchArgument(
                "log_level",
                default_value="info",
                choices=["debug", "info", "warn", "error", "fatal"],
                description="Least severity of the nodes' log messages.",
            ),
            _argument(
                "enclaves",
                "",
                "SROS 2: path of the nodes' enclaves, /posenet_ros for those of config/sros2_policy.xml. Empty: the"
                " default enclave.",
            ),
            _argument(
                "large_image_transport",
                "true",
                "With Fast DDS and no profile set by the user: config/fastdds.xml and malloc settings, without which"
                " large images are lost between processes.",
            ),
            OpaqueFunction(function=_nodes),
        ]
    )


def _argument(name: str, default: str, description: str) -> Action:
    return DeclareLaunchArgument(name, default_value=default, description=description)


def _arguments(node: str, names: tuple[str, ...]) -> list[Action]:
    """Return arguments for parameters; left empty, they leave params_file its say."""
    specs = SETTINGS[node].parameters()
    return [
        DeclareLaunchArgument(
            name,
            default_value="",
            choices=["", *map(str, specs[name].choices)] if specs[name].choices else None,
            description=f"{specs[name].description} Left empty, params_file decides.",
        )
        for name in names
    ]


def _nodes(context: LaunchContext) -> list[Action]:
    def value(name: str) -> str:
        given = context.launch_configurations.get(PREFIX + name)
        return given if given is not None else LaunchConfiguration(name).perform(context)

    launch = LaunchPlan(value, context.launch_configurations.get("ros_namespace", ""))
    respawn = launch.boolean("respawn")
    common: dict[str, Any] = {
        "namespace": launch.namespace,
        "additional_env": large_image_environment(os.environ) if launch.boolean("large_image_transport") else {},
    }
    ours = common | {
        "package": "posenet_ros",
        "output": "screen",
        "parameters": [launch.write_parameters()],
        "remappings": launch.remappings,
        "on_exit": None if respawn else _end_all_on_failure,
    }

    def ros_arguments(node: str) -> list[str]:
        enclave = ["--enclave", f"{launch.value('enclaves')}/{node}"] if launch.value("enclaves") else []
        return ["--log-level", launch.value("log_level"), *enclave]

    for warning in launch.warnings:
        get_logger("posenet_ros").warning(warning)
    actions: list[Action] = []
    # A source that is not repeated ends its node when it is over.
    ends = {"camera"} if launch.parameters.get("camera", {}).get("loop") is False else set()
    # In a process of its own, composed or not: what browsers do is to cost the poses nothing.
    composed = [node for node in launch.nodes if node != "pose_web"] if launch.boolean("composed") else []
    if composed:
        actions.append(
            Node(
                executable="posenet_all",
                arguments=["--nodes", *composed],
                ros_arguments=ros_arguments("posenet"),
                respawn=respawn and not ends,
                respawn_delay=RESPAWN_DELAY_S,
                **ours,
            )
        )
    actions += [
        Node(
            executable=EXECUTABLES[node],
            name=node,
            ros_arguments=ros_arguments(node),
            respawn=respawn and node not in ends,
            respawn_delay=RESPAWN_DELAY_S,
            **ours,
        )
        for node in launch.nodes
        if node not in composed
    ]
    if launch.boolean("rviz"):
        actions.append(
            Node(
                package="rviz2",
                executable="rviz2",
                name="rviz",
                arguments=["-d", launch.value("rviz_config"), "-f", launch.value("fixed_frame")],
                parameters=[{"use_sim_time": launch.parameters["posenet"].get("use_sim_time", False)}],
                on_exit=_end_all_on_failure,
                **common,
            )
        )
    return actions


def _end_all_on_failure(event: Any, context: LaunchContext) -> list[Action]:
    if not event.returncode or context.is_shutdown:
        return []
    return [Shutdown(reason=f"{event.process_name} failed with exit status {event.returncode}; see its message")]
