# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Messages for users whose images do not arrive."""

from __future__ import annotations

from dataclasses import dataclass

from rclpy.node import Node
from rclpy.topic_endpoint_info import TopicEndpointInfo

_IMAGE_TYPES = {"raw": "sensor_msgs/msg/Image", "compressed": "sensor_msgs/msg/CompressedImage"}
_MAXIMUM_TOPICS = 5
_SUFFIX = "/compressed"
PROFILE = "$(ros2 pkg prefix posenet_ros)/share/posenet_ros/config/fastdds.xml"
"""The settings with which Fast DDS does not lose large images."""


@dataclass(frozen=True)
class Wanted:
    """What a camera's stream subscribes to.

    :param topic: as it is resolved, with the suffix of the transport
    :param transport: raw or compressed
    :param camera: the camera's name; empty for the only one
    """

    topic: str
    transport: str
    camera: str = ""


def missing_images(node: Node, wanted: Wanted, seconds: float) -> str:
    """Return why no images may come on a topic, and what to change."""
    publishers = node.get_publishers_info_by_topic(wanted.topic)
    kind = _IMAGE_TYPES[wanted.transport]
    text = f"no image on {wanted.topic} for {seconds:.0f} s. "
    if not publishers:
        return text + f"Nobody publishes it. {_elsewhere(node, wanted)}"
    listing = "; ".join(_describe(publisher) for publisher in publishers)
    text += f"Publishers: {listing}. "
    other = sorted({publisher.topic_type for publisher in publishers} - {kind})
    if other:
        return text + f"This node expects {kind}, not {', '.join(other)}: {_transport_advice(wanted.transport)}"
    return text + (
        "They are silent, or their images get lost: see whether 'ros2 topic hz' receives any; with Fast DDS give the"
        f" camera driver {PROFILE}, too"
    )


def lost_images(topic: str) -> str:
    """Return what to do where the middleware loses images on their way."""
    return (
        f"images on {topic} get lost on their way: with Fast DDS start the camera driver with"
        f" FASTRTPS_DEFAULT_PROFILES_FILE (from Kilted on FASTDDS_DEFAULT_PROFILES_FILE) set to {PROFILE}, or"
        " set image_transport to 'compressed'"
    )


def incompatible_qos(topic: str, policy: str) -> str:
    """Return why a publisher and a subscription of a topic are not connected, and what to change."""
    return (
        f"a subscription on {topic} requests a stricter {policy} policy than is offered, so nothing is delivered:"
        f" make the {policy.lower()} of the subscription no stricter than that of the publisher"
    )


def _elsewhere(node: Node, wanted: Wanted) -> str:
    """Return where somebody else publishes images, and how to get them."""
    for transport in (wanted.transport, *(_IMAGE_TYPES.keys() - {wanted.transport})):
        found = [name for name in _published(node, _IMAGE_TYPES[transport]) if name != wanted.topic]
        # The suffix is the node's to add; a topic without it can only be remapped as a whole.
        bases = [name.removesuffix(_SUFFIX) for name in found if transport == "raw" or name.endswith(_SUFFIX)]
        if bases:
            switch = f", with image_transport:={transport}" if transport != wanted.transport else ""
            names = ", ".join(found[:_MAXIMUM_TOPICS])
            return f"Images are published on {names}: remap the topic, {_remapping(wanted, bases[0])}{switch}"
        if found and transport == wanted.transport:
            names = ", ".join(found[:_MAXIMUM_TOPICS])
            return (
                f"Images are published on {names}: remap the topic, as with '-r {wanted.topic}:={found[0]}' behind"
                " --ros-args"
            )
    return "No topic with images is published: start a camera, as with 'camera:=0' of pose.launch.py"


def _remapping(wanted: Wanted, topic: str) -> str:
    if not wanted.camera:
        return f"as with 'image:={topic}' of pose.launch.py"
    return (
        f"as with '-r {wanted.camera}/image:={topic}' behind --ros-args, or 'cameras:={wanted.camera}={topic} ...' of"
        " pose.launch.py"
    )


def _published(node: Node, kind: str) -> list[str]:
    """Return the topics of a type that somebody publishes, but no overlays; those of depth come last."""
    return sorted(
        (
            name
            for name, kinds in node.get_topic_names_and_types()
            # What this package draws is no camera's image, whichever pose node it comes from.
            if kind in kinds and not name.endswith("pose/overlay") and node.get_publishers_info_by_topic(name)
        ),
        key=lambda name: ("depth" in name.lower(), name),
    )


def _transport_advice(transport: str) -> str:
    if transport == "raw":
        return "set image_transport to 'compressed' and remap 'image' to the topic without '/compressed'"
    return "set image_transport to 'raw', or remap 'image'"


def _describe(publisher: TopicEndpointInfo) -> str:
    qos = publisher.qos_profile
    namespace = publisher.node_namespace.rstrip("/")
    return (
        f"{namespace}/{publisher.node_name} ({publisher.topic_type}, {qos.reliability.name.lower()},"
        f" {qos.durability.name.lower()})"
    )
