# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import cv2
import numpy as np
import pytest
from sensor_msgs.msg import CameraInfo, Image

from posenet_ros.ros.image_messages import to_bgr


def test_picture_is_published_with_its_camera_info(start, listener, person, person_path):
    start("camera_node", source=person_path, frame_rate=20.0, field_of_view=90.0)
    images = listener.listen(Image, "image")
    infos = listener.listen(CameraInfo, "camera_info")
    listener.wait_until(lambda: len(images) > 2 and len(infos) > 2, "images")
    np.testing.assert_array_equal(to_bgr(images[-1]), person)
    info = infos[-1]
    assert (info.width, info.height) == (640, 480)
    assert info.k[0] == pytest.approx(320.0)
    assert info.header.frame_id == images[-1].header.frame_id == "camera_optical_frame"


def test_video_ends_the_node_when_it_is_not_looped(start, listener, tmp_path):
    path = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 20.0, (64, 48))
    for value in range(10):
        writer.write(np.full((48, 64, 3), 20 * value, np.uint8))
    writer.release()
    node = start("camera_node", source=path, loop=False)
    assert node.wait() == 0
    assert "the source has ended" in node.output


@pytest.mark.parametrize(
    ("parameters", "word"),
    [
        ({"source": "/nowhere/picture.png"}, "there is no file"),
        ({"source": __file__}, "cannot be opened"),
        ({"source": "'99'"}, "webcam 99 cannot be opened"),
        ({"frame_rate": -1.0}, "out of range"),
    ],
)
def test_unusable_source_ends_the_node_with_one_error(start, parameters, word):
    node = start("camera_node", **parameters)
    assert node.wait() == 1
    assert word in node.output
    assert "Traceback" not in node.output
    assert node.output.count("[FATAL]") == 1
