# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The parameters of all nodes: one table each, with the defaults of ``config/pose.yaml``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from ament_index_python.packages import get_package_share_directory
from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor, SetParametersResult
from rclpy.exceptions import InvalidParameterTypeException, InvalidParameterValueException
from rclpy.node import Node
from rclpy.parameter import Parameter

from posenet_ros.estimator import DECODERS
from posenet_ros.restride import NATIVE_STRIDES, OUTPUT_STRIDES


@dataclass(frozen=True)
class ParameterSpec:
    """What a parameter means and which values it takes; its type and default come from the YAML file."""

    name: str
    description: str
    choices: tuple[int | str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    fixed: str = ""
    """Why the value cannot change while the node is configured; empty where it can."""

    def descriptor(self, default: Any) -> ParameterDescriptor:
        """Return the ROS description of the parameter."""
        descriptor = ParameterDescriptor(name=self.name, description=self.description)
        if self.choices:
            descriptor.additional_constraints = f"one of {', '.join(map(str, self.choices))}"
        if self.minimum is not None and self.maximum is not None:
            if isinstance(default, int):
                limits = IntegerRange(from_value=int(self.minimum), to_value=int(self.maximum), step=0)
                descriptor.integer_range = [limits]
            else:
                limits = FloatingPointRange(from_value=self.minimum, to_value=self.maximum, step=0.0)
                descriptor.floating_point_range = [limits]
        return descriptor

    def complaint(self, value: Any) -> str:
        """Return what is wrong with a value of the right type, or nothing."""
        if self.choices and value not in self.choices:
            return f"{self.name} is '{value}', expected one of {', '.join(map(str, self.choices))}"
        return ""


_TAKES_EFFECT_ON_CONFIGURE = "it takes effect when the node is configured, so deactivate and clean it up first"

POSE_PARAMETERS = (
    ParameterSpec(
        "model",
        "Name of a model in the store ('ros2 run posenet_ros models list') or path of a .tflite file.",
        fixed=_TAKES_EFFECT_ON_CONFIGURE,
    ),
    ParameterSpec(
        "native_stride",
        "Output stride that the weights of a model file were trained at; the store knows that of its own.",
        choices=NATIVE_STRIDES,
        fixed=_TAKES_EFFECT_ON_CONFIGURE,
    ),
    ParameterSpec(
        "output_stride",
        "Input pixels from one cell of the network's answer to the next: 8 most accurate, 32 fastest.",
        choices=OUTPUT_STRIDES,
    ),
    ParameterSpec(
        "input_height",
        "Height in pixels to which images are scaled for the network, snapped to k * output_stride + 1;"
        " 0 is the model's own.",
        minimum=0,
        maximum=4097,
    ),
    ParameterSpec("input_width", "Width, likewise.", minimum=0, maximum=4097),
    ParameterSpec(
        "decoder",
        "How people are found in the network's answer: 'multi' (several people), 'multi_refined' (several, with key"
        " points between the cells) or 'single' (exactly one).",
        choices=DECODERS,
    ),
    ParameterSpec("max_poses", "Most people in one image.", minimum=1, maximum=100),
    ParameterSpec("pose_threshold", "Least score of a person that is published.", minimum=0.0, maximum=1.0),
    ParameterSpec(
        "keypoint_threshold",
        "Least score of a key point that starts a person, and that is drawn in the overlay.",
        minimum=0.0,
        maximum=1.0,
    ),
    ParameterSpec(
        "nms_radius",
        "Distance in pixels of the network's input within which two equal key points are one person's.",
        minimum=0.0,
        maximum=1000.0,
    ),
    ParameterSpec(
        "num_threads",
        "Threads of the inference runtime; 0 is one for each core.",
        minimum=0,
        maximum=256,
        fixed=_TAKES_EFFECT_ON_CONFIGURE,
    ),
    ParameterSpec(
        "delegate",
        "Path of a TensorFlow Lite delegate library, such as an Edge TPU's, then its options if any: 'PATH,key=value';"
        " empty runs on the CPU.",
        fixed=_TAKES_EFFECT_ON_CONFIGURE,
    ),
    ParameterSpec(
        "image_transport",
        "'raw' subscribes to image, 'compressed' to <image>/compressed.",
        choices=("raw", "compressed"),
        fixed=_TAKES_EFFECT_ON_CONFIGURE,
    ),
    ParameterSpec(
        "cameras",
        "Names of the cameras, each with topics of its own: <name>/image, <name>/pose and so on. An empty name stands"
        " for the topics without a prefix.",
        fixed=_TAKES_EFFECT_ON_CONFIGURE,
    ),
    ParameterSpec(
        "max_rate",
        "Most images a second that are worked on, for each camera; 0 is as many as can be.",
        minimum=0.0,
        maximum=1000.0,
    ),
    ParameterSpec(
        "diagnostics_period",
        "Seconds from one message on /diagnostics to the next; 0 for none.",
        minimum=0.0,
        maximum=60.0,
    ),
    ParameterSpec(
        "autostart",
        "Configure and activate at start; false leaves that to a lifecycle manager.",
        fixed="it is read at start",
    ),
)

VISUALIZER_PARAMETERS = (
    ParameterSpec("keypoint_threshold", "Least score of a key point that is shown.", minimum=0.0, maximum=1.0),
    ParameterSpec(
        "plane_distance",
        "Metres in front of the camera at which people without a known distance are drawn.",
        minimum=0.01,
        maximum=1000.0,
    ),
    ParameterSpec(
        "field_of_view",
        "Horizontal angle in degrees that the camera sees, used until a camera_info with a calibration arrives.",
        minimum=1.0,
        maximum=179.0,
    ),
    ParameterSpec("marker_lifetime", "Seconds after which markers vanish if no poses come.", minimum=0.0, maximum=60.0),
    ParameterSpec("joint_diameter", "Diameter of the joints in metres.", minimum=0.001, maximum=1.0),
)

CAMERA_PARAMETERS = (
    ParameterSpec(
        "source",
        "Webcam index or /dev path, picture, folder of pictures, video file or stream URL.",
        fixed="it is read at start",
    ),
    ParameterSpec(
        "frame_rate",
        "Images a second, the most of a webcam or stream; 0 is the video's own rate, 10 for pictures, and as they come"
        " from a webcam or stream.",
        minimum=0.0,
        maximum=1000.0,
        fixed="it is read at start",
    ),
    ParameterSpec(
        "loop", "Start again at the end of a video or folder instead of ending.", fixed="it is read at start"
    ),
    ParameterSpec("frame_id", "Optical frame that the images are stamped with.", fixed="it is read at start"),
    ParameterSpec(
        "width",
        "Width in pixels that a webcam is asked for; 0 is the device's own.",
        minimum=0,
        maximum=65535,
        fixed="it is read at start",
    ),
    ParameterSpec("height", "Height, likewise.", minimum=0, maximum=65535, fixed="it is read at start"),
    ParameterSpec(
        "calibration",
        "Calibration for camera_info, as camera_calibration writes it: path of a YAML file, file:///path or"
        " package://package/path; empty uses field_of_view.",
        fixed="it is read at start",
    ),
    ParameterSpec(
        "field_of_view",
        "Horizontal angle in degrees that the camera sees, for camera_info without a calibration;"
        " 0 marks it as uncalibrated.",
        minimum=0.0,
        maximum=179.0,
        fixed="it is read at start",
    ),
)

_OF_EVERY_NODE = {"use_sim_time", "start_type_description_service"}


def defaults(section: str) -> dict[str, Any]:
    """Return the default parameters of a node, a section of ``config/pose.yaml``."""
    path = Path(get_package_share_directory("posenet_ros")) / "config" / "pose.yaml"
    values: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))[section]["ros__parameters"]
    return values


