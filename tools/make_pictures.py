#!/usr/bin/env python3
# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Makes the README's pictures: docs/overlay.png and docs/markers.png.

Three drawn people before a wall, and what a depth camera would see of them, go the way that images go in the pose
node and in the visualizer.
"""

from __future__ import annotations

import argparse
import sys
from itertools import count
from pathlib import Path

import cv2
import numpy as np
from std_msgs.msg import Header

sys.path.insert(0, str(Path(__file__).parent))
from draw_person import Canvas, paste
from marker_view import View, draw_markers

from posenet_ros.camera_model import PinholeCamera
from posenet_ros.depth import DepthImage, locate
from posenet_ros.drawing import draw_people
from posenet_ros.estimator import PoseEstimator
from posenet_ros.ros.messages.markers import MarkerStyle, people_markers
from posenet_ros.tracking.tracker import PersonTracker

ROOT = Path(__file__).resolve().parents[1]
WIDTH, HEIGHT = 960, 540
FOCAL = 700.0
WALL_DISTANCE = 6.0
# The figure as drawn, 380 pixels tall, is a person of 1.7 m.
SCALE_AT_1_M = FOCAL * 1.7 / 380.0
# Metres to the right and forward, tint, mirrored; the nearest last, since it covers the others.
PEOPLE = (
    (0.25, 4.4, (0.8, 0.95, 1.15), True),
    (-1.1, 3.4, (1.15, 0.9, 0.9), False),
    (0.95, 2.8, (1.0, 1.05, 1.0), True),
)


def make_scene() -> tuple[np.ndarray, np.ndarray]:
    """Return a picture, [h, w, 3] uint8 BGR, and its depth in metres."""
    image = cv2.resize(Canvas().pixels, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA).astype(np.float32)
    depth = np.full((HEIGHT, WIDTH), WALL_DISTANCE, np.float32)
    for x, z, tint, mirrored in PEOPLE:
        scale = SCALE_AT_1_M / z
        # The middle of the figure, at (320, 240) of its picture, is a little below the camera.
        shift = np.array((WIDTH / 2 + FOCAL * x / z, HEIGHT / 2 + FOCAL * 0.1 / z)) - scale * np.array((320.0, 240.0))
        image, cover, _ = paste(image, scale, shift, np.array(tint), mirrored)
        depth[cover > 0.5] = z
    return np.clip(image, 0, 255).astype(np.uint8), depth


def main() -> int:
    """Write the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True, help=".tflite file or name")
    parser.add_argument("--output", type=Path, default=ROOT / "docs")
    options = parser.parse_args()
    image, depth = make_scene()
    people = PoseEstimator(options.model, 16, (353, 481)).estimate(image)
    people = PersonTracker(numbers=count(1)).update(people, 0.0)
    camera = PinholeCamera(FOCAL, FOCAL, (WIDTH - 1) / 2, (HEIGHT - 1) / 2)
    people = locate(people, DepthImage(depth, 1.0), image.shape[:2], camera)
    draw_people(image, people)
    assert people.positions is not None
    style = MarkerStyle(keypoint_threshold=0.5, joint_diameter=0.06, marker_lifetime=0.5)
    markers = people_markers(people, people.positions, Header(), style)
    view = View(eye=(-2.2, -1.3, -1.0), focus=(0.2, 0.1, 3.2), size=(WIDTH, HEIGHT))
    for name, picture in (("overlay.png", image), ("markers.png", draw_markers(markers, view))):
        cv2.imwrite(str(options.output / name), picture, [cv2.IMWRITE_PNG_COMPRESSION, 9])
        print(f"{options.output / name}: {len(people)} people")
    return 0


if __name__ == "__main__":
    sys.exit(main())
