# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A camera that puts a load on the pose node, and what is seen of the node meanwhile."""

from __future__ import annotations

import math
import os
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import rclpy
from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticArray
from rcl_interfaces.srv import GetParameters
from rclpy.node import Node
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import Image
from std_msgs.msg import Header

from posenet_ros.msg import PoseArray
from posenet_ros.ros.messages.images import to_image_message
from posenet_ros.ros.qos import OUTPUT

ROOT = Path(__file__).resolve().parents[1]
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Load:
    """What was seen under one load."""

    name: str
    rate: float
    seconds: float
    keeps_up: bool = True
    """Whether the network is fast enough for every image."""
    sent: int = 0
    ages: list[float] = field(default_factory=list)
    resident: list[tuple[float, float]] = field(default_factory=list)
    totals: list[float] = field(default_factory=list)
    inferences: list[float] = field(default_factory=list)
    executor_load: float = 0.0
    answers: list[float] = field(default_factory=list)
    """Seconds from a parameter request to its answer."""

    @property
    def pose_rate(self) -> float:
        """Poses a second."""
        return len(self.ages) / self.seconds


class Camera(Node):
    """Publishes stamped images of (width, height), best effort, and listens to what becomes of them.

    :param names: of the cameras, the prefixes of their topics
    """

    def __init__(self, size: tuple[int, int] = (640, 480), names: tuple[str, ...] = ("",)) -> None:
        super().__init__("load_camera")
        picture = cv2.imread(str(ROOT / "test" / "data" / "person.png"))
        self._message = to_image_message(cv2.resize(picture, size), Header(frame_id="load_camera"))
        self._image_publishers = []
        for prefix in (f"{name}/" if name else "" for name in names):
            self._image_publishers.append(self.create_publisher(Image, f"{prefix}image", qos_profile_sensor_data))
            self.create_subscription(PoseArray, f"{prefix}pose", self._on_poses, OUTPUT)
        self.create_subscription(DiagnosticArray, "/diagnostics", self._on_diagnostics, OUTPUT)
        self._parameters_client = self.create_client(GetParameters, "posenet/get_parameters")
        self.load: Load | None = None

    def ask(self) -> None:
        """Ask the node for a parameter; the load keeps how long the answer takes."""
        load, asked = self.load, time.monotonic()
        if load is not None and self._parameters_client.service_is_ready():
            answer = self._parameters_client.call_async(GetParameters.Request(names=["max_poses"]))
            answer.add_done_callback(lambda _: load.answers.append(time.monotonic() - asked))

    def send(self) -> None:
        """Publish an image with the time of now."""
        for publisher in self._image_publishers:
            nanoseconds = time.time_ns()
            self._message.header.stamp = Time(sec=nanoseconds // 10**9, nanosec=nanoseconds % 10**9)
            publisher.publish(self._message)
            if self.load is not None:
                self.load.sent += 1

    def _on_poses(self, message: PoseArray) -> None:
        if self.load is not None and message.poses:
            stamp = message.header.stamp
            self.load.ages.append(time.time() - stamp.sec - 1e-9 * stamp.nanosec)

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        values = {value.key: value.value for status in message.status for value in status.values}
        for key, kept in (("total", "totals"), ("inference", "inferences")):
            seconds = float(values.get(f"{key} median (ms)", "nan")) / 1e3
            if self.load is not None and not math.isnan(seconds):
                getattr(self.load, kept).append(seconds)


def memory_mb(pid: int) -> dict[str, float]:
    """Return the resident memory of a process: RssAnon its own, RssFile of files, RssShmem of shared segments."""
    lines = [line.split() for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("Rss")]
    return {kind.rstrip(":"): int(kilobytes) * 1024 / 1e6 for kind, kilobytes, _ in lines}


def main_thread_seconds(pid: int) -> float:
    """Return the processor time of the main thread, which runs the executor."""
    fields = Path(f"/proc/{pid}/task/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def run_load(camera: Camera, load: Load, pid: int, quiet: bool = False) -> None:
    """Send images for the load's time, on a steady schedule."""
    camera.load = load
    begin = due = time.monotonic()
    cpu = main_thread_seconds(pid)
    next_look = begin
    while (now := time.monotonic()) < begin + load.seconds:
        if now >= due:
            camera.send()
            due = max(due + 1.0 / load.rate, now - 1.0 / load.rate)
        if now >= next_look:
            load.resident.append((now - begin, memory_mb(pid)["RssAnon"]))
            next_look += 1.0
            camera.ask()
            shown = f"{load.name}: {now - begin:.0f} of {load.seconds:.0f} s, {len(load.ages)} poses"
            if not quiet:
                print(f"\r{shown}, {load.resident[-1][1]:.1f} MB", end="", file=sys.stderr, flush=True)
        rclpy.spin_once(camera, timeout_sec=max(min(due, next_look) - time.monotonic(), 0.0))
    load.executor_load = (main_thread_seconds(pid) - cpu) / load.seconds
    camera.load = None
    if not quiet:
        print(file=sys.stderr)
