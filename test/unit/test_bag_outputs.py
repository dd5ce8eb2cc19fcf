# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What posenet-bag writes for a bag."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest
import yaml

pytest.importorskip("rosbags", reason="rosbags is an optional library")

from bag_maker import (
    COMPRESSED,
    DELAY_NS,
    FRAME,
    IMAGE,
    START_NS,
    STORE,
    CompressionMode,
    Recorder,
    image_message,
    png_message,
    record_images,
    stamp_ns,
    text_message,
)
from bag_reader import keypoints_of, read_output, stamp_of
from bag_runs import POSE_TOPIC, SIZE, find_people, keypoints_in, walk

from mini_posenet import paint
from posenet_ros.skeleton import KEYPOINT_NAMES

IMAGES = 5


def check_poses(folder, topic=POSE_TOPIC, numbers=range(IMAGES)):
    """Assert that the poses of the walking person are there, one message an image, with its stamp and frame."""
    found = read_output(folder, topic)
    assert [time for _, time, _ in found] == [stamp_ns(number) + DELAY_NS for number in numbers]
    for number, (_, _, message) in zip(numbers, found, strict=True):
        assert stamp_of(message) == stamp_ns(number)
        assert message.header.frame_id == FRAME
        assert (message.image_height, message.image_width) == SIZE
        np.testing.assert_allclose(keypoints_of(message), keypoints_in(number), atol=1e-3)
        assert [pose.id for pose in message.poses] == [1]
        assert [keypoint.name for keypoint in message.poses[0].keypoints] == list(KEYPOINT_NAMES)
        assert [keypoint.id for keypoint in message.poses[0].keypoints] == list(range(17))
        assert np.isnan(message.poses[0].keypoints[0].position.x)


@pytest.mark.parametrize("storage", ["mcap", "sqlite3"])
@pytest.mark.parametrize("topic", ["/camera/image_raw", "/camera/image_raw/compressed"])
def test_each_image_gives_poses_with_its_stamp_and_frame(tmp_path, mini_model, storage, topic):
    bag = record_images(walk(IMAGES), topic).write(tmp_path / "walk", storage)
    other = {"mcap": "sqlite3", "sqlite3": "mcap"}[storage]
    assert find_people([bag], tmp_path / "out", mini_model, storage=other) == 0
    check_poses(tmp_path / "out" / "walk")
    assert {topic for topic, _, _ in read_output(tmp_path / "out" / "walk")} == {POSE_TOPIC}


@pytest.mark.parametrize(
    ("storage", "mode"),
    [
        ("mcap", CompressionMode.STORAGE),
        ("mcap", CompressionMode.MESSAGE),
        ("mcap", CompressionMode.FILE),
        ("sqlite3", CompressionMode.MESSAGE),
        ("sqlite3", CompressionMode.FILE),
    ],
)
@pytest.mark.parametrize("with_metadata", [True, False])
def test_every_compression_is_read_with_and_without_metadata(tmp_path, mini_model, storage, mode, with_metadata):
    bag = record_images(walk(IMAGES)).write(tmp_path / "walk", storage, mode)
    if not with_metadata:
        (bag / "metadata.yaml").unlink()
    assert find_people([bag], tmp_path / "out", mini_model) == 0
    check_poses(tmp_path / "out" / "walk")


def test_old_type_names_are_read(tmp_path, mini_model):
    recorder = record_images(walk(IMAGES))
    bag = recorder.write(tmp_path / "walk", type_names={IMAGE: "sensor_msgs/Image"})
    assert find_people([bag], tmp_path / "out", mini_model) == 0
    check_poses(tmp_path / "out" / "walk")


def test_ros1_bags_are_read(tmp_path, mini_model):
    recorder = record_images(walk(IMAGES))
    recorder.add("/note", text_message("hello"), START_NS)
    bag = recorder.write_ros1(tmp_path / "walk.bag")
    assert find_people([bag], tmp_path / "out", mini_model, with_input=True) == 0
    check_poses(tmp_path / "out" / "walk")
    [(_, _, note)] = read_output(tmp_path / "out" / "walk", "/note")
    assert note.data == "hello"
    assert len(read_output(tmp_path / "out" / "walk", "/camera/image_raw")) == IMAGES


