# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The parameters of all nodes, one table each; types and defaults are those of ``config/pose.yaml``."""

from posenet_ros.estimator import DECODERS
from posenet_ros.network.restride import NATIVE_STRIDES, OUTPUT_STRIDES
from posenet_ros.ros.parameters import ParameterSpec

_TAKES_EFFECT_ON_CONFIGURE = "it takes effect when the node is configured, so deactivate and clean it up first"

_RECTIFIED = "The images are rectified: P of camera_info counts, not K and the distortion."

POSE_PARAMETERS = (
    ParameterSpec(
        "model",
        "Name of a model ('ros2 run posenet_ros models list'; 'bundled' comes with the package), or path of a .tflite"
        " file.",
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
        "Least score of a key point that starts a person, and that is drawn in the overlay; people without one are"
        " left out.",
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
    ParameterSpec("tracking", "Give each person an id that is kept from image to image; without, the ids are -1."),
    ParameterSpec(
        "track_patience",
        "Seconds for which a person who is not seen keeps the id.",
        minimum=0.0,
        maximum=60.0,
    ),
    ParameterSpec("smoothing", "Filter each person's key points: less jitter, for up to one image of lag."),
    ParameterSpec(
        "depth",
        "Locate key points in space, from depth_image (registered to the images) and camera_info.",
        fixed=_TAKES_EFFECT_ON_CONFIGURE,
    ),
    ParameterSpec(
        "depth_tolerance",
        "Seconds by which the depth image that is nearest in time may be apart from the image.",
        minimum=0.0,
        maximum=10.0,
    ),
    ParameterSpec("max_depth", "Metres from which on a depth image measures nothing.", minimum=0.5, maximum=1000.0),
    ParameterSpec("rectified", _RECTIFIED),
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
    ParameterSpec("rectified", _RECTIFIED),
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
    ParameterSpec(
        "depth_picture",
        "PNG file of 16 bits, in millimetres, that is published on depth_image beside every image, to try depth without"
        " a depth camera; empty for none.",
        fixed="it is read at start",
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
