# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The markers that come out for poses that go in; each array is checked against the rules of RViz."""

from __future__ import annotations

import math

import numpy as np
import pytest
from builtin_interfaces.msg import Time
from sensor_msgs.msg import CameraInfo
from std_msgs.msg import Header
from visualization_msgs.msg import Marker, MarkerArray

from posenet_ros.camera_model import PinholeCamera
from posenet_ros.msg import PoseArray
from posenet_ros.people import People
from posenet_ros.ros.messages.poses import to_pose_array
from posenet_ros.ros.qos import OUTPUT
from posenet_ros.skeleton import FACE, LIMBS

SIZE = 480, 640
KINDS = {
    "joints": Marker.SPHERE_LIST,
    "limbs": Marker.LINE_LIST,
    "heads": Marker.SPHERE,
    "labels": Marker.TEXT_VIEW_FACING,
    "boxes": Marker.LINE_LIST,
    "trails": Marker.LINE_STRIP,
}
ALWAYS = ("joints", "limbs", "heads", "labels")
BODY_LIMBS = [limb for limb in LIMBS if limb[0] not in FACE]


def check_rules(array: MarkerArray) -> None:
    """Assert what RViz would complain about, and what the package promises."""
    assert len({(marker.ns, marker.id) for marker in array.markers}) == len(array.markers)
    for marker in array.markers:
        assert marker.ns in KINDS
        assert marker.action in (Marker.ADD, Marker.DELETE)  # no DELETEALL, which flickers
        if marker.action == Marker.DELETE:
            continue
        assert marker.type == KINDS[marker.ns]
        q = marker.pose.orientation
        assert math.isclose(q.x**2 + q.y**2 + q.z**2 + q.w**2, 1.0)
        coordinates = [(p.x, p.y, p.z) for p in (*marker.points, marker.pose.position)]
        assert np.isfinite(coordinates).all()
        if marker.ns == "labels":
            assert marker.text
            assert marker.scale.z > 0.0
        elif marker.ns == "heads":
            assert not marker.points
            assert marker.scale.x == marker.scale.y == marker.scale.z > 0.0
        else:
            assert marker.points
            assert marker.scale.x > 0.0
            assert len(marker.colors) in (0, len(marker.points))
        if marker.ns == "joints":
            assert marker.scale.x == marker.scale.y == marker.scale.z
        if marker.type == Marker.LINE_LIST:
            assert len(marker.points) % 2 == 0
        for colour in (*marker.colors, marker.color):
            assert all(0.0 <= channel <= 1.0 for channel in (colour.r, colour.g, colour.b))
            assert 0.0 < colour.a <= 1.0


@pytest.fixture
def show(start, listener):
    """Return a function that sends people to a visualizer and returns the markers of that message."""
    publishers = {}
    arrays = listener.listen(MarkerArray, "pose/markers")
    stamps = iter(range(1, 10_000))

    def send(people: People, **parameters) -> MarkerArray:
        if not publishers:
            start("visualizer_node", **parameters)
            publishers["pose"] = listener.create_publisher(PoseArray, "pose", OUTPUT)
            ready = publishers["pose"].get_subscription_count
            listener.wait_until(lambda: ready() and listener.count_publishers("pose/markers"), "the visualizer")
        message = people if isinstance(people, PoseArray) else to_pose_array(people, Header(frame_id="eye"), SIZE)
        message.header.stamp = Time(sec=next(stamps))

        def answer():
            return [a for a in arrays if a.markers and a.markers[0].header.stamp == message.header.stamp]

        def sent():
            # Again and again: the first may come before the connection stands.
            publishers["pose"].publish(message)
            listener.spin_for(0.05)
            return answer()

        listener.wait_until(sent, "markers")
        check_rules(answer()[0])
        return answer()[0]

    return send


