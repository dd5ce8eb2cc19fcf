# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A figure of known shape in front of a wall, as a depth camera sees it."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from posenet_ros.camera_model import PinholeCamera
from posenet_ros.depth import DepthImage
from posenet_ros.people import People
from posenet_ros.skeleton import LIMBS, KeypointId

WIDTH, HEIGHT = 640, 480
SIZE = HEIGHT, WIDTH
LIMB_RADIUS_M = 0.045
WALL_BEHIND_M = 2.0


def make_body(keypoints: np.ndarray) -> np.ndarray:
    """Return joints, [17, 3] metres around their middle, of a figure of 1.6 m that reaches forward with one arm.

    :param keypoints: [17, 2] of the drawn person
    """
    flat = (keypoints - keypoints.mean(axis=0)) * 1.6 / np.ptp(keypoints[:, 1])
    body = np.column_stack((flat, np.zeros(17)))
    body[KeypointId.LEFT_WRIST, 2] = -0.5
    body[KeypointId.LEFT_ELBOW, 2] = -0.25
    return body


def capsules(joints: np.ndarray) -> list[tuple[np.ndarray, np.ndarray, float]]:
    """Return the limbs as (end, end, radius), flat towards the camera: the surface passes through the joints."""
    head = joints[:5].mean(axis=0)
    return [
        *((joints[a], joints[b], LIMB_RADIUS_M) for a, b in LIMBS),
        (head, head, 0.11),
        *((joints[a], joints[b], 0.1) for a, b in ((5, 11), (6, 12))),
        *((joint, joint, LIMB_RADIUS_M) for joint in joints[5:]),
    ]


def render(joints: np.ndarray, camera: PinholeCamera, wall_z: float, size=SIZE, image_size=SIZE) -> np.ndarray:
    """Return the depth, [height, width] metres, of people as flat limbs before a wall.

    :param camera: of images of the image size; a depth image of another size sees the same, in other pixels
    """
    return _render(np.ascontiguousarray(joints).tobytes(), camera, wall_z, size, image_size)


@lru_cache
def _render(
    joints: bytes, camera: PinholeCamera, wall_z: float, size: tuple[int, int], image_size: tuple[int, int]
) -> np.ndarray:
    rays = _rays(camera, size, image_size)
    x, y = np.ascontiguousarray(rays.T[:2])
    depth = np.full(len(rays), wall_z)
    for person in np.frombuffer(joints).reshape(-1, 17, 3):
        for a, b, radius in capsules(person):
            start, end = a / a[2], b / b[2]
            along = end - start
            margin = radius / min(a[2], b[2])
            low, high = np.minimum(start, end) - margin, np.maximum(start, end) + margin
            around = np.flatnonzero((x >= low[0]) & (x <= high[0]) & (y >= low[1]) & (y <= high[1]))
            there = rays[around]
            share = ((there - start) @ along) / max(float(along @ along), 1e-12)
            share = np.clip(share, 0.0, 1.0)
            # Depth along a straight limb is linear in 1 / z.
            z = 1.0 / ((1.0 - share) / a[2] + share / b[2])
            near = np.linalg.norm(there - (start + share[..., None] * along), axis=-1) * z < radius
            depth[around] = np.where(near, np.minimum(z, depth[around]), depth[around])
    return depth.reshape(size)


@lru_cache
def _rays(camera: PinholeCamera, size: tuple[int, int], image_size: tuple[int, int]) -> np.ndarray:
    """Return the rays through the pixels, row by row, [n, 3]."""
    scale = np.array(size[::-1]) / np.array(image_size[::-1])
    columns, rows = np.meshgrid(np.arange(size[1]), np.arange(size[0]))
    pixels = (np.stack((columns, rows), axis=-1) + 0.5) / scale - 0.5
    return camera.rays(pixels).reshape(-1, 3)


def seen(joints: np.ndarray, camera: PinholeCamera, scores: float = 0.9) -> People:
    """Return the people whose joints, [n, 17, 3] metres, project to the keypoints."""
    joints = joints.reshape(-1, 17, 3)
    return People(camera.project(joints), np.full(joints.shape[:2], scores), np.full(len(joints), scores))


def millimetres(depth: np.ndarray) -> DepthImage:
    return DepthImage(np.rint(depth * 1000).astype(np.uint16), 0.001)


def metres(depth: np.ndarray) -> DepthImage:
    return DepthImage(depth.astype(np.float32), 1.0)


def with_holes(depth: np.ndarray, share: float, hole: float, seed: int = 0) -> np.ndarray:
    return np.where(np.random.default_rng(seed).random(depth.shape) < share, hole, depth)


def right(found: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return which are within 2 cm or 1 % of the distance."""
    bound = np.maximum(0.02, 0.01 * np.linalg.norm(truth, axis=-1))
    return np.linalg.norm(found - truth, axis=-1) <= bound
