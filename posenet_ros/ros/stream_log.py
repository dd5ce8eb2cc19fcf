# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What the log says about the images of one camera."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable

import numpy as np
from rclpy.node import Node

from posenet_ros.errors import PoseNetError
from posenet_ros.people import People
from posenet_ros.ros.throttled_log import ThrottledLog
from posenet_ros.ros.topic_advice import Wanted, incompatible_qos, lost_images, missing_images

SILENCE_S = 5.0
"""Time without images in seconds after which the node warns."""
_LOG_PERIOD_S = 5.0
_DEPTH_LOG_PERIOD_S = 30.0
# Single depth images get lost.
_UNLOCATED_IMAGES = 3


class StreamLog:
    """Logs each finding once, or once in a period, whatever other cameras log.

    :param node: logs
    :param wanted: what the camera's stream subscribes to
    """

    def __init__(self, node: Node, wanted: Wanted) -> None:
        self._node = node
        self._wanted = wanted
        self._errors = ThrottledLog(node, _LOG_PERIOD_S)
        self._depth = ThrottledLog(node, _DEPTH_LOG_PERIOD_S)
        self._unexpected: set[str] = set()
        self._subscribed = 0.0
        self._silent = False
        self._loss_reported = False
        self._frame_reported = False
        self._unlocated = 0

    def subscribed(self) -> None:
        """Log that images are expected from now on."""
        self._subscribed = time.monotonic()
        self._silent = False
        self._node.get_logger().info(f"waiting for images on {self._wanted.topic}")

    def failed(self, error: Exception) -> None:
        """Log why an image gave no poses."""
        text = f"no poses from an image on {self._wanted.topic}: {error}"
        if not isinstance(error, PoseNetError) and repr(error) not in self._unexpected:
            # A bug: its traceback is logged once.
            self._unexpected.add(repr(error))
            self._node.get_logger().error(f"{text}\n{''.join(traceback.format_exception(error))}")
        else:
            self._errors.error(text)

    def silence(self, seconds: float) -> None:
        """Warn once when images stop arriving, and log once that they arrive again."""
        silent = seconds > SILENCE_S
        if silent and not self._silent:
            self._node.get_logger().warning(missing_images(self._node, self._wanted, seconds))
        elif self._silent and not silent:
            self._node.get_logger().info(f"images arrive again on {self._wanted.topic}")
        self._silent = silent

    def loss(self, loses_images: bool) -> None:
        """Warn once if images get lost on their way."""
        if loses_images and not self._loss_reported:
            self._loss_reported = True
            self._node.get_logger().warning(lost_images(self._wanted.topic))

    def frame(self, frame_id: str) -> None:
        """Warn once of a frame that tf does not know."""
        if self._frame_reported or (frame_id and not frame_id.startswith("/")):
            return
        self._frame_reported = True
        self._node.get_logger().warning(
            f"the images on {self._wanted.topic} have the frame_id '{frame_id}', which tf does not know: markers and"
            " positions cannot be shown; set the camera driver's frame_id to a name without a slash at its beginning"
        )

    def depth(self, people: People, problem: str, missing: bool) -> None:
        """Warn of people without positions: depth is missing, measures nothing, or has the wrong unit.

        :param problem: why they have none
        :param missing: whether no depth has arrived yet, which is usual while a camera starts
        """
        if not len(people):
            return
        located = people.positions is not None and bool(np.isfinite(people.positions).any())
        self._unlocated = 0 if located else self._unlocated + 1
        starts = missing and time.monotonic() - self._subscribed < SILENCE_S
        if self._unlocated >= _UNLOCATED_IMAGES and not starts:
            self._depth.warning(f"the people on {self._wanted.topic} have no positions: {problem}")

    def qos(self, topic: str) -> Callable[[str], None]:
        """Return a function that warns of a policy for which nothing is delivered on a topic."""
        log = ThrottledLog(self._node, _LOG_PERIOD_S)
        return lambda policy: log.warning(incompatible_qos(topic, policy))
