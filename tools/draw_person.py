#!/usr/bin/env python3
# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Draws the picture of a person that the demo and the tests use: test/data/person.png.

PoseNet takes the shaded figure for a person. Its keypoints are known by construction, in
test/data/person.json: {name: [x, y]} in pixels. test/data/person_depth.png is what a depth camera would see of it:
millimetres, 16 bits, 0 where nothing is measured.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from posenet_ros.skeleton import KEYPOINT_NAMES, LIMBS

WIDTH, HEIGHT = 640, 480
# Drawn larger and scaled down, since OpenCV smooths outlines but not gradients.
SUPERSAMPLING = 4
HEAD_TOP = np.array((320.0, 50.0))
SCALE = 1.1
SHADES = 10

SKIN, SHIRT, TROUSERS, SHOES, HAIR = (150, 180, 225), (150, 80, 40), (70, 60, 60), (40, 40, 50), (30, 45, 60)

# Relative to the top of the head, about a 350th of the body height a unit.
KEYPOINTS = {
    "nose": (0, 46),
    "leftEye": (9, 35),
    "rightEye": (-9, 35),
    "leftEar": (22, 40),
    "rightEar": (-22, 40),
    "leftShoulder": (38, 88),
    "rightShoulder": (-38, 88),
    "leftElbow": (62, 130),
    "rightElbow": (-56, 138),
    "leftWrist": (80, 92),
    "rightWrist": (-66, 186),
    "leftHip": (16, 190),
    "rightHip": (-16, 190),
    "leftKnee": (22, 262),
    "rightKnee": (-20, 262),
    "leftAnkle": (26, 330),
    "rightAnkle": (-22, 330),
}


# Metres from the camera. The raised left hand is nearer than the body, the wall farther.
BODY_DISTANCE, WALL_DISTANCE = 2.5, 4.5
PART_DISTANCES = {"leftElbow": 2.4, "leftWrist": 2.2, "rightElbow": 2.55, "rightKnee": 2.45}
UNMEASURED_SHARE = 0.1


def place(point: tuple[float, float]) -> np.ndarray:
    """Return where a point of the figure is in the picture."""
    return HEAD_TOP + SCALE * np.asarray(point, float)


class Canvas:
    """A picture with a soft background."""

    def __init__(self) -> None:
        sky = np.linspace((205, 190, 170), (154, 142, 128), HEIGHT)
        sky[380:] = np.linspace((110, 130, 150), (77, 91, 105), HEIGHT - 380)
        rows = np.repeat(sky[:, None], WIDTH, axis=1).astype(np.uint8)
        self.pixels = cv2.resize(rows, None, fx=SUPERSAMPLING, fy=SUPERSAMPLING)

    def polygon(self, points: list[np.ndarray], colour: tuple[float, ...]) -> None:
        """Fill a convex polygon."""
        corners = np.rint(np.array(points) * SUPERSAMPLING).astype(np.int32)
        cv2.fillConvexPoly(self.pixels, corners, colour, cv2.LINE_AA)

    def ellipse(
        self, centre: tuple[float, float], axes: tuple[float, float], colour: tuple[float, ...], start: int = 0
    ) -> None:
        """Fill an ellipse of the figure, from an angle in degrees to 360."""
        middle = tuple(np.rint(place(centre) * SUPERSAMPLING).astype(int))
        radii = tuple(round(SCALE * axis * SUPERSAMPLING) for axis in axes)
        cv2.ellipse(self.pixels, middle, radii, 0, start, 360, colour, cv2.FILLED, cv2.LINE_AA)

    def limb(
        self, a: tuple[float, float], b: tuple[float, float], width_a: float, width_b: float, colour: tuple
    ) -> None:
        """Draw a tapering limb, darker towards its edges."""
        start, end = place(a), place(b)
        along = (end - start) / np.linalg.norm(end - start)
        across = np.array((-along[1], along[0])) * SCALE
        for step in range(SHADES, -1, -1):
            rim = step / SHADES
            shade = tuple(np.array(colour) * (1.0 - 0.45 * rim))
            shrink = 0.4 + 0.6 * rim
            wide, narrow = across * width_a, across * width_b * shrink
            self.polygon([start + wide, end + narrow, end - narrow, start - wide], shade)
            self.ellipse(a, (width_a * shrink,) * 2, shade)
            self.ellipse(b, (width_b * shrink,) * 2, shade)

    def torso(self) -> None:
        """Draw the upper body."""
        half = np.array(((44, 80), (34, 140), (32, 196)), float)
        for shrink in np.linspace(1.0, 0.4, SHADES):
            right = half * (shrink, 1.0)
            outline = [place((x, y)) for x, y in right] + [place((-x, y)) for x, y in right[::-1]]
            self.polygon(outline, tuple(np.array(SHIRT) * (1.0 - 0.45 * (shrink - 0.4))))

    def head(self) -> None:
        """Draw neck, face and hair."""
        self.limb((0, 66), (0, 78), 11, 13, SKIN)
        for shrink in np.linspace(1.0, 0.3, SHADES):
            self.ellipse((0, 38), (22 * shrink, 29 * shrink), tuple(np.array(SKIN) * (1.0 - 0.3 * (shrink - 0.3))))
        self.ellipse((0, 28), (24, 24), HAIR, start=180)
        for side in (-1, 1):
            self.ellipse((22 * side, 40), (4, 7), tuple(np.array(SKIN) * 0.85))
            self.ellipse((9 * side, 28), (6, 1), HAIR)
            self.ellipse((9 * side, 35), (5, 3), (245, 245, 245))
            self.ellipse((9 * side, 35), (2.6, 2.6), (50, 40, 30))
        self.ellipse((0, 46), (3, 2), tuple(np.array(SKIN) * 0.65))
        self.ellipse((0, 42), (1.2, 5), tuple(np.array(SKIN) * 0.7))
        self.ellipse((0, 56), (8, 2.5), (90, 90, 190))


