# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A room with walking stick figures before a camera: images, and where the keypoints really are."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from posenet_ros.skeleton import LIMBS, NUM_KEYPOINTS, KeypointId

SIZE = 480, 640
FOCAL = 554.0  # 60 degrees from left to right
_CAMERA_HEIGHT, _WALL = 1.2, 8.0
_STEPS_A_SECOND = 1.8
_MARGIN = 400
_TORSO = [KeypointId.LEFT_SHOULDER, KeypointId.RIGHT_SHOULDER, KeypointId.RIGHT_HIP, KeypointId.LEFT_HIP]
_NOBODY = 255


@dataclass(frozen=True)
class Camera:
    """Where the camera is, metres and radians, and how far its image is shaken, pixels."""

    x: float = 0.0
    z: float = 0.0
    yaw: float = 0.0
    shake: tuple[float, float] = (0.0, 0.0)

    def project(self, points: np.ndarray) -> np.ndarray:
        """Return pixels, [n, 2], of points, [n, 3] metres: x right, y up, z away."""
        x, z = points[:, 0] - self.x, points[:, 2] - self.z
        right = x * math.cos(self.yaw) - z * math.sin(self.yaw)
        away = np.maximum(x * math.sin(self.yaw) + z * math.cos(self.yaw), 0.05)
        columns = FOCAL * right / away + SIZE[1] / 2 + self.shake[0]
        rows = FOCAL * (_CAMERA_HEIGHT - points[:, 1]) / away + SIZE[0] / 2 + self.shake[1]
        return np.column_stack((columns, rows))

    def background(self) -> np.ndarray:
        """Return the wall behind everybody, [480, 640, 3] uint8 BGR."""
        scale = _WALL / (_WALL - self.z)
        x = SIZE[1] / 2 + self.shake[0] - FOCAL * (math.tan(self.yaw) + self.x / (_WALL - self.z))
        y = SIZE[0] / 2 + self.shake[1]
        wall = _wall()
        middle = wall.shape[1] / 2, wall.shape[0] / 2
        warp = np.array(((scale, 0.0, x - scale * middle[0]), (0.0, scale, y - scale * middle[1])))
        return np.asarray(cv2.warpAffine(wall, warp, SIZE[::-1], borderMode=cv2.BORDER_REFLECT))


