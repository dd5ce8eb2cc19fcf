# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Bags for tests, written with rosbags alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from rosbags.rosbag1 import Writer as Ros1Writer
from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin, Writer
from rosbags.typesys import Stores, get_typestore

STORE = get_typestore(Stores.ROS2_JAZZY)
ROS1_STORE = get_typestore(Stores.ROS1_NOETIC)
IMAGE, COMPRESSED, INFO = (f"sensor_msgs/msg/{name}" for name in ("Image", "CompressedImage", "CameraInfo"))
FRAME = "camera_optical_frame"
START_NS = 1_700_000_000 * 10**9
INTERVAL_NS = 10**8
# Messages are recorded a little after their stamp.
DELAY_NS = 7 * 10**6


@dataclass
class Recorder:
    """Collects (topic, type, time of recording, message), and writes them to a bag."""

    messages: list[tuple[str, str, int, object]] = field(default_factory=list)

    def add(self, topic: str, message: object, time_ns: int) -> None:
        self.messages.append((topic, message.__msgtype__, time_ns, message))

    def write(
        self,
        folder: Path,
        storage: str = "mcap",
        mode: CompressionMode = CompressionMode.NONE,
        type_names: dict[str, str] | None = None,
    ) -> Path:
        writer = Writer(folder, version=8, storage_plugin=StoragePlugin[storage.upper()])
        writer.set_compression(mode, CompressionFormat.ZSTD)
        with writer:
            connections = {}
            for topic, kind, time_ns, message in sorted(self.messages, key=lambda entry: entry[2]):
                if topic not in connections:
                    definition, _ = STORE.generate_msgdef(kind, ros_version=2)
                    connections[topic] = writer.add_connection(
                        topic, (type_names or {}).get(kind, kind), msgdef=definition, rihs01=STORE.hash_rihs01(kind)
                    )
                data = message if isinstance(message, bytes) else STORE.serialize_cdr(message, kind)
                writer.write(connections[topic], time_ns, data)
        return folder

    def write_ros1(self, path: Path) -> Path:
        with Ros1Writer(path) as writer:
            connections = {}
            for topic, kind, time_ns, message in sorted(self.messages, key=lambda entry: entry[2]):
                if topic not in connections:
                    connections[topic] = writer.add_connection(topic, kind, typestore=ROS1_STORE)
                cdr = STORE.serialize_cdr(message, kind)
                writer.write(connections[topic], time_ns, STORE.cdr_to_ros1(cdr, kind))
        return path


def stamp_ns(number: int) -> int:
    return START_NS + number * INTERVAL_NS


def header(time_ns: int, frame: str = FRAME) -> object:
    time = STORE.types["builtin_interfaces/msg/Time"](time_ns // 10**9, time_ns % 10**9)
    return STORE.types["std_msgs/msg/Header"](time, frame)


def image_message(image: np.ndarray, time_ns: int, frame: str = FRAME, encoding: str = "bgr8") -> object:
    rows = np.ascontiguousarray(image)
    return STORE.types[IMAGE](
        header(time_ns, frame), *image.shape[:2], encoding, 0, rows[0].nbytes, rows.reshape(-1).view(np.uint8)
    )


def png_message(image: np.ndarray, time_ns: int, frame: str = FRAME) -> object:
    content = cv2.imencode(".png", image)[1].ravel()
    return STORE.types[COMPRESSED](header(time_ns, frame), "png", content)


def info_message(size: tuple[int, int], focal: float, time_ns: int, frame: str = FRAME) -> object:
    height, width = size
    matrix = np.array([focal, 0, (width - 1) / 2, 0, focal, (height - 1) / 2, 0, 0, 1], float)
    projection = np.array([*matrix[:3], 0, *matrix[3:6], 0, *matrix[6:], 0], float)
    region = STORE.types["sensor_msgs/msg/RegionOfInterest"](0, 0, 0, 0, False)
    return STORE.types[INFO](
        header(time_ns, frame),
        height,
        width,
        "plumb_bob",
        np.zeros(5),
        matrix,
        np.eye(3).ravel(),
        projection,
        0,
        0,
        region,
    )


def text_message(text: str) -> object:
    return STORE.types["std_msgs/msg/String"](text)


def record_images(
    images: list[np.ndarray], topic: str = "/camera/image_raw", recorder: Recorder | None = None
) -> Recorder:
    """Return a recorder with an image each tenth of a second; compressed ones where the topic says so."""
    recorder = recorder or Recorder()
    make = png_message if topic.endswith("/compressed") else image_message
    for number, image in enumerate(images):
        recorder.add(topic, make(image, stamp_ns(number)), stamp_ns(number) + DELAY_NS)
    return recorder
