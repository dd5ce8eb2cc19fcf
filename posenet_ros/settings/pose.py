# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The settings of the way from an image to people, and of the pose node."""

from __future__ import annotations

from dataclasses import dataclass

from posenet_ros.network.restride import NATIVE_STRIDES, OUTPUT_STRIDES
from posenet_ros.rotation import ROTATIONS
from posenet_ros.settings.parameter import AT_START, ON_CONFIGURE, RECTIFIED, Settings, parameter

DECODERS = ("multi", "multi_refined", "single")


@dataclass(frozen=True)
class ModelSettings(Settings):
    """Which network runs, and with which threads or delegate."""

    model: str = parameter(
        "posenet_mobilenet_v1_100_257x257",
        "Name of a model ('ros2 run posenet_ros models list' names them; 'bundled' comes with the package) or path of a"
        " .tflite file.",
        fixed=ON_CONFIGURE,
    )
    native_stride: int = parameter(
        16,
        "Output stride at which the weights of a model file were trained. Models known by name ignore this.",
        choices=NATIVE_STRIDES,
        fixed=ON_CONFIGURE,
    )
    num_threads: int = parameter(
        0,
        "Number of threads of the inference runtime; 0 = one for each core.",
        minimum=0,
        maximum=256,
        fixed=ON_CONFIGURE,
    )
    delegate: str = parameter(
        "",
        "TensorFlow Lite delegate library, such as the Edge TPU's: its path, then its options if any"
        " ('PATH,key=value'). Empty = run on the CPU.",
        fixed=ON_CONFIGURE,
    )


@dataclass(frozen=True)
class NetworkSettings(Settings):
    """At which stride and size the network runs."""

    output_stride: int = parameter(
        16,
        "Distance in input pixels between two cells of the network's output: 8 is the most accurate, 32 the fastest.",
        choices=OUTPUT_STRIDES,
    )
    input_height: int = parameter(
        0,
        "Height in pixels to which images are scaled for the network, rounded to k * output_stride + 1; 0 = the model's"
        " own height.",
        minimum=0,
        maximum=4097,
    )
    input_width: int = parameter(
        0,
        "Width in pixels to which images are scaled for the network, rounded to k * output_stride + 1; 0 = the model's"
        " own width.",
        minimum=0,
        maximum=4097,
    )

    @property
    def input_size(self) -> tuple[int, int]:
        """Requested height and width in pixels; 0 = the model's own."""
        return self.input_height, self.input_width


@dataclass(frozen=True)
class DecodingSettings(Settings):
    """How people are found in an image. The defaults come from photos (docs/accuracy.md)."""

    rotation: int = parameter(
        0,
        "Degrees by which images are turned clockwise for the network, so that people stand upright in it. Keypoints,"
        " overlay and depth stay those of the image as it arrives.",
        choices=ROTATIONS,
    )
    decoder: str = parameter(
        "multi_refined",
        "How people are found in the network's output: 'multi_refined' finds several people and interpolates between"
        " the cells, 'multi' finds several (the steps of TensorFlow.js), 'single' finds exactly one.",
        choices=DECODERS,
    )
    max_poses: int = parameter(5, "Maximum number of people in one image.", minimum=1, maximum=100)
    pose_threshold: float = parameter(
        0.1, "Minimum score of a person, 0 to 1; people below are not published.", minimum=0.0, maximum=1.0
    )
    keypoint_threshold: float = parameter(
        0.4,
        "Minimum score of keypoints, 0 to 1. People with fewer than two such keypoints are not published. The overlay"
        " shows keypoints from this score on.",
        minimum=0.0,
        maximum=1.0,
    )
    nms_radius: float = parameter(
        15.0,
        "Distance in input pixels within which two keypoints of the same kind belong to one person (non-maximum"
        " suppression).",
        minimum=0.0,
        maximum=1000.0,
    )


@dataclass(frozen=True)
class TrackingSettings(Settings):
    """How people are tracked and smoothed from image to image."""

    tracking: bool = parameter(True, "Give each person an id that stays from image to image; false = all ids are -1.")
    track_patience: float = parameter(
        1.0, "Seconds for which a person who is not seen keeps the id.", minimum=0.0, maximum=60.0
    )
    camera_motion: bool = parameter(
        True,
        "Use the images too: estimate how the camera moved, so that ids hold while it shakes, turns or drives, and"
        " recognise people who met by the colours of their clothes. Costs about 2 ms for an image in which the camera"
        " moved, 0.2 ms for others; false = ids come from poses alone.",
    )
    smoothing: bool = parameter(
        False, "Filter each person's keypoints over time: less jitter, at the cost of up to one image of lag."
    )


@dataclass(frozen=True)
class DepthSettings(Settings):
    """How keypoints are located in space."""

    depth_tolerance: float = parameter(
        0.05,
        "Maximum difference in seconds between the stamps of an image and of the depth image that is used with it.",
        minimum=0.0,
        maximum=10.0,
    )
    max_depth: float = parameter(20.0, "Depths beyond this (in metres) are ignored.", minimum=0.5, maximum=1000.0)
    rectified: bool = parameter(False, RECTIFIED)


@dataclass(frozen=True)
class PipelineSettings(DepthSettings, TrackingSettings, DecodingSettings, NetworkSettings):
    """How people are found, tracked and located; may change with every image."""


@dataclass(frozen=True)
class PoseSettings(PipelineSettings, ModelSettings):
    """The parameters of the pose node."""

    depth: bool = parameter(
        False,
        "Locate keypoints in space, from depth_image (registered to the images) and camera_info.",
        fixed=ON_CONFIGURE,
    )
    image_transport: str = parameter(
        "raw",
        "'raw' subscribes to the topic image, 'compressed' to <image>/compressed.",
        choices=("raw", "compressed"),
        fixed=ON_CONFIGURE,
    )
    cameras: tuple[str, ...] = parameter(
        ("",),
        "Names of the cameras that the node serves, each with its own topics: <name>/image, <name>/pose and so on. One"
        " empty name = topics without a prefix.",
        fixed=ON_CONFIGURE,
    )
    max_rate: float = parameter(
        0.0,
        "Maximum rate in Hz at which the images of each camera are processed; 0 = unlimited.",
        minimum=0.0,
        maximum=1000.0,
    )
    overlay_names: bool = parameter(False, "Write the keypoints' names into the overlay, beside people who are large.")
    diagnostics_period: float = parameter(
        1.0, "Seconds between two messages on /diagnostics; 0 = no messages.", minimum=0.0, maximum=60.0
    )
    autostart: bool = parameter(
        True,
        "Configure and activate the node when it starts; false = a lifecycle manager does so.",
        fixed=AT_START,
    )
