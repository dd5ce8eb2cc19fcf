# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What the bridges publish, field by field; with the real messages where their packages are installed."""

from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from builtin_interfaces.msg import Time
from geometry_msgs.msg import PointStamped
from std_msgs.msg import Header

from posenet_ros.errors import MissingPackageError
from posenet_ros.msg import PoseArray
from posenet_ros.people import People
from posenet_ros.ros.bridges import optional_messages
from posenet_ros.ros.bridges.detections import DetectionsBridge
from posenet_ros.ros.bridges.frames import FramesBridge
from posenet_ros.ros.bridges.humans import HumansBridge
from posenet_ros.ros.messages.poses import from_pose_array, to_pose_array
from posenet_ros.skeleton import KEYPOINT_NAMES, KeypointId
from stand_in_messages import messages_of

SIZE = 480, 640


class RecordingNode:
    """Keeps what is published, by topic, and which publishers are left."""

    def __init__(self) -> None:
        self.published: dict[str, list] = {}
        self.topics: set[str] = set()
        self.warnings: list[str] = []

    def create_publisher(self, kind, topic, qos):
        assert topic not in self.topics
        self.topics.add(topic)

        def publish(message):
            assert isinstance(message, kind)
            self.published.setdefault(topic, []).append(message)

        return SimpleNamespace(publish=publish, topic=topic)

    def destroy_publisher(self, publisher):
        self.topics.remove(publisher.topic)

    def get_logger(self):
        return SimpleNamespace(warning=lambda text, **_: self.warnings.append(text))

    def last(self, topic):
        return self.published[topic][-1]


@pytest.fixture
def node(monkeypatch) -> RecordingNode:
    monkeypatch.setattr(optional_messages, "import_module", lambda name: messages_of(name.removesuffix(".msg")))
    return RecordingNode()


def header(seconds: float = 1.0) -> Header:
    return Header(frame_id="eye", stamp=Time(sec=int(seconds), nanosec=round(1e9 * (seconds % 1.0))))


@pytest.fixture
def people(person_keypoints) -> People:
    """Return two people: one with positions 2 m ahead, who faces the camera, and one without."""
    keypoints = np.stack((person_keypoints, 0.5 * person_keypoints))
    positions = np.full((2, 17, 3), np.nan)
    positions[0] = np.column_stack(((person_keypoints - (319.5, 239.5)) / 277.0, np.full(17, 2.0)))
    scores = np.full((2, 17), 0.9)
    scores[:, KeypointId.LEFT_WRIST] = 0.2
    return People(keypoints, scores, np.array([0.8, 0.6]), np.array([4, 12]), positions)


def publish(bridge, people: People, seconds: float = 1.0) -> PoseArray:
    message = to_pose_array(people, header(seconds), SIZE)
    bridge.publish(message, from_pose_array(message), 0.5)
    return message


def test_detections_are_the_boxes_of_people(node, people):
    message = publish(DetectionsBridge(node), people)
    flat = node.last("pose/detections")
    assert flat.header == message.header
    assert [detection.id for detection in flat.detections] == ["4", "12"]
    for detection, pose in zip(flat.detections, message.poses, strict=True):
        box = detection.bbox
        corner = box.center.position.x - box.size_x / 2, box.center.position.y - box.size_y / 2
        assert corner == (pose.roi.x_offset, pose.roi.y_offset)
        assert (box.size_x, box.size_y) == (pose.roi.width, pose.roi.height)
        (result,) = detection.results
        assert result.hypothesis.class_id == "person"
        assert result.hypothesis.score == pytest.approx(pose.score)
        assert detection.header == message.header


def test_detections_in_space_are_those_with_positions(node, people):
    message = publish(DetectionsBridge(node), people)
    (detection,) = node.last("pose/detections_3d").detections
    assert detection.id == "4"
    centre, size = detection.bbox.center, detection.bbox.size
    assert centre.orientation.w == 1.0
    assert detection.results[0].pose.pose.position == message.poses[0].position
    sure = np.arange(17) != KeypointId.LEFT_WRIST
    known = people.positions[0, sure]
    middle = np.array((centre.position.x, centre.position.y, centre.position.z))
    half = np.array((size.x, size.y, size.z)) / 2
    assert (middle - half < known.min(axis=0)).all()
    assert (middle + half > known.max(axis=0)).all()


