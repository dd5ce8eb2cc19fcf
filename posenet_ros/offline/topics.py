# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Which topics of a bag are images, which depth image and camera_info belong to them, and where poses go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from posenet_ros.errors import BagError
from posenet_ros.offline.recording import Recording, Topic

IMAGE = "sensor_msgs/msg/Image"
COMPRESSED_IMAGE = "sensor_msgs/msg/CompressedImage"
CAMERA_INFO = "sensor_msgs/msg/CameraInfo"
_DEPTH_ENCODINGS = {"16UC1", "32FC1"}
_OVERLAY = "/pose/overlay"
# What registered depth is called by common drivers, the best first.
_REGISTERED = ("aligned", "registered")


@dataclass(frozen=True)
class Camera:
    """An image topic, and the topics that go with it; empty where there are none.

    :param prefix: of the topics with the results: the image topic's namespace
    """

    image: str
    compressed: bool
    prefix: str
    depth_image: str = ""
    camera_info: str = ""


@dataclass(frozen=True)
class TopicChoice:
    """The topics that are asked for; empty ones are found."""

    images: tuple[str, ...] = ()
    depth_image: str = ""
    camera_info: str = ""


def find_cameras(recording: Recording, choice: TopicChoice, *, prefer_compressed: bool, depth: bool) -> list[Camera]:
    """Return the cameras of a bag.

    Without a choice these are all image topics but those of depth images and overlays; of a raw topic and its
    compressed copy, one.

    :param depth: whether depth images are wanted
    :raises BagError: if there is no image topic, or a topic that was asked for is none or is not there
    """
    depth_topics = _depth_topics(recording)
    images = _chosen(recording, choice.images) if choice.images else _found(recording, depth_topics, prefer_compressed)
    prefixes = Counter(_namespace(topic.name) for topic in images)
    cameras = []
    for topic in images:
        namespace = _namespace(topic.name)
        # Two image topics side by side must not share an output.
        prefix = namespace if prefixes[namespace] == 1 else _base(topic.name)
        cameras.append(
            Camera(
                topic.name,
                topic.kind == COMPRESSED_IMAGE,
                prefix,
                _depth_of(recording, namespace, depth_topics, choice.depth_image) if depth else "",
                _info_of(recording, namespace, choice.camera_info),
            )
        )
    return cameras


def _chosen(recording: Recording, names: Sequence[str]) -> list[Topic]:
    topics = []
    for name in names:
        topic = recording.topics.get(name)
        if topic is None:
            raise BagError(f"there is no topic {name}; the image topics are {_listed(recording)}")
        if topic.kind not in (IMAGE, COMPRESSED_IMAGE):
            raise BagError(f"{name} is {topic.kind}, no image topic; the image topics are {_listed(recording)}")
        topics.append(topic)
    return topics


def _found(recording: Recording, depth_topics: Sequence[str], prefer_compressed: bool) -> list[Topic]:
    by_base: dict[str, Topic] = {}
    for topic in _images(recording):
        if topic.name in depth_topics or _OVERLAY in topic.name or "compressedDepth" in topic.name or not topic.count:
            continue
        base = _base(topic.name)
        if base not in by_base or (topic.kind == COMPRESSED_IMAGE) == prefer_compressed:
            by_base[base] = topic
    if not by_base:
        kinds = ", ".join(sorted({topic.kind for topic in recording.topics.values()})) or "none"
        raise BagError(f"there is no topic with images (the types of its topics: {kinds}); record an image topic")
    return list(by_base.values())


def _depth_topics(recording: Recording) -> list[str]:
    found = []
    for topic in recording.topics.values():
        if topic.kind == IMAGE and topic.count:
            first = next(recording.messages([topic.name]), None)
            try:
                if first is not None and recording.types.read(first[2], IMAGE).encoding in _DEPTH_ENCODINGS:
                    found.append(topic.name)
            except BagError:
                continue  # Counted where the images are read.
    return found


def _depth_of(recording: Recording, namespace: str, depth_topics: Sequence[str], wanted: str) -> str:
    if wanted:
        if recording.topics.get(wanted) is None or recording.topics[wanted].kind != IMAGE:
            raise BagError(f"there is no topic {wanted} with raw images; the depth topics are {_or_none(depth_topics)}")
        return wanted
    if not depth_topics:
        raise BagError("depth is true, but no topic has depth images (16UC1 or 32FC1); set depth to false")
    # A driver's topics share the first part of their names.
    device = namespace.split("/")[1] if namespace else ""
    own = [name for name in depth_topics if name.split("/")[1] == device] or list(depth_topics)
    for word in _REGISTERED:
        registered = [name for name in own if word in name]
        if len(registered) == 1:
            return registered[0]
    if len(own) > 1:
        raise BagError(f"several topics have depth images ({', '.join(own)}); choose with --depth-topic")
    return own[0]


def _info_of(recording: Recording, namespace: str, wanted: str) -> str:
    name = wanted or f"{namespace}/camera_info"
    topic = recording.topics.get(name)
    if topic is not None and topic.kind == CAMERA_INFO:
        return name
    if wanted:
        raise BagError(f"there is no topic {wanted} with camera_info")
    return ""


def _images(recording: Recording) -> list[Topic]:
    return [topic for topic in recording.topics.values() if topic.kind in (IMAGE, COMPRESSED_IMAGE)]


def _listed(recording: Recording) -> str:
    return _or_none([topic.name for topic in _images(recording)])


def _or_none(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"


def _base(topic: str) -> str:
    return topic.removesuffix("/compressed")


def _namespace(topic: str) -> str:
    return _base(topic).rpartition("/")[0]