@pytest.fixture
def people(person_keypoints) -> People:
    """Return three people beside each other, with ids and every score from 0.2 to 0.95."""
    keypoints = np.stack([person_keypoints * 0.6 + (x, 0.0) for x in (-100.0, 60.0, 220.0)])
    scores = np.linspace(0.2, 0.95, 51).reshape(3, 17)
    return People(keypoints, scores, np.array([0.9, 0.8, 0.7]), np.array([7, 3, 12]))


def markers_of(array: MarkerArray, action: int = Marker.ADD) -> dict[tuple[str, int], Marker]:
    return {(marker.ns, marker.id): marker for marker in array.markers if marker.action == action}


def test_each_person_has_joints_limbs_and_a_label(show, people):
    shown = markers_of(show(people, keypoint_threshold=0.0))
    assert set(shown) == {(ns, number) for ns in ALWAYS for number in (3, 7, 12)}
    for person, number in enumerate(people.ids.tolist()):
        joints, limbs, head, label = (shown[ns, number] for ns in ALWAYS)
        assert len(joints.points) == 17
        # The neck joins the head to the shoulders.
        assert len(limbs.points) == 2 * (len(BODY_LIMBS) + 1)
        assert limbs.points[-1] == head.pose.position
        assert [colour.a for colour in joints.colors] == pytest.approx(people.keypoint_scores[person].tolist())
        assert label.text == f"{number}: {people.scores[person]:.2f}"
        assert {marker.header.frame_id for marker in (joints, limbs, head, label)} == {"eye"}
        assert all(marker.lifetime.sec == 0 and marker.lifetime.nanosec == 500_000_000 for marker in shown.values())
    hues = {number: shown["labels", number].color for number in (3, 7, 12)}
    colours = np.array([(colour.r, colour.g, colour.b) for colour in hues.values()])
    assert np.linalg.norm(colours[:, None] - colours[None], axis=-1)[~np.eye(3, dtype=bool)].min() > 0.2


def test_unsure_key_points_are_left_out_with_their_limbs(show, people):
    threshold = 0.5
    shown = markers_of(show(people, keypoint_threshold=threshold))
    for person, number in enumerate(people.ids.tolist()):
        sure = people.keypoint_scores[person].astype(np.float32) >= threshold
        limbs = sum(bool(sure[a] and sure[b]) for a, b in BODY_LIMBS) + bool(sure[[5, 6]].all() and sure[:5].any())
        assert (("joints", number) in shown) == (("labels", number) in shown) == sure.any()
        assert (("heads", number) in shown) == sure[:5].any()
        if sure.any():
            assert len(shown["joints", number].points) == sure.sum()
        assert (("limbs", number) in shown) == (limbs > 0)
        if limbs:
            assert len(shown["limbs", number].points) == 2 * limbs


def test_people_who_leave_are_deleted_and_those_who_stay_are_not(show, people):
    show(people, keypoint_threshold=0.0)
    second = show(people.select(np.array([0, 2])))
    assert {key[1] for key in markers_of(second)} == {7, 12}
    assert set(markers_of(second, Marker.DELETE)) == {(ns, 3) for ns in ALWAYS}
    third = show(People.nobody().identified_as(np.zeros(0, np.int64)))
    assert set(markers_of(third, Marker.DELETE)) == {(ns, number) for ns in ALWAYS for number in (7, 12)}
    back = show(people)
    assert {key[1] for key in markers_of(back)} == {3, 7, 12}
    assert not markers_of(back, Marker.DELETE)


def test_people_who_change_places_in_the_order_keep_marker_and_colour(show, people):
    first = markers_of(show(people, keypoint_threshold=0.0))
    again = markers_of(show(people.select(np.array([2, 0, 1]))))
    for key, marker in first.items():
        assert again[key].points == marker.points
        assert again[key].color == marker.color


def test_without_ids_the_order_counts(show, people):
    nameless = People(people.keypoints, people.keypoint_scores, people.scores)
    assert {key[1] for key in markers_of(show(nameless, keypoint_threshold=0.0))} == {0, 1, 2}