def test_people_without_ids_have_detections_without_ids(node, people):
    publish(DetectionsBridge(node), People(people.keypoints, people.keypoint_scores, people.scores))
    assert [detection.id for detection in node.last("pose/detections").detections] == ["", ""]
    publish(DetectionsBridge(RecordingNode()), People.nobody())


def test_bodies_have_the_topics_of_rep_155(node, people):
    bridge = HumansBridge(node, patience=1.0)
    message = publish(bridge, people)
    tracked = node.last("/humans/bodies/tracked")
    assert tracked.header == message.header
    assert len(tracked.ids) == 2
    prefixes = {name[:3] for name in tracked.ids}
    assert len(prefixes) == 1
    assert [name[3:] for name in tracked.ids] == ["4", "12"]
    # A part of a topic's name begins with a letter.
    assert all(name.isalnum() and name[0].isalpha() for name in tracked.ids)
    for name in tracked.ids:
        assert {f"/humans/bodies/{name}/{topic}" for topic in ("skeleton2d", "roi", "position")} <= node.topics


def test_skeletons_have_the_points_of_hri_msgs_in_their_order(node, people):
    bridge = HumansBridge(node, patience=1.0)
    message = publish(bridge, people)
    name = node.last("/humans/bodies/tracked").ids[0]
    skeleton = node.last(f"/humans/bodies/{name}/skeleton2d")
    assert skeleton.header == message.header
    found = np.array([(point.x, point.y) for point in skeleton.skeleton])
    keypoints = (people.keypoints[0] + 0.5) / (640, 480)
    # The order of the constants in hri_msgs/Skeleton2D.
    order = "nose neck rightShoulder rightElbow rightWrist leftShoulder leftElbow leftWrist rightHip rightKnee"
    order += " rightAnkle leftHip leftKnee leftAnkle leftEye rightEye leftEar rightEar"
    for part, point in zip(order.split(), found, strict=True):
        if part == "neck":
            np.testing.assert_allclose(point, keypoints[[5, 6]].mean(axis=0), rtol=1e-6)
        else:
            np.testing.assert_allclose(point, keypoints[KEYPOINT_NAMES.index(part)], rtol=1e-6)
    confidences = [point.c for point in skeleton.skeleton]
    assert confidences[7] == pytest.approx(0.2)
    assert confidences[1] == pytest.approx(0.9)


def test_points_outside_the_image_are_on_its_border_and_not_trusted(node, people):
    shifted = people.moved_to(people.keypoints + (400.0, 0.0))
    shifted.keypoints[0, KeypointId.NOSE] = np.nan
    bridge = HumansBridge(node, patience=1.0)
    message = to_pose_array(shifted, header(), SIZE)
    bridge.publish(message, from_pose_array(message), 0.5)
    name = node.last("/humans/bodies/tracked").ids[0]
    for point in node.last(f"/humans/bodies/{name}/skeleton2d").skeleton:
        assert 0.0 <= point.x <= 1.0
        assert 0.0 <= point.y <= 1.0
        assert point.c == 0.0
    assert f"/humans/bodies/{name}/roi" not in node.published or all(
        0.0 <= region.xmin <= region.xmax <= 1.0 for region in node.published[f"/humans/bodies/{name}/roi"]
    )


def test_regions_and_positions_are_those_of_the_pose(node, people):
    message = publish(HumansBridge(node, patience=1.0), people)
    known, unknown = node.last("/humans/bodies/tracked").ids
    for name, pose in zip((known, unknown), message.poses, strict=True):
        region, roi = node.last(f"/humans/bodies/{name}/roi"), pose.roi
        assert region.header == message.header
        assert (region.xmin * 640, region.ymin * 480) == pytest.approx((roi.x_offset, roi.y_offset))
        assert (region.xmax * 640, region.ymax * 480) == pytest.approx(
            (roi.x_offset + roi.width, roi.y_offset + roi.height)
        )
        assert region.c == pytest.approx(pose.score)
    assert node.last(f"/humans/bodies/{known}/position") == PointStamped(
        header=message.header, point=message.poses[0].position
    )
    assert f"/humans/bodies/{unknown}/position" not in node.published