@pytest.mark.parametrize("storage", ["mcap", "sqlite3"])
def test_split_bags_are_read_in_the_order_of_time(tmp_path, mini_model, storage):
    images = walk(12)
    suffix = {"mcap": "mcap", "sqlite3": "db3"}[storage]
    folder = tmp_path / "walk"
    folder.mkdir()
    # Ten and more files: by name, 10 comes before 2.
    for number, image in enumerate(images):
        recorder = Recorder()
        recorder.add("/camera/image_raw", image_message(image, stamp_ns(number)), stamp_ns(number) + DELAY_NS)
        part = recorder.write(tmp_path / f"part_{number}", storage)
        (part / f"part_{number}.{suffix}").rename(folder / f"walk_{number}.{suffix}")
    assert find_people([folder], tmp_path / "out", mini_model) == 0
    check_poses(tmp_path / "out" / "walk", numbers=range(12))


def test_several_cameras_have_topics_of_their_own_and_no_common_ids(tmp_path, mini_model):
    recorder = record_images(walk(IMAGES), "/front/image_raw")
    record_images(walk(IMAGES), "/rear/image_raw/compressed", recorder)
    bag = recorder.write(tmp_path / "two")
    assert find_people([bag], tmp_path / "out", mini_model) == 0
    ids = {
        topic: {pose.id for _, _, message in read_output(tmp_path / "out" / "two", topic) for pose in message.poses}
        for topic in ("/front/pose", "/rear/pose")
    }
    assert sorted(ids["/front/pose"] | ids["/rear/pose"]) == [1, 2]
    assert len(ids["/front/pose"]) == 1


def test_image_topics_side_by_side_do_not_share_an_output(tmp_path, mini_model):
    recorder = record_images(walk(2), "/camera/left")
    record_images(walk(3), "/camera/right", recorder)
    assert find_people([recorder.write(tmp_path / "two")], tmp_path / "out", mini_model) == 0
    assert len(read_output(tmp_path / "out" / "two", "/camera/left/pose")) == 2
    assert len(read_output(tmp_path / "out" / "two", "/camera/right/pose")) == 3


@pytest.mark.parametrize(("transport", "expected"), [("raw", 2), ("compressed", 3)])
def test_a_compressed_copy_of_a_topic_counts_once(tmp_path, mini_model, transport, expected):
    recorder = record_images(walk(2), "/camera/image_raw")
    record_images(walk(3), "/camera/image_raw/compressed", recorder)
    bag = recorder.write(tmp_path / "both")
    assert find_people([bag], tmp_path / "out", mini_model, {"image_transport": transport}) == 0
    assert len(read_output(tmp_path / "out" / "both", POSE_TOPIC)) == expected


def test_topic_chooses(tmp_path, mini_model):
    recorder = record_images(walk(2), "/front/image_raw")
    record_images(walk(3), "/rear/image_raw", recorder)
    assert (
        find_people([recorder.write(tmp_path / "two")], tmp_path / "out", mini_model, images=("/rear/image_raw",)) == 0
    )
    assert {topic for topic, _, _ in read_output(tmp_path / "out" / "two")} == {"/rear/pose"}


def test_empty_images_give_empty_arrays(tmp_path, mini_model):
    bag = record_images([np.zeros((*SIZE, 3), np.uint8)] * 2).write(tmp_path / "nobody")
    assert find_people([bag], tmp_path / "out", mini_model) == 0
    assert [len(message.poses) for _, _, message in read_output(tmp_path / "out" / "nobody")] == [0, 0]


def test_with_input_copies_everything_as_it_was(tmp_path, mini_model):
    recorder = record_images(walk(IMAGES))
    recorder.add("/note", text_message("first"), START_NS)
    bag = recorder.write(tmp_path / "walk")
    assert find_people([bag], tmp_path / "out", mini_model, with_input=True) == 0
    copied = [entry for entry in read_output(tmp_path / "out" / "walk") if entry[0] != POSE_TOPIC]
    original = read_output(bag)
    assert [entry[:2] for entry in copied] == [entry[:2] for entry in original]
    for (_, _, copy), (_, _, message) in zip(copied, original, strict=True):
        kind = message.__msgtype__
        assert bytes(STORE.serialize_cdr(copy, kind)) == bytes(STORE.serialize_cdr(message, kind))
    check_poses(tmp_path / "out" / "walk")


