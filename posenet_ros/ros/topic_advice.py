# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Messages for users whose images do not arrive."""

from __future__ import annotations

from rclpy.node import Node
from rclpy.topic_endpoint_info import TopicEndpointInfo

_IMAGE_TYPES = {"raw": "sensor_msgs/msg/Image", "compressed": "sensor_msgs/msg/CompressedImage"}
_MAXIMUM_TOPICS = 5


def missing_images(node: Node, topic: str, transport: str, seconds: float) -> str:
    """Return why no images may arrive on a resolved topic, and what to change."""
    publishers = node.get_publishers_info_by_topic(topic)
    wanted = _IMAGE_TYPES[transport]
    text = f"no image on {topic} for {seconds:.0f} s. "
    if not publishers:
        return text + f"Nobody publishes it. {_elsewhere(node, wanted, topic)}"
    listing = "; ".join(_describe(publisher) for publisher in publishers)
    text += f"Publishers: {listing}. "
    other = sorted({publisher.topic_type for publisher in publishers} - {wanted})
    if other:
        return text + f"This node expects {wanted}, not {', '.join(other)}: {_transport_advice(transport)}"
    return text + (
        "They send nothing, or their images get lost: check with 'ros2 topic hz'; with Fast DDS, also give"
        " config/fastdds.xml to the camera driver"
    )


def incompatible_qos(topic: str, policy: str) -> str:
    """Return why a publisher and a subscription of a topic are not connected, and what to change."""
    return (
        f"a subscription on {topic} requests a stricter {policy} policy than is offered, so nothing is delivered:"
        f" make the {policy.lower()} of the subscription no stricter than that of the publisher"
    )


def _elsewhere(node: Node, wanted: str, topic: str) -> str:
    found = sorted(name for name, types in node.get_topic_names_and_types() if wanted in types and name != topic)
    if not found:
        return "No topic with such images is known: start a camera, as with 'camera:=0' of pose.launch.py"
    names = ", ".join(found[:_MAXIMUM_TOPICS])
    return f"Images are published on {names}: remap the topic, as with 'image:={found[0]}' of pose.launch.py"


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
