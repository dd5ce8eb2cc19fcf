# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A person as a camera sees it: a layer of pixels with depth, and its keypoints with their visibility."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from posenet_ros.skeleton import NUM_KEYPOINTS, KeypointId
from training.body import PosedBody, Shape, pose_body, sample_shape
from training.body_data import BodyData
from training.camera import Camera, sample_camera
from training.clothes import Look, Regions, sample_look
from training.light import Light, sample_light
from training.poses import sample_pose
from training.rasteriser import FAR, rasterise, shade, vertex_normals

OUTSIDE, HIDDEN, VISIBLE = 0, 1, 2
"""State of a keypoint: not in the picture, in it but covered, and in view."""

_SUPERSAMPLING = 2
# How far before a keypoint the visible surface may lie, beyond the flesh the keypoint is in: for the face,
# whose points lie on the skin, and for the joints, where clothes add to it.
_FACE_TOLERANCE, _JOINT_TOLERANCE = 0.015, 0.04
# Joints lie deeper seen from one side than from another.
_FLESH_SPREAD = 1.35


@dataclass(frozen=True)
class Layer:
    """What a camera sees of one person, all else transparent.

    ``rgba`` [h, w, 4] uint8, not premultiplied; ``depth`` [h, w] metres, FAR where transparent;
    ``keypoints`` [17, 2] pixels x, y, exact, also where they are hidden or outside; ``distance`` [17] their
    depths; ``states`` [17] OUTSIDE, HIDDEN or VISIBLE.
    """

    rgba: NDArray[np.uint8]
    depth: NDArray[np.float32]
    keypoints: NDArray[np.float64]
    distance: NDArray[np.float64]
    states: NDArray[np.uint8]


def render_person(
    body: PosedBody, shape: Shape, look: Look, at_rest: NDArray[np.float32], light: Light, camera: Camera
) -> Layer:
    """Return the layer of a person.

    :param at_rest: [n, 3] metres, the base mesh, whose coordinates carry the patterns of the clothes
    """
    normals = vertex_normals(body.vertices, look.triangles)
    vertices = body.vertices + normals * look.outward[:, None]
    height, width = (length * _SUPERSAMPLING for length in camera.size)
    projected = camera.project(vertices)
    # The centre of a pixel is the middle of its samples.
    projected[:, :2] = (projected[:, :2] + 0.5) * _SUPERSAMPLING - 0.5
    depth, shown, weights = rasterise(projected.astype(np.float32), look.triangles, height, width)
    picture = shade(
        shown, weights, look.triangles, vertices, normals, at_rest, look.material_of, look.materials,
        camera.position, light.above, light.below, light.directions, light.strengths,
    )  # fmt: skip
    mean = cv2.resize(picture, camera.size[::-1], interpolation=cv2.INTER_AREA)
    cover = mean[..., 3:]
    # Samples that show nothing are black and must not darken the edge.
    rgba = np.concatenate((mean[..., :3] / np.maximum(cover, 1e-3), cover), axis=-1)
    step = _SUPERSAMPLING
    samples = [depth[row::step, column::step] for row in range(step) for column in range(step)]
    nearest = np.minimum.reduce(samples)
    keypoints = camera.project(body.keypoints)
    states = keypoint_states(keypoints, nearest, tolerances(shape))
    return Layer((rgba * 255.0 + 0.5).astype(np.uint8), nearest, keypoints[:, :2], keypoints[:, 2], states)


def tolerances(shape: Shape) -> NDArray[np.float64]:
    """Return [17] how far before each keypoint the surface that shows it may lie, in metres."""
    beyond = np.full(NUM_KEYPOINTS, _JOINT_TOLERANCE)
    beyond[: KeypointId.LEFT_SHOULDER] = _FACE_TOLERANCE
    return beyond + _FLESH_SPREAD * shape.flesh


def keypoint_states(
    keypoints: NDArray[np.float64], depth: NDArray[np.float32], tolerance: NDArray[np.float64]
) -> NDArray[np.uint8]:
    """Return [17] whether keypoints [17, 3] (pixel x, y, depth) are seen in a picture with the given depths.

    A keypoint is visible where the nearest surface at its pixel is at most the tolerance [17] before it. A
    keypoint whose pixel shows nothing (the eye seen past the nose, say) is hidden.
    """
    height, width = depth.shape
    columns, rows = np.floor(keypoints[:, :2] + 0.5).astype(int).T
    inside = (keypoints[:, 2] > 0.0) & (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
    surface = depth[np.clip(rows, 0, height - 1), np.clip(columns, 0, width - 1)]
    shown = (surface < FAR) & (surface > keypoints[:, 2] - tolerance)
    return np.where(inside, np.where(shown, VISIBLE, HIDDEN), OUTSIDE).astype(np.uint8)


def sample_person(data: BodyData, regions: Regions, size: int, rng: np.random.Generator) -> Layer:
    """Return a random person before a random camera, in a picture of size by size pixels."""
    shape = sample_shape(data, rng)
    body = pose_body(data, shape, sample_pose(shape, rng))
    look = sample_look(data, regions, shape.femininity, rng)
    camera = sample_camera(body.vertices.astype(np.float64), body.keypoints, size, rng)
    return render_person(body, shape, look, data.vertices, sample_light(rng), camera)
