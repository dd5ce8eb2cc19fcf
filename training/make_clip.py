# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Renders the clip of the demo: people who walk and wave, as pictures, and where their keypoints are.

``truth.json`` beside the pictures holds ``{"people": [[{"keypoints": [[x, y], ...], "visible": [...]}, ...], ...]}``:
for each picture everybody in it, keypoints in pixels and in the order of the skeleton.
"""

from __future__ import annotations

import argparse
import json
import math
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from training.body import Pose, Shape
from training.body_data import SIDES, load_body_data
from training.camera import look_at
from training.clothes import find_regions
from training.light import sample_light
from training.poses import arm_pose
from training.render import OUTSIDE, VISIBLE
from training.room import draw_room
from training.rotations import X_AXIS, about
from training.scene import Actor, Stand, render_scene

SIZE = 480, 640
FOCAL = 554.0  # 60 degrees from left to right, as camera_node assumes
RATE = 10.0
_STEPS_A_SECOND = 1.8
_JPEG_QUALITY = 88


@dataclass(frozen=True)
class Walker:
    """Somebody who walks along x at a depth z, metres; speed 0 stands and waves."""

    start: float
    speed: float
    depth: float

    def stand(self, shape: Shape, time: float) -> Stand:
        """Return where and how the person is at a time in seconds."""
        if not self.speed:
            return Stand((self.start, self.depth), 0.15, _waving(shape, time))
        heading = math.copysign(math.pi / 2.0, self.speed)
        return Stand((self.start + self.speed * time, self.depth), 0.8 * heading, _walking(shape, time))


CAST = (Walker(-0.75, 0.0, 1.5), Walker(-2.9, 1.15, 0.3), Walker(2.9, -0.95, -0.9))


def _walking(shape: Shape, time: float) -> Pose:
    phase = math.pi * _STEPS_A_SECOND * time
    pose: Pose = {}
    for side, suffix in enumerate(SIDES):
        swing = math.sin(phase + math.pi * side)
        # The knee of the leg that comes forward is bent while it passes the other.
        bend = 10.0 + 45.0 * max(math.cos(phase + math.pi * side), 0.0)
        pose[f"upperleg01{suffix}"] = about(X_AXIS, -math.radians(6.0 + 24.0 * swing))
        pose[f"lowerleg01{suffix}"] = about(X_AXIS, math.radians(bend))
        # Arms swing against the legs.
        raised, outward = 6.0 + 22.0 * abs(swing), 165.0 if swing > 0.0 else 25.0
        pose |= arm_pose(shape, side, raised, outward, 20.0, (-0.2, 0.2, 1.0))
    return pose


def _waving(shape: Shape, time: float) -> Pose:
    wave = math.sin(2.0 * math.pi * 0.9 * time)
    left = arm_pose(shape, 0, 95.0, 80.0, 80.0 + 25.0 * wave, (0.0, 1.0, 0.2))
    return left | arm_pose(shape, 1, 10.0, 80.0, 12.0, (-0.2, 0.1, 1.0))


def main() -> None:
    """Render the clip."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--body", type=Path, default=Path("training_output/cache/body.npz"))
    parser.add_argument("--frames", type=int, default=48)
    parser.add_argument("--seed", type=int, default=8)
    parser.add_argument("--output", type=Path, default=Path("test/data/clip"))
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    data = load_body_data(options.body)
    regions = find_regions(data)
    actors = [Actor.sample(data, regions, rng) for _ in CAST]
    camera = look_at((0.0, 1.25, 4.2), (0.0, 0.95, 0.0), FOCAL, SIZE)
    light = sample_light(rng)
    background = draw_room(camera)
    options.output.mkdir(parents=True, exist_ok=True)
    truth = []
    for frame in range(options.frames):
        cast = [(actor, walker.stand(actor.shape, frame / RATE)) for actor, walker in zip(actors, CAST, strict=True)]
        sample = render_scene(data, cast, camera, light, background)
        noisy = sample.image + np.random.default_rng(frame).normal(0.0, 1.5, sample.image.shape)
        picture = np.clip(noisy, 0, 255).astype(np.uint8)[..., ::-1]
        path = options.output / f"{frame:03}.jpg"
        cv2.imwrite(str(path), picture, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
        truth.append(
            [
                {"keypoints": np.round(keypoints, 1).tolist(), "visible": (states == VISIBLE).tolist()}
                for keypoints, states in zip(sample.keypoints.astype(float), sample.states, strict=True)
                if (states != OUTSIDE).any()
            ]
        )
        print(f"\r{frame + 1} of {options.frames} pictures", end="", flush=True)
    (options.output / "truth.json").write_text(json.dumps({"people": truth}) + "\n")
    print(f"\n{options.output}: {sum(path.stat().st_size for path in options.output.iterdir()) / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