def test_overlay_shows_the_people(tmp_path, mini_model):
    bag = record_images(walk(1)).write(tmp_path / "walk")
    assert find_people([bag], tmp_path / "out", mini_model, overlay=True) == 0
    [(_, _, message)] = read_output(tmp_path / "out" / "walk", f"{POSE_TOPIC}/overlay/compressed")
    assert message.__msgtype__ == COMPRESSED
    assert (message.format, message.header.frame_id, stamp_of(message)) == ("jpeg", FRAME, stamp_ns(0))
    drawn = cv2.imdecode(message.data, cv2.IMREAD_COLOR)
    changed = np.abs(drawn.astype(int) - walk(1)[0]).max(axis=-1) > 60
    columns, rows = np.rint(keypoints_in(0)[0]).astype(int).T
    assert changed[rows, columns].mean() > 0.5
    assert changed.mean() < 0.5


def test_metadata_is_what_every_ros2_bag_reads(tmp_path, mini_model):
    bag = record_images(walk(1)).write(tmp_path / "walk")
    assert find_people([bag], tmp_path / "out", mini_model) == 0
    content = yaml.safe_load((tmp_path / "out" / "walk" / "metadata.yaml").read_text())["rosbag2_bagfile_information"]
    # Newer ones are not read by Humble: it decodes the quality of service from a text.
    assert content["version"] == 8
    assert content["relative_file_paths"] == ["walk.mcap"]
    [topic] = content["topics_with_message_count"]
    [qos] = yaml.safe_load(topic["topic_metadata"]["offered_qos_profiles"])
    forever = {"sec": 9223372036, "nsec": 854775807}
    assert qos["deadline"] == qos["lifespan"] == qos["liveliness_lease_duration"] == forever
    assert (qos["history"], qos["depth"], qos["reliability"], qos["durability"]) == (1, 10, 1, 2)
    provenance = json.loads(content["custom_data"]["posenet_ros"])
    assert provenance["result"] == {"images": 1, "people": 1, "tracks": 1, "damaged": 0}
    assert provenance["request"]["settings"]["model"] == str(mini_model)


def test_smoothing_and_tracking_are_the_nodes(tmp_path, mini_model):
    bag = record_images([paint(SIZE, [(40 + 12 * (number % 2), 21)]) for number in range(8)]).write(tmp_path / "walk")
    outputs = {}
    for name, settings in {"plain": {}, "smooth": {"smoothing": True}, "no_ids": {"tracking": False}}.items():
        assert find_people([bag], tmp_path / name, mini_model, settings) == 0
        outputs[name] = [message for _, _, message in read_output(tmp_path / name / "walk")]
    x = {name: [keypoints_of(message)[0, 0, 0] for message in messages] for name, messages in outputs.items()}
    assert np.ptp(x["smooth"][4:]) < 0.8 * np.ptp(x["plain"][4:])
    assert x["no_ids"] == x["plain"]
    assert {pose.id for message in outputs["no_ids"] for pose in message.poses} == {-1}


def test_max_rate_leaves_images_out(tmp_path, mini_model):
    bag = record_images(walk(9)).write(tmp_path / "walk")
    assert find_people([bag], tmp_path / "out", mini_model, {"max_rate": 5.0}) == 0
    assert len(read_output(tmp_path / "out" / "walk")) == 5


def test_stamps_that_stand_still_are_no_obstacle(tmp_path, mini_model):
    recorder = Recorder()
    for number, image in enumerate(walk(IMAGES)):
        recorder.add("/camera/image_raw/compressed", png_message(image, 0), stamp_ns(number))
    assert find_people([recorder.write(tmp_path / "walk")], tmp_path / "out", mini_model) == 0
    assert [len(message.poses) for _, _, message in read_output(tmp_path / "out" / "walk")] == [1] * IMAGES
