#!/usr/bin/env python3
# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Runs camera, pose and visualizer nodes as separate processes and shows what they publish."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from pathlib import Path

import cv2
import rclpy
from sensor_msgs.msg import Image

sys.path.insert(0, str(Path(__file__).parent))
from clip import CLIP, has_truth, read_clip
from clip_comparison import ClipComparison
from demo_audience import COMPARED_PICTURES, Audience
from node_processes import DemoError, NodeProcesses

from posenet_ros.msg import Pose
from posenet_ros.ros.messages.images import to_bgr
from posenet_ros.ros.middleware import large_image_environment

ROOT = Path(__file__).resolve().parents[1]
# This image has a depth image.
DEFAULT_INPUT_WITH_DEPTH = ROOT / "test" / "data" / "person.png"


def wait_for_poses(audience: Audience, nodes: NodeProcesses, timeout: float) -> None:
    """Spin until people arrive; raise DemoError if that fails or takes too long."""
    deadline = time.monotonic() + timeout
    while not audience.satisfied:
        rclpy.spin_once(audience, timeout_sec=0.1)
        if audience.comparison is not None and audience.comparison.compared and sys.stderr.isatty():
            shown = f"{audience.comparison.compared} of {COMPARED_PICTURES} images"
            print(f"\r{shown}", end="" if not audience.satisfied else "\n", file=sys.stderr, flush=True)
        nodes.check()
        audience.check()
        if time.monotonic() > deadline:
            if audience.images_seen and audience.poses is None:
                raise DemoError(f"nobody was found in {audience.images_seen} images of the input")
            if audience.poses is not None and audience.overlay is not None and audience.markers is not None:
                return  # A slow machine compares fewer images.
            missing = [
                topic
                for topic, message in (
                    ("pose", audience.poses),
                    ("pose/markers", audience.markers),
                    ("pose/overlay", audience.overlay),
                )
                if message is None
            ]
            raise DemoError(f"nothing arrived on {', '.join(missing)} within {timeout:g} s")


def print_table(poses: list[Pose], with_depth: bool) -> None:
    """Print the keypoints of everybody: pixels, score and, if known, metres."""
    for pose in poses:
        title = f"\nperson {pose.id}: score {pose.score:.2f}\n{'keypoint':<15}{'x':>8}{'y':>8}{'score':>7}"
        print(title + f"{'X (m)':>9}{'Y (m)':>8}{'Z (m)':>8}" * with_depth)
        for keypoint in pose.keypoints:
            row = f"{keypoint.name:<15}{keypoint.x:>8.1f}{keypoint.y:>8.1f}{keypoint.score:>7.2f}"
            place = keypoint.position
            print(row + f"{place.x:>9.2f}{place.y:>8.2f}{place.z:>8.2f}" * with_depth)


def depth_picture_of(source: str) -> Path:
    """Return the depth image beside an image file; raise DemoError if there is none."""
    path = Path(source)
    depth = path.with_name(f"{path.stem}_depth.png")
    if not depth.is_file():
        raise DemoError(f"there is no depth image {depth} (PNG, 16 bits, millimetres); leave --depth out")
    return depth


def save_overlay(overlay: Image, source: str, folder: Path) -> Path:
    """Write the annotated image and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{Path(source).stem or 'camera'}_poses.png"
    if not cv2.imwrite(str(path), to_bgr(overlay)):
        raise DemoError(f"cannot write {path}")
    return path


def main() -> int:
    """Run the demo; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--input", default="", help="image, folder, video, webcam index or URL; default: a clip")
    parser.add_argument(
        "--depth", action="store_true", help="in space, with PICTURE_depth.png in millimetres beside it"
    )
    parser.add_argument("--model", default="", help=".tflite file or name; default: that of config/pose.yaml")
    parser.add_argument("--output", type=Path, default=ROOT / "demo_output", help="folder of the annotated image")
    parser.add_argument("--timeout", type=float, default=30.0, help="seconds to wait for people")
    options = parser.parse_args()

    source = options.input or str(DEFAULT_INPUT_WITH_DEPTH if options.depth else CLIP)
    comparison = ClipComparison(read_clip(Path(source))) if has_truth(Path(source)) else None
    os.environ.update(large_image_environment(os.environ))
    # SIGTERM must end the nodes, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        depth_picture = depth_picture_of(source) if options.depth else None
        with NodeProcesses(source, options.model, depth_picture) as nodes:
            rclpy.init(signal_handler_options=rclpy.SignalHandlerOptions.NO)
            audience = Audience(comparison)
            wait_for_poses(audience, nodes, options.timeout)
    except DemoError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    finally:
        rclpy.try_shutdown()
    print_table(audience.poses.poses, options.depth)
    path = save_overlay(audience.overlay, source, options.output)
    print(f"\n{len(audience.poses.poses)} people, {len(audience.markers.markers)} markers; annotated image: {path}")
    if comparison is not None:
        print(comparison.summary())
    return 0


if __name__ == "__main__":
    sys.exit(main())
