# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What /diagnostics says of a camera's poses."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rclpy.node import Node
from std_msgs.msg import Header

from posenet_ros.ros.qos import OUTPUT
from posenet_ros.streaming.statistics import FrameReport, Spread

SILENCE_S = 5.0
"""Without images for so long, something is wrong."""
_STALE_S = 1.0


@dataclass(frozen=True)
class PoseSettings:
    """What the poses are made with."""

    model: str
    stride: int
    input_size: tuple[int, int]
    runtime: str
    threads: int


class DiagnosticsPublisher:
    """Publishes on /diagnostics, where tools such as rqt_robot_monitor look for it (REP-107)."""

    def __init__(self, node: Node) -> None:
        self._clock = node.get_clock()
        self._publisher = node.create_publisher(DiagnosticArray, "/diagnostics", OUTPUT)
        self._next = time.monotonic()

    def is_due(self, period: float) -> bool:
        """Return whether the next message is due, seconds after the last one; never with a period of 0."""
        now = time.monotonic()
        # Asked now and then: rather a little early than a whole turn late.
        if not period or now < self._next - 0.2 * period:
            return False
        self._next = max(self._next, now - period) + period
        return True

    def publish(self, statuses: list[DiagnosticStatus]) -> None:
        """Publish with the time of the node's clock."""
        self._publisher.publish(DiagnosticArray(header=Header(stamp=self._clock.now().to_msg()), status=statuses))


def plain_status(name: str, level: bytes, message: str) -> DiagnosticStatus:
    """Return a status without values, for a node that makes no poses at present."""
    return DiagnosticStatus(name=name, level=level, message=message)


def camera_status(
    name: str, topic: str, report: FrameReport, settings: PoseSettings, depth_problem: str | None = None
) -> DiagnosticStatus:
    """Return the status of one camera.

    ERROR: no image of the last period could be used, or the network failed. WARN: no images for 5 s, some
    could not be read, the poses come more than a second after their images, or something is wrong with the depth.

    :param depth_problem: empty if positions are known, None where they are not wanted
    """
    level, message = _judge(topic, report, depth_problem)
    values = {
        "topic": topic,
        "image rate (Hz)": f"{report.image_rate:.1f}",
        "pose rate (Hz)": f"{report.pose_rate:.1f}",
        "inference (ms, median / p95)": _milliseconds(report.inference),
        "total (ms, median / p95)": _milliseconds(report.total),
        "image age (ms, median / p95)": _milliseconds(report.age),
        "dropped images": str(report.dropped),
        "bad images": str(report.bad),
        "failed images": str(report.failed),
        "people": str(report.people),
        "depth": "off" if depth_problem is None else depth_problem or "used",
        "model": settings.model,
        "output stride": str(settings.stride),
        "input size": f"{settings.input_size[0]}x{settings.input_size[1]}",
        "runtime": settings.runtime,
        "threads": str(settings.threads),
    }
    return DiagnosticStatus(
        name=name,
        level=level,
        message=message,
        hardware_id=topic,
        values=[KeyValue(key=key, value=value) for key, value in values.items()],
    )


def _judge(topic: str, report: FrameReport, depth_problem: str | None) -> tuple[bytes, str]:
    error, warn = DiagnosticStatus.ERROR, DiagnosticStatus.WARN
    # The first that is true is told.
    findings = (
        (report.new_failed, error, f"{report.new_failed} images gave no poses: the network failed; see the log"),
        (report.new_bad and not report.pose_rate, error, f"none of the images on {topic} can be read; see the log"),
        (report.silence > SILENCE_S, warn, f"no image on {topic} for {report.silence:.0f} s"),
        (report.new_bad, warn, f"{report.new_bad} images on {topic} could not be read; see the log"),
        (report.age.median > _STALE_S, warn, f"poses come {report.age.median:.1f} s after the stamp of their image"),
        (depth_problem, warn, f"depth: {depth_problem}"),
        (True, DiagnosticStatus.OK, f"{report.pose_rate:.1f} poses a second"),
    )
    return next((level, text) for found, level, text in findings if found)


def _milliseconds(spread: Spread) -> str:
    if math.isnan(spread.median):
        return "unknown"
    return f"{1e3 * spread.median:.1f} / {1e3 * spread.p95:.1f}"
