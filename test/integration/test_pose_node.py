# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The pose node alone, fed by the test."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from builtin_interfaces.msg import Time
from lifecycle_msgs.msg import State, Transition
from rcl_interfaces.msg import ParameterType
from rcl_interfaces.srv import DescribeParameters, ListParameters
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import Header

from posenet_ros.msg import PoseArray
from posenet_ros.ros.messages.images import to_image_message
from posenet_ros.ros.qos import OUTPUT
from posenet_ros.settings.pose import PoseSettings
from ros_helpers import change_state, feed, get_parameter, set_parameter, state


@pytest.mark.parametrize("encoding", ["bgr8", "rgb8", "bgra8", "rgba8", "mono8"])
def test_encodings(start, listener, any_model, person, person_keypoints, encoding):
    start("pose_node", model=any_model)
    arrays = listener.listen(PoseArray, "pose")
    conversion = {
        "rgb8": cv2.COLOR_BGR2RGB,
        "bgra8": cv2.COLOR_BGR2BGRA,
        "rgba8": cv2.COLOR_BGR2RGBA,
        "mono8": cv2.COLOR_BGR2GRAY,
    }.get(encoding)
    pixels = person if conversion is None else cv2.cvtColor(person, conversion)
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    # Rows padded to a multiple of 1024 bytes, as some drivers do.
    rows = pixels.reshape(pixels.shape[0], -1)
    step = -(-rows.shape[1] // 1024) * 1024
    padded = np.pad(rows, ((0, 0), (0, step - rows.shape[1])), constant_values=255)
    message = Image(height=480, width=640, encoding=encoding, step=step, data=padded.tobytes())
    assert channels * 640 < step
    feed(listener, Image, "image", lambda: message, arrays)
    found = np.array([(k.x, k.y) for k in arrays[-1].poses[0].keypoints])
    assert np.median(np.linalg.norm(found - person_keypoints, axis=1)) < 12.0


def test_compressed_images_on_the_remapped_topic(start, listener, any_model, person):
    start("pose_node", "-r", "image:=/front/color", model=any_model, image_transport="compressed")
    arrays = listener.listen(PoseArray, "pose")
    data = cv2.imencode(".jpg", person)[1].tobytes()
    message = CompressedImage(header=Header(frame_id="front_optical"), format="bgr8; jpeg compressed bgr8", data=data)
    feed(listener, CompressedImage, "/front/color/compressed", lambda: message, arrays)
    assert arrays[-1].header.frame_id == "front_optical"
    assert len(arrays[-1].poses) == 1


def test_stamp_and_frame_are_those_of_the_image(start, listener, any_model, person):
    start("pose_node", model=any_model)
    arrays = listener.listen(PoseArray, "pose")
    header = Header(stamp=Time(sec=12, nanosec=345), frame_id="head_camera_optical")
    feed(listener, Image, "image", lambda: to_image_message(person, header), arrays)
    assert arrays[-1].header == header


def test_image_with_nobody_gives_an_empty_array(start, listener, any_model):
    start("pose_node", model=any_model)
    arrays = listener.listen(PoseArray, "pose")
    message = to_image_message(np.zeros((120, 160, 3), np.uint8), Header(frame_id="dark"))
    feed(listener, Image, "image", lambda: message, arrays)
    assert arrays[-1].poses == []
    assert (arrays[-1].image_width, arrays[-1].image_height) == (160, 120)


@pytest.mark.parametrize(
    ("message", "word"),
    [
        (Image(height=480, width=640, encoding="bgr8", step=1920, data=bytes(1000)), "1000 bytes in all"),
        (Image(height=480, width=640, encoding="bgr8", step=640, data=bytes(640 * 480)), "rows of 640 bytes"),
        (Image(height=0, width=0, encoding="bgr8"), "empty"),
        (Image(height=2, width=2, encoding="rgb12", step=8, data=bytes(16)), "rgb12"),
    ],
)
def test_bad_image_is_named_once_and_the_node_lives_on(start, listener, any_model, person, message, word):
    node = start("pose_node", model=any_model)
    arrays = listener.listen(PoseArray, "pose")
    publisher = listener.create_publisher(Image, "image", OUTPUT)
    listener.wait_until(publisher.get_subscription_count, "the node's subscription")
    for _ in range(20):
        publisher.publish(message)
        listener.spin_for(0.05)
    listener.wait_until(lambda: word in node.output, f"an error with '{word}'")
    assert node.output.count("no poses from an image") == 1
    assert arrays == []
    good = to_image_message(person, Header())
    feed(listener, Image, "image", lambda: good, arrays)
    assert len(arrays[-1].poses) == 1


def test_every_parameter_is_declared_described_and_defaulted(start, listener, any_model):
    start("pose_node", model=any_model)
    specs = PoseSettings.parameters()
    names = list(specs)
    listed = listener.call(ListParameters, "posenet/list_parameters", ListParameters.Request()).result.names
    assert set(names) <= set(listed)
    request = DescribeParameters.Request(names=names)
    for (name, spec), descriptor in zip(
        specs.items(),
        listener.call(DescribeParameters, "posenet/describe_parameters", request).descriptors,
        strict=True,
    ):
        assert descriptor.description == spec.meaning()
        numeric = descriptor.type in (ParameterType.PARAMETER_INTEGER, ParameterType.PARAMETER_DOUBLE)
        limited = descriptor.integer_range or descriptor.floating_point_range or descriptor.additional_constraints
        assert limited or not numeric, f"{name} has neither range nor choices"
        assert not spec.fixed or spec.fixed in descriptor.additional_constraints
    assert get_parameter(listener, "output_stride").integer_value == 16


@pytest.mark.parametrize(
    ("name", "bad", "reason"),
    [
        ("output_stride", 12, "8, 16, 32"),
        ("decoder", "best", "multi, multi_refined, single"),
        ("max_poses", 0, "out of range"),
        ("pose_threshold", 1.5, "out of range"),
        ("model", "another", "clean up the node first"),
        ("max_poses", "many", "expected an integer from 1 to 100"),
    ],
)
def test_bad_value_is_refused_and_the_old_one_stays(start, listener, any_model, name, bad, reason):
    start("pose_node", model=any_model)
    before = get_parameter(listener, name)
    result = set_parameter(listener, name, bad)
    assert not result.successful
    assert reason in result.reason
    assert get_parameter(listener, name) == before


def test_stride_size_and_decoder_change_at_run_time(start, listener, float_model, couple):
    node = start("pose_node", model=float_model)
    arrays = listener.listen(PoseArray, "pose")
    message = to_image_message(cv2.resize(couple, None, fx=0.3, fy=0.3), Header())
    feed(listener, Image, "image", lambda: message, arrays)
    assert len(arrays[-1].poses) == 2
    for name, value, seen in (
        ("output_stride", 8, "output stride 8, input 257x257"),
        ("input_width", 480, "output stride 8, input 257x481"),
        ("output_stride", 32, "output stride 32, input 257x481"),
    ):
        assert set_parameter(listener, name, value).successful
        feed(listener, Image, "image", lambda: message, arrays, count=len(arrays) + 2)
        assert seen in node.output
    assert set_parameter(listener, "decoder", "single").successful
    feed(listener, Image, "image", lambda: message, arrays, count=len(arrays) + 2)
    assert len(arrays[-1].poses) == 1
    assert node.process.poll() is None


def test_lifecycle(start, listener, any_model, person):
    start("pose_node", model=any_model, autostart=False)
    arrays = listener.listen(PoseArray, "pose")

    def subscribers():
        return listener.count_subscribers("image")

    assert state(listener) == State.PRIMARY_STATE_UNCONFIGURED
    assert change_state(listener, Transition.TRANSITION_CONFIGURE)
    assert state(listener) == State.PRIMARY_STATE_INACTIVE
    assert subscribers() == 0
    message = to_image_message(person, Header())
    for _ in range(2):
        assert change_state(listener, Transition.TRANSITION_ACTIVATE)
        feed(listener, Image, "image", lambda: message, arrays, count=len(arrays) + 1)
        assert change_state(listener, Transition.TRANSITION_DEACTIVATE)
        listener.wait_until(lambda: subscribers() == 0, "the subscription to go")
    assert change_state(listener, Transition.TRANSITION_CLEANUP)
    assert state(listener) == State.PRIMARY_STATE_UNCONFIGURED
    assert change_state(listener, Transition.TRANSITION_CONFIGURE)


@pytest.mark.parametrize(
    ("reached", "shutdown"),
    [
        ([], Transition.TRANSITION_UNCONFIGURED_SHUTDOWN),
        ([Transition.TRANSITION_CONFIGURE], Transition.TRANSITION_INACTIVE_SHUTDOWN),
        ([Transition.TRANSITION_CONFIGURE, Transition.TRANSITION_ACTIVATE], Transition.TRANSITION_ACTIVE_SHUTDOWN),
    ],
)
def test_shutdown_from_any_state(start, listener, any_model, reached, shutdown):
    node = start("pose_node", model=any_model, autostart=False)
    for transition in [*reached, shutdown]:
        assert change_state(listener, transition)
    assert state(listener) == State.PRIMARY_STATE_FINALIZED
    listener.wait_until(lambda: listener.count_subscribers("image") == 0, "the subscription to go")
    assert node.end() == 0


@pytest.mark.parametrize(
    ("parameters", "word"),
    [
        ({"model": "/nowhere/net.tflite"}, "there is no model file"),
        ({"model": __file__}, "is no TensorFlow Lite model"),
        ({"output_stride": 12}, "expected one of 8, 16, 32"),
        ({"max_poses": 0}, "out of range"),
    ],
)
def test_failed_start_leaves_the_node_unconfigured_and_can_be_mended(start, listener, any_model, parameters, word):
    node = start("pose_node", **({"model": any_model} | parameters))
    assert state(listener) == State.PRIMARY_STATE_UNCONFIGURED
    assert word in node.output
    assert node.output.count("[ERROR]") == 1
    for name in parameters:
        good = str(any_model) if name == "model" else {"output_stride": 16, "max_poses": 5}[name]
        assert set_parameter(listener, name, good).successful
    assert change_state(listener, Transition.TRANSITION_CONFIGURE)
    assert node.end() == 0
