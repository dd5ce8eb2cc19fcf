# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Bags that are cut off, damaged or not what they should be."""

from __future__ import annotations

import os
import stat

import numpy as np
import pytest

pytest.importorskip("rosbags", reason="rosbags is an optional library")

from bag_maker import CompressionMode, Recorder, image_message, png_message, record_images, stamp_ns, text_message
from bag_reader import keypoints_of, read_output
from bag_runs import POSE_TOPIC, find_people, keypoints_in, walk

from posenet_ros.errors import BagError, ModelError
from posenet_ros.offline.bag_files import find_bags

IMAGES = 12


def found_numbers(folder) -> list[int]:
    """Return which images of the walk have right poses in an output."""
    numbers = []
    for _, time, message in read_output(folder, POSE_TOPIC):
        number = (time - stamp_ns(0)) // 10**8
        np.testing.assert_allclose(keypoints_of(message), keypoints_in(number), atol=1e-3)
        numbers.append(number)
    return numbers


@pytest.mark.parametrize("mode", [CompressionMode.NONE, CompressionMode.STORAGE])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.97])
@pytest.mark.parametrize("with_metadata", [True, False])
def test_mcap_of_a_killed_recorder_is_read_up_to_the_cut(tmp_path, mini_model, capsys, mode, share, with_metadata):
    images = [np.random.default_rng(0).integers(0, 30, image.shape, np.uint8) | image for image in walk(IMAGES)]
    bag = record_images(images).write(tmp_path / "walk", mode=mode)
    file = bag / "walk.mcap"
    os.truncate(file, int(share * file.stat().st_size))
    if not with_metadata:
        (bag / "metadata.yaml").unlink()
    assert find_people([bag], tmp_path / "out", mini_model) == 0
    times = [time for _, time, _ in read_output(tmp_path / "out" / "walk", POSE_TOPIC)]
    assert times == [stamp_ns(number) + 7 * 10**6 for number in range(len(times))]
    # All but what comes after the cut: an image where nothing is compressed, else what a block holds.
    assert len(times) >= share * IMAGES - (1 if mode == CompressionMode.NONE else 3)
    assert len(times) < IMAGES or share > 0.9
    said = capsys.readouterr().err
    assert "walk.mcap is not whole (the file ends at byte" in said
    assert f"{len(times)} messages were read" in said
    assert ("there is no metadata.yaml" in said) != with_metadata


