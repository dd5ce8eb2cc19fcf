# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The policy for SROS 2 allows what the nodes do, and no more."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from ament_index_python.packages import get_package_share_directory

from ros_helpers import EXECUTABLES

POLICY = ElementTree.parse(Path(get_package_share_directory("posenet_ros")) / "config" / "sros2_policy.xml")
# Allowed, though not there in this test: with other settings, and from other distributions.
ELSEWHERE = {"/image/compressed", "/clock", "/parameter_events", "get_type_description"}
ELSEWHERE |= {"/pose/detections", "/pose/detections_3d", "/humans/bodies/*", "/tf"}
# The page is not watched here.
ONLY_WHEN_WATCHED = {"/image", "/camera_info"}


def allowed(node: str, kind: str, qualifier: str) -> set[str]:
    """Return the names that the policy lets a node publish, subscribe or reply to."""
    profile = POLICY.find(f".//profile[@node='{node}']")
    names = [entry.text for entry in profile.findall(f"{kind}[@{qualifier}='ALLOW']/*")]
    return {name.replace("~", f"/{node}") if name[0] in "~/" else f"/{name}" for name in names}


@pytest.mark.parametrize("node", EXECUTABLES)
def test_policy_is_what_the_node_does(start, listener, person_path, any_model, node):
    settings = {
        "posenet": {"model": any_model, "depth": True},
        "pose_visualizer": {},
        "pose_bridge": {},
        "camera": {"source": person_path, "depth_picture": person_path.with_name("person_depth.png")},
        "pose_web": {"port": 0},
    }[node]
    start(EXECUTABLES[node], **settings)
    last = {"posenet": "/pose", "pose_visualizer": "/pose/markers", "camera": "/image"}.get(node, "/rosout")
    absent = ELSEWHERE | ONLY_WHEN_WATCHED if node == "pose_web" else ELSEWHERE
    graph = {
        ("topics", "publish"): listener.get_publisher_names_and_types_by_node,
        ("topics", "subscribe"): listener.get_subscriber_names_and_types_by_node,
        ("services", "reply"): listener.get_service_names_and_types_by_node,
        ("services", "request"): listener.get_client_names_and_types_by_node,
    }

    def names(kind, qualifier):
        try:
            return {name for name, _ in graph[kind, qualifier](node, "/")}
        except RuntimeError:  # the node is not there yet
            return set()

    listener.wait_until(lambda: last in names("topics", "publish"), f"{node} publishes {last}")
    for kind, qualifier in graph:
        listener.wait_until(
            lambda kind=kind, qualifier=qualifier: (
                names(kind, qualifier)
                >= {name for name in allowed(node, kind, qualifier) if not any(name.endswith(e) for e in absent)}
            ),
            f"all {kind} that the policy lets {node} {qualifier}",
        )
        assert names(kind, qualifier) <= allowed(node, kind, qualifier)
