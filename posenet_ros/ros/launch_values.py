# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What the values of launch arguments mean, and whether they are right: before any process starts."""

from __future__ import annotations

from collections.abc import Sequence

from rclpy.exceptions import InvalidNamespaceException, InvalidTopicNameException
from rclpy.validate_full_topic_name import validate_full_topic_name
from rclpy.validate_namespace import validate_namespace
from rclpy.validate_topic_name import validate_topic_name

from posenet_ros.errors import SettingError
from posenet_ros.ros.camera_names import check_camera_names
from posenet_ros.settings.parameter import Parameter, Value

_TRUE, _FALSE = {"true", "1", "yes", "on"}, {"false", "0", "no", "off"}


def to_boolean(name: str, text: str) -> bool:
    """Return what a launch argument says, as people write it: true, True, 1, ...

    :raises SettingError: if it is neither true nor false
    """
    if text.strip().lower() in _TRUE | _FALSE:
        return text.strip().lower() in _TRUE
    raise SettingError(f"the launch argument {name}:={text} is neither true nor false")


def to_value(name: str, text: str, spec: Parameter) -> Value:
    """Return a parameter's value that was given as a launch argument.

    :raises SettingError: if it is of another type than the parameter, or out of range
    """
    kind = type(spec.default)
    value: object = text
    if kind is bool:
        value = to_boolean(name, text)
    elif kind in (int, float):
        try:
            value = kind(text)
        except ValueError:
            raise SettingError(f"the launch argument {name}:={text} is wrong: expected {spec.expected()}") from None
    return spec.converted(f"the launch argument {name}", value)


def to_cameras(text: str) -> dict[str, str]:
    """Return the image topic of each camera, by name, of a text such as 'front=/cam_front/image_raw rear'.

    A camera without a topic has ``<name>/image``.

    :raises SettingError: if a name or a topic cannot be one
    """
    cameras = {}
    for entry in text.replace(",", " ").split():
        name, _, topic = entry.partition("=")
        if name in cameras:
            raise SettingError(f"the launch argument cameras:='{text}' has the name '{name}' twice: give each its own")
        cameras[name] = check_image_topic(f"cameras:='{text}'", topic or f"{name}/image")
    check_camera_names(list(cameras))
    return cameras


def to_targets(text: str, known: Sequence[str]) -> dict[str, bool]:
    """Return the parameters that switch on the targets in a list such as 'tf, humans'.

    :raises SettingError: if one is not known
    """
    targets = [target.strip() for target in text.split(",")]
    for target in targets:
        if target not in known:
            raise SettingError(f"the launch argument bridge:={text}: '{target}' is not one of {', '.join(known)}")
    return dict.fromkeys(targets, True)


def check_topic(argument: str, topic: str) -> str:
    """Return a topic's name if it can be one.

    :raises SettingError: if it cannot
    """
    try:
        validate_topic_name(topic)
        if not set("~{") & set(topic):
            validate_full_topic_name(topic if topic.startswith("/") else f"/{topic}")
    except InvalidTopicNameException as error:
        problem = " ".join(str(error).split())
        raise SettingError(
            f"the launch argument {argument} is no topic name: {problem}; use letters, digits, '_' and '/', as in"
            " /camera/image_raw"
        ) from None
    return topic


def check_image_topic(argument: str, topic: str) -> str:
    """Return the name of an image topic, without the suffix that names a transport.

    :raises SettingError: if it cannot be such a name
    """
    check_topic(argument, topic)
    base, _, suffix = topic.rpartition("/")
    if suffix in ("compressed", "theora", "compressedDepth", "zstd", "ffmpeg"):
        cure = "image_transport:=compressed and " if suffix == "compressed" else ""
        raise SettingError(f"the launch argument {argument} names a transport: give {cure}the topic '{base}'")
    return topic


def check_namespace(namespace: str) -> str:
    """Return a namespace if it can be one; empty is none.

    :raises SettingError: if it cannot
    """
    try:
        validate_namespace(absolute(namespace, "/") or "/")
    except InvalidNamespaceException as error:
        problem = " ".join(str(error).split())
        raise SettingError(f"the launch argument namespace:={namespace} is no namespace: {problem}") from None
    return namespace


def absolute(name: str, namespace: str) -> str:
    """Return a name as seen from the root; one that begins with a slash is that already."""
    joined = name if name.startswith("/") else f"{namespace}/{name}"
    return "/" + "/".join(part for part in joined.split("/") if part)


def camera_info_of(image_topic: str) -> str:
    """Return the topic of the camera_info beside an image topic, as image_transport does: its sibling."""
    parent, slash, _ = image_topic.rpartition("/")
    return f"{parent}{slash}camera_info"