def test_limbs_that_vanish_are_deleted(show, people):
    one = people.select(np.array([2]))
    show(one, keypoint_threshold=0.5)
    scores = np.zeros((1, 17))
    scores[0, 0] = 0.9
    array = show(People(one.keypoints, scores, one.scores, one.ids))
    assert set(markers_of(array)) == {("joints", 12), ("heads", 12), ("labels", 12)}
    assert set(markers_of(array, Marker.DELETE)) == {("limbs", 12)}


def test_known_positions_are_used_and_others_are_on_the_plane(show, people):
    positions = np.full((3, 17, 3), np.nan)
    positions[0, :10] = np.arange(30.0).reshape(10, 3) / 10 + 1.0
    joints = markers_of(show(people.located_at(positions), keypoint_threshold=0.0, plane_distance=3.0))["joints", 7]
    found = np.array([(point.x, point.y, point.z) for point in joints.points])
    np.testing.assert_allclose(found[:10], positions[0, :10])
    camera = PinholeCamera.from_field_of_view(640, 480, 60.0)
    np.testing.assert_allclose(found[10:], camera.on_plane(people.keypoints[0, 10:], 3.0), rtol=1e-5, atol=1e-5)


def test_left_is_lighter_than_right(show, people):
    joints = markers_of(show(people, keypoint_threshold=0.0))["joints", 7]
    brightness = [colour.r + colour.g + colour.b for colour in joints.colors]
    for left, right in ((5, 6), (7, 8), (9, 10), (11, 12), (13, 14), (15, 16)):
        assert brightness[left] > brightness[right] + 0.3


def test_limbs_are_as_thick_as_the_person_is_large(show, people, person_keypoints):
    keypoints = np.stack((person_keypoints, 0.25 * person_keypoints))
    two = People(keypoints, np.ones((2, 17)), np.ones(2), np.array([1, 2]))
    shown = markers_of(show(two, joint_diameter=0.04))
    for ns, field in (("limbs", "x"), ("joints", "x"), ("heads", "x")):
        large, small = (getattr(shown[ns, number].scale, field) for number in (1, 2))
        assert small == pytest.approx(0.25 * large, rel=0.02)
    # 380 of 480 rows at a distance of 2 m, with a field of view of 60 degrees, are a person of 1.37 m.
    assert shown["limbs", 1].scale.x == pytest.approx(0.04 * 1.37 / 1.7, rel=0.15)
    assert shown["heads", 1].scale.x == pytest.approx(0.2 * 1.37 / 1.7, rel=0.15)


def test_a_head_is_at_the_face_and_behind_it(show, people):
    shown = markers_of(show(people, keypoint_threshold=0.0))
    for number in people.ids.tolist():
        face = np.array([(p.x, p.y, p.z) for p in shown["joints", number].points[:5]]).mean(axis=0)
        head = shown["heads", number]
        centre = np.array((head.pose.position.x, head.pose.position.y, head.pose.position.z))
        assert np.cross(face, centre) == pytest.approx(0.0, abs=1e-6)
        assert 0.0 < np.linalg.norm(centre) - np.linalg.norm(face) < 0.5 * head.scale.x


def test_labels_cover_no_head_and_no_other_label(show, person_keypoints):
    """Eight people close together, as the camera sees them."""
    keypoints = np.stack([0.4 * person_keypoints + (40.0 * n, 20.0 * (n % 3)) for n in range(8)])
    crowd = People(keypoints, np.ones((8, 17)), np.ones(8), np.arange(1, 9))
    shown = markers_of(show(crowd))

    def seen(marker: Marker, width: float, height: float) -> tuple[np.ndarray, np.ndarray]:
        position = marker.pose.position
        middle, half = np.array((position.x, position.y)), np.array((width, height)) / 2.0
        return (middle - half) / position.z, (middle + half) / position.z

    def overlap(a: tuple[np.ndarray, np.ndarray], b: tuple[np.ndarray, np.ndarray]) -> bool:
        return bool(((a[0] < b[1]) & (b[0] < a[1])).all())

    labels = [shown["labels", number] for number in range(1, 9)]
    # Measured in RViz: a letter is 0.65 times as wide as high.
    areas = [seen(label, 0.65 * label.scale.z * len(label.text), label.scale.z) for label in labels]
    heads = [seen(shown["heads", n], shown["heads", n].scale.x, shown["heads", n].scale.x) for n in range(1, 9)]
    assert not any(overlap(a, b) for number, a in enumerate(areas) for b in areas[:number])
    assert not any(overlap(label, head) for label in areas for head in heads)