class NodeParameters:
    """Declares a node's parameters from a table and checks every change.

    A bad value at start does not keep the node from starting: the default is declared in its place and
    the reason is kept in ``problems`` until the parameter is set to a good value.
    """

    def __init__(self, node: Node, section: str, table: Sequence[ParameterSpec]) -> None:
        self._node = node
        self._specs = {spec.name: spec for spec in table}
        self.problems: dict[str, str] = {}
        self.locked = False
        """Whether parameters that take effect on configure are refused."""
        node.add_on_set_parameters_callback(self._check)
        values = defaults(section)
        for unknown in sorted(getattr(node, "_parameter_overrides", {}).keys() - values.keys() - _OF_EVERY_NODE):
            if not unknown.startswith("qos_overrides."):
                node.get_logger().warning(
                    f"there is no parameter '{unknown}', so that its value is ignored; the parameters are"
                    f" {', '.join(values)}"
                )
        for name, default in values.items():
            descriptor = self._specs[name].descriptor(default)
            try:
                node.declare_parameter(name, default, descriptor)
            except (InvalidParameterValueException, InvalidParameterTypeException) as error:
                node.declare_parameter(name, default, descriptor, ignore_override=True)
                self.problems[name] = " ".join(str(error).split())

    def __getitem__(self, name: str) -> Any:
        """Return the value in force."""
        return self._node.get_parameter(name).value

    def select(self, names: Iterable[str]) -> dict[str, Any]:
        """Return several values in force, by name."""
        return {name: self[name] for name in names}

    def _check(self, parameters: Sequence[Parameter]) -> SetParametersResult:
        for parameter in parameters:
            spec = self._specs.get(parameter.name)
            if spec is None:
                continue
            complaint = spec.complaint(parameter.value)
            if not complaint and self.locked and spec.fixed:
                complaint = f"{spec.name} cannot change now: {spec.fixed}"
            if complaint:
                return SetParametersResult(successful=False, reason=complaint)
        for parameter in parameters:
            self.problems.pop(parameter.name, None)
        return SetParametersResult(successful=True)
