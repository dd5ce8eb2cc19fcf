# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The fields of a PoseArray are those of the people, and the other way round."""

from __future__ import annotations

import numpy as np
from std_msgs.msg import Header

from posenet_ros.body.location import TRUNK, person_boxes
from posenet_ros.msg import Keypoint, PoseArray
from posenet_ros.people import People
from posenet_ros.ros.messages.poses import from_pose_array, to_pose_array
from posenet_ros.skeleton import KEYPOINT_NAMES, KeypointId

SIZE = 480, 640


def two_people() -> People:
    rng = np.random.default_rng(3)
    positions = rng.uniform(1.0, 3.0, (2, 17, 3))
    positions[1] = np.nan
    return People(
        rng.uniform(0.0, 480.0, (2, 17, 2)),
        np.linspace(0.1, 0.9, 34).reshape(2, 17),
        np.array([0.8, 0.6]),
        np.array([4, 2]),
        positions,
    )


def test_a_message_there_and_back_is_the_same_people():
    people = two_people()
    back = from_pose_array(to_pose_array(people, Header(frame_id="eye"), SIZE))
    np.testing.assert_allclose(back.keypoints, people.keypoints, rtol=1e-6)
    np.testing.assert_allclose(back.keypoint_scores, people.keypoint_scores, rtol=1e-6)
    np.testing.assert_allclose(back.positions, people.positions)
    assert back.ids.tolist() == [4, 2]


def test_each_pose_tells_where_the_person_is():
    people = two_people()
    message = to_pose_array(people, Header(frame_id="eye"), SIZE, 0.3)
    assert message.header.frame_id == "eye"
    assert (message.image_height, message.image_width) == SIZE
    for pose, box in zip(message.poses, person_boxes(people, SIZE, 0.3).tolist(), strict=True):
        assert [pose.roi.x_offset, pose.roi.y_offset, pose.roi.width, pose.roi.height] == box
        assert not pose.roi.do_rectify
    known, unknown = (pose.position for pose in message.poses)
    sure = [part for part in TRUNK if people.keypoint_scores[0, part] >= 0.3]
    np.testing.assert_allclose((known.x, known.y, known.z), people.positions[0, sure].mean(axis=0))
    assert np.isnan((unknown.x, unknown.y, unknown.z)).all()


def test_keypoints_are_named_and_in_order():
    pose = to_pose_array(two_people(), Header(), SIZE).poses[0]
    assert [keypoint.id for keypoint in pose.keypoints] == list(range(17))
    assert tuple(keypoint.name for keypoint in pose.keypoints) == KEYPOINT_NAMES
    assert {part.name: getattr(Keypoint, part.name) for part in KeypointId} == {p.name: int(p) for p in KeypointId}


def test_without_ids_they_are_minus_one_and_nobody_is_an_empty_message():
    people = two_people()
    nameless = People(people.keypoints, people.keypoint_scores, people.scores)
    message = to_pose_array(nameless, Header(), SIZE)
    assert [pose.id for pose in message.poses] == [-1, -1]
    assert from_pose_array(message).ids is None
    assert from_pose_array(PoseArray()).keypoints.shape == (0, 17, 2)