@lru_cache
def _wall() -> np.ndarray:
    rng = np.random.default_rng(5)
    height, width = SIZE[0] + 2 * _MARGIN, SIZE[1] + 4 * _MARGIN
    wall = np.full((height, width, 3), 150.0, np.float32)
    for cells in (8, 40):
        noise = rng.normal(0.0, 16.0, (cells, cells * width // height, 3)).astype(np.float32)
        wall += cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)
    for _ in range(60):  # doors, shelves, pictures
        corner, size = rng.uniform(0, (width, height)), rng.uniform(20, 220, 2)
        colour = tuple(rng.uniform(60, 220, 3))
        cv2.rectangle(wall, tuple(corner.astype(int)), tuple((corner + size).astype(int)), colour, cv2.FILLED)
    return np.clip(wall, 0, 255).astype(np.uint8)


@dataclass(frozen=True)
class Figure:
    """Somebody at a place, metres, who looks along a heading in radians (0: to the right, pi / 2: away)."""

    x: float
    z: float
    heading: float
    phase: float | None = None
    """Of the steps; None stands still."""

    def points(self) -> np.ndarray:
        """Return the keypoints in the room, [17, 3] metres."""
        swing = 0.0 if self.phase is None else 0.45 * math.sin(self.phase)
        k, body = KeypointId, np.zeros((NUM_KEYPOINTS, 3))  # left, forward, up
        body[k.NOSE] = 0.0, 0.12, 1.62
        for side, sign in (("LEFT", 1.0), ("RIGHT", -1.0)):
            leg, arm = sign * swing, -sign * swing + 0.06
            bend = 0.25 + 0.5 * max(-leg, 0.0) if self.phase is not None else 0.0
            body[k[f"{side}_EYE"]] = sign * 0.035, 0.10, 1.66
            body[k[f"{side}_EAR"]] = sign * 0.08, 0.0, 1.64
            body[k[f"{side}_SHOULDER"]] = shoulder = np.array((sign * 0.19, 0.0, 1.43))
            body[k[f"{side}_ELBOW"]] = elbow = shoulder + _along(0.08 * sign, 0.28, arm)
            body[k[f"{side}_WRIST"]] = elbow + _along(0.06 * sign, 0.25, arm + 0.4)
            body[k[f"{side}_HIP"]] = hip = np.array((sign * 0.11, 0.0, 0.93))
            body[k[f"{side}_KNEE"]] = knee = hip + _along(0.0, 0.43, leg)
            body[k[f"{side}_ANKLE"]] = knee + _along(0.0, 0.43, leg - bend)
        left, forward, up = body.T
        cosine, sine = math.cos(self.heading), math.sin(self.heading)
        return np.column_stack((self.x + forward * cosine - left * sine, up, self.z + forward * sine + left * cosine))


def _along(left: float, length: float, angle: float) -> np.ndarray:
    """Return a limb, metres, that hangs down at an angle in radians to the front."""
    return np.array((left, length * math.sin(angle), -length * math.cos(angle)))


@dataclass(frozen=True)
class Walker:
    """Somebody who walks straight on from (x, z), metres and metres a second; without speed, looks at the camera."""

    x: float
    z: float
    speed_x: float = 0.0
    speed_z: float = 0.0
    since: float = 0.0
    """Stands until then, seconds."""
    turns: float = math.inf
    """Goes back from then on, seconds."""

    def at(self, time: float) -> Figure:
        """Return the person at a time in seconds."""
        if not self.speed_x and not self.speed_z:
            return Figure(self.x, self.z, -math.pi / 2.0)
        walked = max(time - self.since, 0.0) - 2.0 * max(time - max(self.turns, self.since), 0.0)
        back = math.pi if time > self.turns else 0.0
        place = self.x + self.speed_x * walked, self.z + self.speed_z * walked
        heading = math.atan2(self.speed_z, self.speed_x) + back
        return Figure(*place, heading, math.pi * _STEPS_A_SECOND * (time + self.z))


@dataclass(frozen=True)
class Pillar:
    """Something to hide behind, from the floor to a height, metres."""

    x: float
    z: float
    width: float
    height: float = 4.0


@dataclass(frozen=True)
class View:
    """An image, [480, 640, 3] BGR, with keypoints, [n, 17, 2] pixels, and which of them are seen, [n, 17]."""

    image: np.ndarray
    keypoints: np.ndarray
    visible: np.ndarray


@dataclass(frozen=True)
class Room:
    """What stands in the room."""

    pillars: tuple[Pillar, ...] = ()

    def view(self, camera: Camera, figures: list[Figure]) -> View:
        """Return what the camera sees; who is nearer covers who is farther."""
        image, owner = camera.background(), np.full(SIZE, _NOBODY, np.uint8)
        keypoints = np.array([camera.project(figure.points()) for figure in figures]).reshape(-1, NUM_KEYPOINTS, 2)
        things = [(figure.z, number) for number, figure in enumerate(figures)]
        things += [(pillar.z, -1 - number) for number, pillar in enumerate(self.pillars)]
        for z, number in sorted(things, reverse=True):
            if number < 0:
                pillar = self.pillars[-1 - number]
                sides = pillar.x - pillar.width / 2, pillar.x + pillar.width / 2
                corners = camera.project(np.array(((sides[0], 0.0, z), (sides[1], pillar.height, z))))
                (x0, y1), (x1, y0) = np.rint(np.clip(corners, -5000, 5000)).astype(int).tolist()
                cv2.rectangle(image, (x0, y0), (x1, y1), (70, 90, 110), cv2.FILLED)
                cv2.rectangle(owner, (x0, y0), (x1, y1), _NOBODY - 1, cv2.FILLED)
            else:
                _draw(image, owner, keypoints[number], FOCAL / max(z - camera.z, 0.1), number)
        columns, rows = np.rint(keypoints).astype(int).transpose(2, 0, 1)
        inside = (columns >= 0) & (columns < SIZE[1]) & (rows >= 0) & (rows < SIZE[0])
        found = owner[np.clip(rows, 0, SIZE[0] - 1), np.clip(columns, 0, SIZE[1] - 1)]
        return View(image, keypoints, inside & (found == np.arange(len(figures))[:, None]))


def _draw(image: np.ndarray, owner: np.ndarray, keypoints: np.ndarray, metre: float, number: int) -> None:
    rng = np.random.default_rng(100 + number)
    shirt, trousers, skin = rng.uniform(30, 220, 3), rng.uniform(20, 120, 3), np.array((150.0, 180.0, 225.0))
    corners = np.rint(np.clip(keypoints, -5000, 5000)).astype(int)
    for canvas, colours in ((image, (shirt, trousers, skin)), (owner, (number,) * 3)):
        top, legs, face = (tuple(np.atleast_1d(colour).tolist()) for colour in colours)
        for a, b in LIMBS:
            lower = max(a, b) >= KeypointId.LEFT_KNEE
            thickness = max(round((0.14 if lower else 0.10) * metre), 1)
            cv2.line(canvas, corners[a].tolist(), corners[b].tolist(), legs if lower else top, thickness)
        cv2.fillConvexPoly(canvas, cv2.convexHull(corners[_TORSO]), top)
        cv2.line(canvas, corners[KeypointId.LEFT_SHOULDER].tolist(), corners[KeypointId.NOSE].tolist(), face, 3)
        cv2.circle(canvas, corners[KeypointId.NOSE].tolist(), max(round(0.12 * metre), 1), face, cv2.FILLED)
