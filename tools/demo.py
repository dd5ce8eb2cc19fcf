#!/usr/bin/env python3
# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Runs camera, pose and visualizer nodes as separate processes and shows what they publish."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType

import cv2
import rclpy
from ament_index_python.packages import get_package_prefix
from lifecycle_msgs.msg import State
from lifecycle_msgs.srv import GetState
from rclpy.node import Node
from rclpy.task import Future
from sensor_msgs.msg import Image
from visualization_msgs.msg import MarkerArray

from posenet_ros.msg import Pose, PoseArray
from posenet_ros.ros.image_messages import to_bgr
from posenet_ros.ros.qos import OUTPUT
from posenet_ros.ros.transport import large_image_environment

ROOT = Path(__file__).resolve().parents[1]
DEFAULT_INPUT = ROOT / "test" / "data" / "person.png"
# Time to end after Ctrl-C, before stronger means are used.
END_TIMEOUT_S = 5.0
ASK_AGAIN_AFTER_S = 2.0


class DemoError(Exception):
    """The demo cannot show poses; the message says why."""


class NodeProcesses:
    """The nodes under demonstration, ended together with this object."""

    def __init__(self, camera_source: str, model: str, depth_picture: Path | None) -> None:
        camera, pose = {"source": _yaml_string(camera_source)}, {}
        if model:
            pose["model"] = _yaml_string(model)
        if depth_picture:
            camera["depth_picture"] = _yaml_string(str(depth_picture))
            pose["depth"] = "true"
        commands = {
            executable: ["--ros-args", *(part for name in values for part in ("-p", f"{name}:={values[name]}"))]
            for executable, values in (("camera_node", camera), ("pose_node", pose), ("visualizer_node", {}))
        }
        folder = Path(get_package_prefix("posenet_ros")) / "lib" / "posenet_ros"
        self._processes = {
            # In sessions of their own: Ctrl-C reaches this program, which ends them in order.
            name: subprocess.Popen([str(folder / name), *arguments], start_new_session=True)
            for name, arguments in commands.items()
        }

    def __enter__(self) -> NodeProcesses:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for signal_number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            running = [process for process in self._processes.values() if process.poll() is None]
            for process in running:
                process.send_signal(signal_number)
            deadline = time.monotonic() + END_TIMEOUT_S
            for process in running:
                try:
                    process.wait(max(deadline - time.monotonic(), 0.0))
                except subprocess.TimeoutExpired:
                    continue
        failed = {name: process.returncode for name, process in self._processes.items() if process.returncode}
        if failed and kind is None:
            raise DemoError(f"these did not end cleanly (exit status): {failed}")

    def check(self) -> None:
        """Raise DemoError if a node has ended."""
        for name, process in self._processes.items():
            if process.poll() is not None:
                raise DemoError(f"{name} ended with exit status {process.returncode}; its last message says why")


class Audience(Node):
    """Collects what the nodes publish."""

    def __init__(self) -> None:
        super().__init__("posenet_demo")
        self.images_seen = 0
        self.poses: PoseArray | None = None
        self.markers: MarkerArray | None = None
        self.overlay: Image | None = None
        self._pose_node_state = self.create_client(GetState, "posenet/get_state")
        self._asked: Future | None = None
        self._ask_again = 0.0
        self.create_subscription(PoseArray, "pose", self._on_poses, OUTPUT)
        self.create_subscription(MarkerArray, "pose/markers", self._on_markers, OUTPUT)
        self.create_subscription(Image, "pose/overlay", self._on_overlay, OUTPUT)

    @property
    def satisfied(self) -> bool:
        """Whether people, their markers and the picture of them have come."""
        return bool(self.poses and self.markers and self.overlay)

    def check(self) -> None:
        """Raise DemoError if the pose node could not start."""
        unanswered = self._asked is None or (not self._asked.done() and time.monotonic() > self._ask_again)
        if unanswered and self._pose_node_state.service_is_ready():
            # The node activates itself before it answers. Answers to a client that is new can get lost.
            self._asked = self._pose_node_state.call_async(GetState.Request())
            self._ask_again = time.monotonic() + ASK_AGAIN_AFTER_S
        answer = self._asked.result() if self._asked is not None and self._asked.done() else None
        if answer is not None and answer.current_state.id == State.PRIMARY_STATE_UNCONFIGURED:
            raise DemoError("pose_node could not be configured; its last message says why")

    def _on_poses(self, message: PoseArray) -> None:
        self.images_seen += 1
        # A picture of other people than those in the table would be confusing: keep to one stamp.
        if message.poses and not self.satisfied:
            self.poses = message
            self.overlay = None

    def _on_markers(self, message: MarkerArray) -> None:
        if message.markers:
            self.markers = message

    def _on_overlay(self, message: Image) -> None:
        if self.poses is not None and message.header.stamp == self.poses.header.stamp:
            self.overlay = message


