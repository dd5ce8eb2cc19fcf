# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A node that subscribes to the nodes of the demo."""

from __future__ import annotations

import time

from clip_comparison import ClipComparison
from lifecycle_msgs.msg import State
from lifecycle_msgs.srv import GetState
from node_processes import DemoError
from rclpy.node import Node
from rclpy.qos import qos_profile_sensor_data
from rclpy.task import Future
from sensor_msgs.msg import Image
from visualization_msgs.msg import MarkerArray

from posenet_ros.msg import PoseArray
from posenet_ros.ros.qos import OUTPUT

ASK_AGAIN_AFTER_S = 2.0
# Of a clip with known truth.
COMPARED_PICTURES = 40


class Audience(Node):
    """Collects what the nodes publish, and keeps the image with the most people, who count by their scores.

    :param comparison: with the truth, if there is one
    """

    def __init__(self, comparison: ClipComparison | None) -> None:
        super().__init__("posenet_demo")
        self.comparison = comparison
        self.images_seen = 0
        self._waiting: PoseArray | None = None
        self.poses: PoseArray | None = None
        self.markers: MarkerArray | None = None
        self.overlay: Image | None = None
        self._pose_node_state = self.create_client(GetState, "posenet/get_state")
        self._asked: Future | None = None
        self._ask_again = 0.0
        if comparison is not None:
            self.create_subscription(Image, "image", self._on_image, qos_profile_sensor_data)
        self.create_subscription(PoseArray, "pose", self._on_poses, OUTPUT)
        self.create_subscription(MarkerArray, "pose/markers", self._on_markers, OUTPUT)
        self.create_subscription(Image, "pose/overlay", self._on_overlay, OUTPUT)

    @property
    def satisfied(self) -> bool:
        """Whether people, their markers, their overlay and enough of the clip have arrived."""
        enough = self.comparison is None or self.comparison.compared >= COMPARED_PICTURES
        return enough and bool(self.poses and self.markers and self.overlay)

    def check(self) -> None:
        """Raise DemoError if the pose node could not start."""
        unanswered = self._asked is None or (not self._asked.done() and time.monotonic() > self._ask_again)
        if unanswered and self._pose_node_state.service_is_ready():
            # The node activates itself before it answers. Answers to a new client can get lost.
            self._asked = self._pose_node_state.call_async(GetState.Request())
            self._ask_again = time.monotonic() + ASK_AGAIN_AFTER_S
        answer = self._asked.result() if self._asked is not None and self._asked.done() else None
        if answer is not None and answer.current_state.id == State.PRIMARY_STATE_UNCONFIGURED:
            raise DemoError("pose_node could not be configured; its last message says why")

    def _on_image(self, message: Image) -> None:
        assert self.comparison is not None
        self.comparison.show(message)

    def _on_poses(self, message: PoseArray) -> None:
        self.images_seen += 1
        if self.comparison is not None:
            self.comparison.compare(message)
        # Image and table must show the same: the poses wait for their overlay.
        if self.poses is None or people_in(message) > people_in(self.poses):
            self._waiting = message

    def _on_markers(self, message: MarkerArray) -> None:
        if message.markers:
            self.markers = message

    def _on_overlay(self, message: Image) -> None:
        if self._waiting is not None and self._waiting.poses and message.header.stamp == self._waiting.header.stamp:
            self.poses, self.overlay = self._waiting, message


def people_in(message: PoseArray) -> float:
    """Return how many people are in an image; weak poses where people overlap are hardly any."""
    return sum(pose.score for pose in message.poses)