def test_body_frames_are_between_the_hips_and_face_where_the_person_faces(node, people):
    publish(HumansBridge(node, patience=1.0), people)
    known, _ = node.last("/humans/bodies/tracked").ids
    (transform,) = node.last("/tf").transforms
    assert transform.child_frame_id == f"body_{known}"
    assert transform.header.frame_id == "eye"
    place = transform.transform.translation
    hips = people.positions[0, [KeypointId.LEFT_HIP, KeypointId.RIGHT_HIP]].mean(axis=0)
    np.testing.assert_allclose((place.x, place.y, place.z), hips)
    # x of the body points to the camera: -z of the optical frame, of which the quaternion turns x into.
    q = transform.transform.rotation
    ahead = 2 * (q.x * q.z - q.y * q.w)
    assert ahead == pytest.approx(-1.0, abs=0.01)


def test_bodies_that_are_gone_lose_their_topics_after_a_while(node, people):
    bridge = HumansBridge(node, patience=0.5)
    publish(bridge, people, 1.0)
    first, second = node.last("/humans/bodies/tracked").ids
    only = people.select(np.array([1]))
    publish(bridge, only, 1.4)
    assert node.last("/humans/bodies/tracked").ids == [first, second]
    assert len(node.published[f"/humans/bodies/{first}/skeleton2d"]) == 1
    publish(bridge, only, 1.6)
    assert node.last("/humans/bodies/tracked").ids == [second]
    assert not {topic for topic in node.topics if first in topic}
    publish(bridge, people, 1.7)
    assert node.last("/humans/bodies/tracked").ids == [first, second]


def test_bodies_need_ids(node, people):
    publish(HumansBridge(node, patience=1.0), People(people.keypoints, people.keypoint_scores, people.scores))
    assert node.last("/humans/bodies/tracked").ids == []
    assert "tracking" in node.warnings[0]


def test_each_person_with_a_position_has_a_frame(node, people):
    bridge = FramesBridge(node, keypoints=False)
    message = publish(bridge, people)
    (transform,) = node.last("/tf").transforms
    assert (transform.header.frame_id, transform.child_frame_id) == ("eye", "person_4")
    assert transform.header.stamp == message.header.stamp
    place, position = transform.transform.translation, message.poses[0].position
    assert (place.x, place.y, place.z) == (position.x, position.y, position.z)
    assert transform.transform.rotation.w == 1.0
    count = len(node.published["/tf"])
    publish(bridge, people.select(np.array([1])))
    publish(bridge, People(people.keypoints, people.keypoint_scores, people.scores))
    assert len(node.published["/tf"]) == count, "a person who is gone, or has no id, has no frame"


def test_keypoints_have_frames_if_asked_for(node, people):
    publish(FramesBridge(node, keypoints=True), people)
    transforms = {transform.child_frame_id: transform for transform in node.last("/tf").transforms}
    sure = [name for name in KEYPOINT_NAMES if name != "leftWrist"]
    assert set(transforms) == {"person_4", *(f"person_4_{name}" for name in sure)}
    place = transforms["person_4_nose"].transform.translation
    np.testing.assert_allclose((place.x, place.y, place.z), people.positions[0, KeypointId.NOSE])
    assert not any(math.isnan(t.transform.translation.x) for t in transforms.values())


def test_the_documentation_names_every_topic_and_frame(node, people):
    text = (Path(__file__).resolve().parents[2] / "docs" / "bridge.md").read_text(encoding="utf-8")
    for bridge in (DetectionsBridge(node), HumansBridge(node, patience=1.0)):
        publish(bridge, people)
    frames = FramesBridge(RecordingNode(), keypoints=True)
    publish(frames, people)
    name = node.last("/humans/bodies/tracked").ids[0]
    for topic in node.topics:
        assert f"`{topic.replace(name, '<id>').replace(name[:3] + '12', '<id>')}`" in text or topic == "/tf"
    assert all(f"`{frame}`" in text for frame in ("/tf", "body_<id>", "person_<id>", "person_<id>_<keypoint>"))


def test_a_missing_package_is_named_with_the_cure():
    with pytest.raises(MissingPackageError, match=r"'humans' needs the package no_such_msgs.*ros-\S+-no-such-msgs"):
        optional_messages.import_messages("no_such_msgs", "humans")