def test_cut_sqlite3_is_read_up_to_the_cut(tmp_path, mini_model, capsys):
    bag = record_images(walk(IMAGES)).write(tmp_path / "walk", "sqlite3")
    file = bag / "walk.db3"
    os.truncate(file, file.stat().st_size // 2 // 4096 * 4096)
    assert find_people([bag], tmp_path / "out", mini_model) == 0
    numbers = found_numbers(tmp_path / "out" / "walk")
    assert numbers == list(range(len(numbers)))
    assert len(numbers) >= IMAGES // 3
    assert "walk.db3 is not whole" in capsys.readouterr().err


def test_a_damaged_chunk_is_passed_over(tmp_path, mini_model, capsys):
    noise = np.random.default_rng(0).integers(0, 2, (IMAGES, 600, 600, 3), np.uint8)
    bag = record_images(list(noise)).write(tmp_path / "noise", mode=CompressionMode.STORAGE)
    file = bag / "noise.mcap"
    content = bytearray(file.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 2000] = bytes(2000)
    file.write_bytes(content)
    assert find_people([bag], tmp_path / "out", mini_model) == 0
    assert IMAGES - 3 <= len(read_output(tmp_path / "out" / "noise")) < IMAGES
    said = capsys.readouterr().err
    assert "noise.mcap is not whole (the chunk of" in said
    assert "is damaged" in said


def test_damaged_messages_are_counted_named_and_passed_over(tmp_path, mini_model, capsys):
    recorder = Recorder()
    for number, image in enumerate(walk(IMAGES)):
        message = png_message(image, stamp_ns(number))
        if number == 3:
            message.data = message.data[:-100]
        recorder.add("/camera/image_raw/compressed", message, stamp_ns(number))
    kind = png_message(walk(1)[0], 0).__msgtype__
    recorder.messages.append(("/camera/image_raw/compressed", kind, stamp_ns(5) + 1, b"\x00\x01\x00\x00junk"))
    assert find_people([recorder.write(tmp_path / "walk")], tmp_path / "out", mini_model) == 0
    assert found_numbers(tmp_path / "out" / "walk") == [number for number in range(IMAGES) if number != 3]
    said = capsys.readouterr()
    assert "2 damaged messages" in said.out
    assert f"/camera/image_raw/compressed at {stamp_ns(3) / 1e9:.3f} s was passed over" in said.err
    assert "cut off before its end" in said.err
    assert f"its 8 bytes are no {kind}" in said.err


def test_other_bags_go_on_and_what_failed_is_listed(tmp_path, mini_model, capsys):
    good = record_images(walk(2)).write(tmp_path / "good")
    text = Recorder()
    text.add("/note", text_message("hello"), stamp_ns(0))
    no_images = text.write(tmp_path / "no_images")
    junk = tmp_path / "junk.mcap"
    junk.write_bytes(b"junk" * 100)
    empty = tmp_path / "empty.db3"
    empty.touch()
    missing = tmp_path / "missing"
    bad_image = Recorder()
    bad_image.add("/image", image_message(np.zeros((2, 2, 3), np.uint8), 0, encoding="martian"), stamp_ns(0))
    unknown = bad_image.write(tmp_path / "unknown")
    inputs = [missing, junk, empty, no_images, unknown, good]
    assert find_people(inputs, tmp_path / "out", mini_model) == 1
    said = capsys.readouterr()
    assert found_numbers(tmp_path / "out" / "good") == [0, 1]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["good"]
    assert "1 bags" in said.out
    listed = said.out.split("5 failed:")[1]
    for reason in (
        "missing' does not exist",
        "junk: junk.mcap cannot be read",
        "empty: empty.db3 cannot be read",
        "no_images: there is no topic with images (the types of its topics: std_msgs/msg/String)",
        "unknown: no image can be read",
        "the encoding 'martian' is not supported",
    ):
        assert reason in listed, listed


@pytest.mark.parametrize(
    ("topic", "reason"),
    [("/nothing", "there is no topic /nothing; the image topics are /camera/image_raw"), ("/note", "no image topic")],
)
def test_a_topic_that_is_none(tmp_path, mini_model, capsys, topic, reason):
    recorder = record_images(walk(1))
    recorder.add("/note", text_message("hello"), stamp_ns(0))
    assert find_people([recorder.write(tmp_path / "walk")], tmp_path / "out", mini_model, images=(topic,)) == 1
    assert reason in capsys.readouterr().out


def test_unknown_model_is_one_error(tmp_path):
    bag = record_images(walk(1)).write(tmp_path / "walk")
    with pytest.raises(ModelError, match="no_such_model"):
        find_people([bag], tmp_path / "out", tmp_path / "no_such_model.tflite")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_no_right_to_write(tmp_path, mini_model):
    bag = record_images(walk(1)).write(tmp_path / "walk")
    (tmp_path / "out").mkdir(mode=stat.S_IRUSR | stat.S_IXUSR)
    with pytest.raises(BagError, match="Permission denied; choose another --output"):
        find_people([bag], tmp_path / "out", mini_model)


def test_output_in_the_place_of_a_file(tmp_path, mini_model):
    bag = record_images(walk(1)).write(tmp_path / "walk")
    (tmp_path / "out").touch()
    with pytest.raises(BagError, match="choose another --output"):
        find_people([bag], tmp_path / "out", mini_model)


def test_full_disk_is_one_error_and_leaves_nothing(tmp_path, mini_model, monkeypatch, capsys):
    from posenet_ros.offline import bag_writer  # noqa: PLC0415

    bag = record_images(walk(2)).write(tmp_path / "walk")

    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(bag_writer.BagWriter, "write", full)
    assert find_people([bag], tmp_path / "out", mini_model) == 1
    assert "walk: cannot write the output: No space left on device; free space" in capsys.readouterr().out
    assert list((tmp_path / "out").iterdir()) == []


def test_a_real_full_disk(mini_model, tmp_path, capsys):
    """Of the kernel's own kind: /dev/full cannot be a folder, so a limit on the size of files stands in."""
    resource = pytest.importorskip("resource")
    bag = record_images(walk(60)).write(tmp_path / "walk")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, limits[1]))
    try:
        code = find_people([bag], tmp_path / "out", mini_model, overlay=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert code == 1
    assert "walk: cannot write the output: File too large" in capsys.readouterr().out
    assert list((tmp_path / "out").iterdir()) == []


def test_split_bag_with_a_file_that_never_got_a_byte(tmp_path, mini_model, capsys):
    bag = record_images(walk(2)).write(tmp_path / "walk")
    (bag / "walk_1.mcap").touch()
    assert find_people([bag], tmp_path / "out", mini_model) == 0
    assert found_numbers(tmp_path / "out" / "walk") == [0, 1]
    assert "walk_1.mcap cannot be read" in capsys.readouterr().err


def test_bags_of_one_name_are_an_error(tmp_path):
    bags, errors = find_bags([record_images(walk(1)).write(tmp_path / name / "walk") for name in ("a", "b")])
    assert [bag.location for bag in bags] == [tmp_path / "a" / "walk"]
    assert "both named walk" in errors[0]


def test_outputs_are_not_named_like_files(tmp_path, mini_model):
    bag = record_images(walk(1)).write(tmp_path / "walk.bag")
    assert find_people([bag], tmp_path / "out", mini_model) == 0
    assert found_numbers(tmp_path / "out" / "walk") == [0]
