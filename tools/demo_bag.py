#!/usr/bin/env python3
# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Makes a bag of the rendered clip, finds its people with posenet-bag, and tells how far they are from the truth."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import cv2
from rosbags.highlevel import AnyReader

sys.path.insert(0, str(Path(__file__).parent))
from clip import CLIP, ClipPicture, read_clip
from clip_comparison import ClipComparison

from posenet_ros.image_decoding import decode_compressed_image
from posenet_ros.offline.bag_writer import BagWriter
from posenet_ros.offline.message_types import message_types
from posenet_ros.offline.topics import COMPRESSED_IMAGE

ROOT = Path(__file__).resolve().parents[1]
RATE_HZ = 10
PARTS = 2
START_NS = 1_700_000_000 * 10**9
IMAGE_TOPIC, POSE_TOPIC = "/camera/image/compressed", "/camera/pose"


def write_bag(folder: Path, pictures: list[ClipPicture], first: int) -> None:
    """Write pictures to a bag, as a camera driver with JPEG compression would; PNG keeps the pixels as they are."""
    types = message_types(None)
    with BagWriter(folder, "mcap", types) as writer:
        writer.add_topic(IMAGE_TOPIC, COMPRESSED_IMAGE)
        for number, picture in enumerate(pictures, first):
            time = START_NS + number * 10**9 // RATE_HZ
            stamp = types.new("builtin_interfaces/msg/Time", sec=time // 10**9, nanosec=time % 10**9)
            header = types.new("std_msgs/msg/Header", stamp=stamp, frame_id="camera_optical_frame")
            data = cv2.imencode(".png", picture.image)[1].ravel()
            message = types.new(COMPRESSED_IMAGE, header=header, format="png", data=data)
            writer.write_message(IMAGE_TOPIC, time, message)


def compare(folder: Path, comparison: ClipComparison) -> None:
    """Compare the poses in an output that holds its input, too."""
    with AnyReader([folder]) as reader:
        for connection, _, data in reader.messages():
            message = reader.deserialize(data, connection.msgtype)
            if connection.topic == IMAGE_TOPIC:
                comparison.show(SimpleNamespace(header=message.header, data=decode_compressed_image(message).data))
            elif connection.topic == POSE_TOPIC:
                comparison.compare(message)


def main() -> int:
    """Run the demo; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="", help=".tflite file or name; default: that of config/pose.yaml")
    parser.add_argument("--output", type=Path, default=ROOT / "demo_output" / "bags", help="folder of the bags")
    options = parser.parse_args()

    shutil.rmtree(options.output, ignore_errors=True)
    pictures = read_clip(CLIP)
    length = len(pictures) // PARTS
    for part in range(PARTS):
        first = part * length
        last = len(pictures) if part == PARTS - 1 else first + length
        write_bag(options.output / "recorded" / f"clip_{part}", pictures[first:last], first)
    command = [
        *(sys.executable, "-m", "posenet_ros.offline.command", str(options.output / "recorded")),
        *("--output", str(options.output / "poses"), "--jobs", "2", "--with-input", "--overlay"),
        *("--table", str(options.output / "poses.csv")),
    ]
    if options.model:
        command += ["-p", f"model={options.model}"]
    code = subprocess.run(command, check=False).returncode
    if code:
        return code
    comparison = ClipComparison(pictures)
    for part in range(PARTS):
        compare(options.output / "poses" / f"clip_{part}", comparison)
    print(comparison.summary())
    print(f"bags with poses: {options.output / 'poses'}; table: {options.output / 'poses.csv'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