def test_boxes_and_trails_are_there_when_asked_for(show, people):
    show(people, keypoint_threshold=0.0, show_boxes=True, trail_duration=5.0)
    moved = people.moved_to(people.keypoints + (10.0, 0.0))
    shown = markers_of(show(moved))
    for number in people.ids.tolist():
        joints = np.array([(p.x, p.y, p.z) for p in shown["joints", number].points])
        box = np.array([(p.x, p.y, p.z) for p in shown["boxes", number].points])
        assert len(box) == 24
        assert (box.min(axis=0) < joints.min(axis=0)).all()
        assert (box.max(axis=0) > joints.max(axis=0)).all()
        trail = shown["trails", number].points
        assert len(trail) == 2
        assert trail[1].x > trail[0].x
    gone = markers_of(show(People.nobody().identified_as(np.zeros(0, np.int64))), Marker.DELETE)
    assert {ns for ns, _ in gone} == set(KINDS)


@pytest.mark.parametrize("lens", [(), (-0.3, 0.1, 0.0, 0.0, 0.0)])
def test_rays_are_those_of_camera_info(show, listener, people, lens):
    show(people, keypoint_threshold=0.0)
    info = CameraInfo(width=1280, height=1000, distortion_model="plumb_bob", d=list(lens), binning_x=2, binning_y=2)
    info.k = [900.0, 0.0, 600.0, 0.0, 910.0, 520.0, 0.0, 0.0, 1.0]
    info.roi.x_offset, info.roi.y_offset, info.roi.width, info.roi.height = 0, 20, 1280, 960
    publisher = listener.create_publisher(CameraInfo, "camera_info", OUTPUT)
    camera = PinholeCamera(450.0, 455.0, 300.0, 250.0, "plumb_bob", lens)
    expected = camera.on_plane(people.keypoints[0], 2.0)

    def found():
        publisher.publish(info)
        listener.spin_for(0.05)
        points = markers_of(show(people))["joints", 7].points
        return np.allclose([(point.x, point.y, point.z) for point in points], expected, atol=1e-4)

    listener.wait_until(found, "markers on the rays of the calibrated camera")


def test_hostile_poses_give_harmless_markers(show, people):
    message = to_pose_array(people, Header(frame_id="eye"), SIZE)
    for pose in message.poses:
        pose.id = 5  # all alike
    first, second, third = message.poses
    for keypoint in first.keypoints:
        keypoint.x, keypoint.score = math.nan, 0.9
    for keypoint in second.keypoints:
        keypoint.y, keypoint.score, keypoint.position.x = math.inf, 7.0, math.inf
    for keypoint in third.keypoints:
        keypoint.score = math.nan if keypoint.id % 2 else 3.0
    message.image_width = 0
    shown = markers_of(show(message))
    assert {key[1] for key in shown} == {2}


def test_when_poses_stop_nothing_keeps_the_markers_alive(show, listener, people):
    """RViz drops them after their lifetime, unless they are sent again."""
    array = show(people, marker_lifetime=0.25)
    assert {(m.lifetime.sec, m.lifetime.nanosec) for m in array.markers} == {(0, 250_000_000)}
    listener.spin_for(0.3)
    arrays = listener.received["pose/markers"]
    count = len(arrays)
    listener.spin_for(1.0)
    assert len(arrays) == count
