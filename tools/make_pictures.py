#!/usr/bin/env python3
# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Makes the README's pictures: docs/clip.webp, an animation, and docs/speed.png, a plot.

The rendered clip goes the way that images go in the pose node and in the visualizer: on the left the overlay, on the
right the markers. The plot shows what 'make speed-accuracy' measured last.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from std_msgs.msg import Header

sys.path.insert(0, str(Path(__file__).parent))
from clip import CLIP, RATE
from marker_view import View, draw_markers
from speed_plot import MEASURED, draw_plot, read_points

from posenet_ros.camera_model import PinholeCamera
from posenet_ros.drawing import draw_people
from posenet_ros.estimator import PoseEstimator
from posenet_ros.figures.markers import MarkerStyle, people_markers
from posenet_ros.pipeline import PosePipeline
from posenet_ros.ros.messages.markers import ROS_MARKERS
from posenet_ros.settings.pose import PipelineSettings

ROOT = Path(__file__).resolve().parents[1]
PANEL = 480, 360
# As in config/pose.rviz: metres in the optical frame, a little above the camera and behind it.
VIEW = View(eye=(0.0, -0.5, -0.9), focus=(0.0, 0.0, 2.0), size=PANEL, focal=430.0)
PLANE_DISTANCE = 2.0
STYLE = MarkerStyle(keypoint_threshold=0.5, joint_diameter=0.05, marker_lifetime=0.5)
LARGEST_BYTES = 1_500_000


def animate(model: str) -> list[Image.Image]:
    """Return the images of the animation."""
    settings = PipelineSettings(input_height=353, input_width=481, decoder="multi_refined", smoothing=True)
    pipeline = PosePipeline(PoseEstimator(model))
    frames = []
    for number, path in enumerate(sorted(CLIP.glob("*.jpg"))):
        image = cv2.imread(str(path))
        people = pipeline.process(image, number / RATE, settings).people
        draw_people(image, people)
        camera = PinholeCamera.from_field_of_view(image.shape[1], image.shape[0], 60.0)
        positions = camera.on_plane(people.keypoints, PLANE_DISTANCE)
        markers = draw_markers(people_markers(ROS_MARKERS, people, positions, Header(), STYLE), VIEW)
        overlay = cv2.resize(image, PANEL, interpolation=cv2.INTER_AREA)
        frames.append(Image.fromarray(np.hstack((overlay, markers))[..., ::-1]))
    return frames


def main() -> int:
    """Write the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="bundled", help=".tflite file or name")
    parser.add_argument("--output", type=Path, default=ROOT / "docs")
    options = parser.parse_args()
    frames = animate(options.model)
    path = options.output / "clip.webp"
    for quality in range(70, 20, -10):
        frames[0].save(
            path,
            save_all=True,
            append_images=frames[1:],
            duration=round(1000 / RATE),
            loop=0,
            quality=quality,
            method=6,
        )
        if path.stat().st_size <= LARGEST_BYTES:
            break
    print(f"{path}: {len(frames)} images, {path.stat().st_size / 1e6:.2f} MB, quality {quality}")
    draw_plot(*read_points(MEASURED), options.output / "speed.png")
    print(f"{options.output / 'speed.png'}: from {MEASURED}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
