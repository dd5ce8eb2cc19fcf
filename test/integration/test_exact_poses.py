# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The real node with the model that is exact by construction: what is published is right to a thousandth of a pixel."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import Header

from mini_posenet import SCORE, keypoints_of, paint
from posenet_ros.msg import PoseArray
from posenet_ros.ros.messages.images import to_image_message
from posenet_ros.skeleton import KEYPOINT_NAMES
from ros_helpers import feed, set_parameter

PLACES = [(33, 21)]


def check(message: PoseArray, places: list[tuple[int, int]] = PLACES) -> None:
    poses = sorted(message.poses, key=lambda pose: pose.keypoints[0].x)
    found = np.array([[(k.x, k.y) for k in pose.keypoints] for pose in poses])
    np.testing.assert_allclose(found, keypoints_of(places), atol=1e-3)
    for pose in poses:
        assert [k.name for k in pose.keypoints] == list(KEYPOINT_NAMES)
        np.testing.assert_allclose([k.score for k in pose.keypoints], SCORE, atol=1e-5)
        assert pose.score == pytest.approx(SCORE, abs=1e-5)


def test_every_stride_is_exact_while_the_node_runs(start, listener, mini_model):
    # Between the cells of stride 32, where multi_refined reads, the model is not exact.
    start("pose_node", model=mini_model, decoder="multi")
    arrays = listener.listen(PoseArray, "pose")
    image = to_image_message(paint((257, 257), PLACES), Header(frame_id="eye"))
    for stride in (16, 8, 32):
        assert set_parameter(listener, "output_stride", stride).successful
        arrays.clear()
        feed(listener, Image, "image", lambda: image, arrays, count=3)
        for message in arrays:
            check(message)


def test_two_people_at_another_size(start, listener, mini_model):
    places = [(27, 35), (251, 61)]
    start("pose_node", model=mini_model, input_height=289, input_width=481)
    arrays = listener.listen(PoseArray, "pose")
    image = to_image_message(paint((289, 481), places), Header(frame_id="eye"))
    feed(listener, Image, "image", lambda: image, arrays, count=2)
    check(arrays[-1], places)
    assert {pose.id for pose in arrays[-1].poses} == {1, 2}


def test_compressed_images_are_exact(start, listener, mini_model):
    start("pose_node", model=mini_model, image_transport="compressed")
    arrays = listener.listen(PoseArray, "pose")
    data = cv2.imencode(".png", paint((257, 257), PLACES))[1].tobytes()
    message = CompressedImage(format="bgr8; png compressed bgr8", data=data)
    feed(listener, CompressedImage, "image/compressed", lambda: message, arrays)
    check(arrays[-1])