@lru_cache
def draw() -> np.ndarray:
    """Return the picture, [480, 640, 3] uint8 BGR."""
    k = KEYPOINTS
    canvas = Canvas()
    for side in ("left", "right"):
        hip, knee, ankle = (k[side + part] for part in ("Hip", "Knee", "Ankle"))
        canvas.limb(hip, knee, 17, 13, TROUSERS)
        canvas.limb(knee, ankle, 12, 8, TROUSERS)
        toes = 8 if side == "left" else -8
        canvas.limb((ankle[0], ankle[1] + 5), (ankle[0] + toes, ankle[1] + 12), 8, 7, SHOES)
        shoulder, elbow, wrist = (np.array(k[side + part], float) for part in ("Shoulder", "Elbow", "Wrist"))
        hand = wrist + 9 * (wrist - elbow) / np.linalg.norm(wrist - elbow)
        canvas.limb(shoulder, elbow, 12, 9, SHIRT)
        canvas.limb(elbow, wrist, 8, 6, SKIN)
        canvas.limb(wrist, hand, 7, 6, SKIN)
    canvas.torso()
    canvas.head()
    return cv2.resize(canvas.pixels, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)


@lru_cache
def outline() -> np.ndarray:
    """Return where the figure is in the picture, [480, 640] bool."""
    empty = cv2.resize(Canvas().pixels, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    return np.asarray(np.abs(draw().astype(int) - empty).max(axis=-1) > 2)


def paste(
    image: np.ndarray, scale: float, shift: np.ndarray, tint: np.ndarray, mirrored: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the image with the figure in it, where it covers the image (0 to 1), and its keypoints, [17, 2].

    :param image: [height, width, 3] float BGR
    :param scale: of the figure, 1 for the size it is drawn at
    :param shift: (x, y) pixels from the figure's picture, scaled, to the image
    :param tint: factors of blue, green and red; what is too bright for a picture becomes 255
    :param mirrored: left and right change sides
    """
    pixels, cover = np.minimum(draw() * tint, 255.0).astype(np.float32), outline().astype(np.float32)
    points = np.array([place(KEYPOINTS[name]) for name in KEYPOINT_NAMES])
    if mirrored:
        pixels, cover = pixels[:, ::-1], cover[:, ::-1]
        points = np.column_stack((WIDTH - 1 - points[:, 0], points[:, 1]))
        points = points[[KEYPOINT_NAMES.index(_other_side(name)) for name in KEYPOINT_NAMES]]
    warp = np.array(((scale, 0.0, shift[0]), (0.0, scale, shift[1])))
    size = image.shape[1::-1]
    layer = cv2.warpAffine(pixels, warp, size, flags=cv2.INTER_AREA)
    alpha = cv2.warpAffine(cover, warp, size)
    return image * (1.0 - alpha[..., None]) + layer * alpha[..., None], alpha, points * scale + shift


def _other_side(name: str) -> str:
    return name.replace("left", "?").replace("right", "left").replace("?", "right")


def depth() -> np.ndarray:
    """Return the depth image, [480, 640] uint16 millimetres: each pixel of the figure as far as the nearest limb."""
    columns, rows = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    pixels = np.stack((columns, rows), axis=-1).astype(float)
    least = np.full((HEIGHT, WIDTH), np.inf)
    figure = np.full((HEIGHT, WIDTH), BODY_DISTANCE)
    for a, b in LIMBS:
        names = KEYPOINT_NAMES[a], KEYPOINT_NAMES[b]
        start, end = (place(KEYPOINTS[name]) for name in names)
        along = end - start
        share = np.clip(((pixels - start) @ along) / (along @ along), 0.0, 1.0)
        away = np.linalg.norm(pixels - start - share[..., None] * along, axis=-1)
        near, far = (PART_DISTANCES.get(name, BODY_DISTANCE) for name in names)
        figure = np.where(away < least, near + share * (far - near), figure)
        least = np.minimum(away, least)
    metres = np.where(outline(), figure, WALL_DISTANCE)
    metres[np.random.default_rng(0).random(metres.shape) < UNMEASURED_SHARE] = 0.0
    return np.rint(1000.0 * metres).astype(np.uint16)


def main() -> None:
    """Write the picture, its depth and its keypoints."""
    folder = Path(__file__).parents[1] / "test" / "data"
    for name, picture in (("person.png", draw()), ("person_depth.png", depth())):
        cv2.imwrite(str(folder / name), picture, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    truth = {name: np.round(place(point), 1).tolist() for name, point in KEYPOINTS.items()}
    (folder / "person.json").write_text(json.dumps(truth, indent=2) + "\n")


if __name__ == "__main__":
    main()