def _yaml_string(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def wait_for_poses(audience: Audience, nodes: NodeProcesses, timeout: float) -> None:
    """Spin until people have come; raise DemoError if that fails or takes too long."""
    deadline = time.monotonic() + timeout
    while not audience.satisfied:
        rclpy.spin_once(audience, timeout_sec=0.1)
        nodes.check()
        audience.check()
        if time.monotonic() > deadline:
            if audience.images_seen and audience.poses is None:
                raise DemoError(f"nobody was found in {audience.images_seen} images of the input")
            missing = [
                topic
                for topic, message in (
                    ("pose", audience.poses),
                    ("pose/markers", audience.markers),
                    ("pose/overlay", audience.overlay),
                )
                if message is None
            ]
            raise DemoError(f"nothing came on {', '.join(missing)} within {timeout:g} s")


def print_table(poses: list[Pose], with_depth: bool) -> None:
    """Print the key points of everybody: pixels, score and, if known, metres."""
    for pose in poses:
        title = f"\nperson {pose.id}: score {pose.score:.2f}\n{'key point':<15}{'x':>8}{'y':>8}{'score':>7}"
        print(title + f"{'X (m)':>9}{'Y (m)':>8}{'Z (m)':>8}" * with_depth)
        for keypoint in pose.keypoints:
            row = f"{keypoint.name:<15}{keypoint.x:>8.1f}{keypoint.y:>8.1f}{keypoint.score:>7.2f}"
            place = keypoint.position
            print(row + f"{place.x:>9.2f}{place.y:>8.2f}{place.z:>8.2f}" * with_depth)


def depth_picture_of(source: str) -> Path:
    """Return the depth picture that lies beside a picture; raise DemoError if there is none."""
    path = Path(source)
    depth = path.with_name(f"{path.stem}_depth.png")
    if not depth.is_file():
        raise DemoError(f"there is no depth picture {depth} (PNG, 16 bits, millimetres); leave --depth out")
    return depth


def save_overlay(overlay: Image, source: str, folder: Path) -> Path:
    """Write the annotated picture and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{Path(source).stem or 'camera'}_poses.png"
    if not cv2.imwrite(str(path), to_bgr(overlay)):
        raise DemoError(f"cannot write {path}")
    return path


def main() -> int:
    """Run the demo; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--input", default=str(DEFAULT_INPUT), help="picture, folder, video, webcam index or URL")
    parser.add_argument(
        "--depth", action="store_true", help="in space, with PICTURE_depth.png in millimetres beside it"
    )
    parser.add_argument("--model", default="", help=".tflite file or name; default: that of config/pose.yaml")
    parser.add_argument("--output", type=Path, default=ROOT / "demo_output", help="folder of the annotated picture")
    parser.add_argument("--timeout", type=float, default=30.0, help="seconds to wait for people")
    options = parser.parse_args()

    os.environ.update(large_image_environment(os.environ))
    # SIGTERM must end the nodes, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        depth_picture = depth_picture_of(options.input) if options.depth else None
        with NodeProcesses(options.input, options.model, depth_picture) as nodes:
            rclpy.init(signal_handler_options=rclpy.SignalHandlerOptions.NO)
            audience = Audience()
            wait_for_poses(audience, nodes, options.timeout)
    except DemoError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    finally:
        rclpy.try_shutdown()
    print_table(audience.poses.poses, options.depth)
    path = save_overlay(audience.overlay, options.input, options.output)
    print(f"\n{len(audience.poses.poses)} people, {len(audience.markers.markers)} markers; annotated picture: {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
