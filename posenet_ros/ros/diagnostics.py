# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The status of a camera on /diagnostics."""

from __future__ import annotations

import math
from collections.abc import Callable

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.timer import Timer
from std_msgs.msg import Header

from posenet_ros.estimator import EstimatorReport
from posenet_ros.ros.qos import OUTPUT
from posenet_ros.ros.stream_log import SILENCE_S
from posenet_ros.streaming.arrival_share import LEAST_SHARE
from posenet_ros.streaming.statistics import FrameReport, Spread

_STALE_S = 1.0
# A network that is busy with one image for this many times the usual time, and at least this long, may hang.
_USUAL_TIMES = 10.0
_MINIMUM_BUSY_S = 3.0
# After this many times the bound, it hangs.
_HANGS_TIMES = 3.0


class DiagnosticsPublisher:
    """Publishes on /diagnostics, for tools such as rqt_robot_monitor (REP-107).

    :param node: publishes
    :param statuses: returns what to publish
    """

    def __init__(self, node: Node, statuses: Callable[[], list[DiagnosticStatus]]) -> None:
        self._node = node
        self._statuses = statuses
        self._publisher = node.create_publisher(DiagnosticArray, "/diagnostics", OUTPUT)
        self._timer: Timer | None = None
        self._period = 0.0

    def set_period(self, period: float) -> None:
        """Set the period in seconds; 0 = publish nothing."""
        if period == self._period:
            return
        self._period = period
        if self._timer is not None:
            self._node.destroy_timer(self._timer)
            self._timer = None
        if period:
            # Simulated time may stand still while images fail to come.
            clock = Clock(clock_type=ClockType.STEADY_TIME)
            self._timer = self._node.create_timer(period, self._publish, clock=clock)

    def _publish(self) -> None:
        header = Header(stamp=self._node.get_clock().now().to_msg())
        self._publisher.publish(DiagnosticArray(header=header, status=self._statuses()))


def plain_status(name: str, level: bytes, message: str) -> DiagnosticStatus:
    """Return a status without values, for a node that publishes no poses at present."""
    return DiagnosticStatus(name=name, level=level, message=message)


def busy_bound(total: Spread) -> float:
    """Return for how many seconds the worker may be busy with one image before the node warns.

    :param total: the usual total time of an image
    """
    usual = 0.0 if math.isnan(total.p95) else total.p95
    return max(_USUAL_TIMES * usual, _MINIMUM_BUSY_S)


def camera_status(
    name: str,
    topic: str,
    report: FrameReport,
    estimator: EstimatorReport,
    depth_problem: str | None = None,
    busy_seconds: float = 0.0,
) -> DiagnosticStatus:
    """Return the status of one camera.

    ERROR: the network hangs, it failed, or no image of the last period could be read. WARN: the network is slow, no
    images for 5 s, some could not be read, poses are published over a second after their image, or depth has a problem.

    :param depth_problem: empty if positions are known, None without depth
    :param busy_seconds: for how long the worker has been processing one image
    """
    level, message = _judge(topic, report, depth_problem, busy_seconds)
    values = {
        "topic": topic,
        "image rate (Hz)": f"{report.image_rate:.1f}",
        "pose rate (Hz)": f"{report.pose_rate:.1f}",
        **_milliseconds("inference", report.inference),
        **_milliseconds("total", report.total),
        **_milliseconds("image age", report.age),
        "busy with one image (s)": f"{busy_seconds:.1f}",
        "dropped images": str(report.dropped),
        "lost images": str(report.lost),
        "arriving images (%)": f"{100.0 * report.arrival_share:.0f}",
        "bad images": str(report.bad),
        "failed images": str(report.failed),
        "people": str(report.people),
        "depth": "off" if depth_problem is None else depth_problem or "used",
        "model": estimator.model,
        "output stride": str(estimator.output_stride),
        "input height": str(estimator.input_size[0]),
        "input width": str(estimator.input_size[1]),
        "runtime": estimator.runtime,
        "threads": str(estimator.num_threads),
    }
    return DiagnosticStatus(
        name=name,
        level=level,
        message=message,
        hardware_id=topic,
        values=[KeyValue(key=key, value=value) for key, value in values.items()],
    )


def _judge(topic: str, report: FrameReport, depth_problem: str | None, busy: float) -> tuple[bytes, str]:
    error, warn = DiagnosticStatus.ERROR, DiagnosticStatus.WARN
    bound = busy_bound(report.total)
    busy_text = f"busy with one image for {busy:.0f} s"
    # The first finding that is true is reported.
    findings = (
        (busy > _HANGS_TIMES * bound, error, f"{busy_text}: the network hangs; restart the node"),
        (busy > bound, warn, busy_text),
        (report.new_failed, error, f"{report.new_failed} images gave no poses: the network failed; see the log"),
        (report.new_bad and not report.pose_rate, error, f"none of the images on {topic} can be read; see the log"),
        (report.silence > SILENCE_S, warn, f"no image on {topic} for {report.silence:.0f} s"),
        (report.new_bad, warn, f"{report.new_bad} images on {topic} could not be read; see the log"),
        (
            report.loses_images and report.new_lost,
            warn,
            f"{report.new_lost} images on {topic} were lost on their way; see the log",
        ),
        (
            report.arrival_share < LEAST_SHARE,
            warn,
            f"only {report.arrival_share:.0%} of the images on {topic} arrive; see the log",
        ),
        (report.age.median > _STALE_S, warn, f"poses are published {report.age.median:.1f} s after their image"),
        (depth_problem, warn, f"depth: {depth_problem}"),
        (True, DiagnosticStatus.OK, f"{report.pose_rate:.1f} poses a second"),
    )
    return next((level, text) for found, level, text in findings if found)


def _milliseconds(name: str, spread: Spread) -> dict[str, str]:
    """Return one number for each key, which tools can plot; NaN if nothing was measured."""
    return {
        f"{name} median (ms)": f"{1e3 * spread.median:.1f}",
        f"{name} p95 (ms)": f"{1e3 * spread.p95:.1f}",
    }
