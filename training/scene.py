# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Several people in one room before one camera, with the depth test between them: pictures and clips with truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.body import Pose, PosedBody, Shape, pose_body, sample_shape
from training.body_data import BodyData
from training.camera import Camera
from training.clothes import Look, Regions, sample_look
from training.compose import Sample
from training.light import Light
from training.render import OUTSIDE, keypoint_states, render_person, tolerances
from training.rotations import Y_AXIS, about

# Of two people who touch, whose depths differ by less, neither is before the other.
_THICKNESS = 0.002


@dataclass(frozen=True)
class Actor:
    """Somebody who stays the same from picture to picture."""

    shape: Shape
    look: Look

    @classmethod
    def sample(cls, data: BodyData, regions: Regions, rng: np.random.Generator) -> Actor:
        """Return a random person."""
        shape = sample_shape(data, rng)
        return cls(shape, sample_look(data, regions, shape.femininity, rng))


@dataclass(frozen=True)
class Stand:
    """What an actor does in a picture.

    ``place`` (x, z) of the middle of the body on the floor, in metres; ``heading``, where it faces: radians about
    the upward axis, 0 along z; ``pose``; ``height`` of the lowest point above the floor.
    """

    place: tuple[float, float]
    heading: float
    pose: Pose
    height: float = 0.0


def put(data: BodyData, actor: Actor, stand: Stand) -> PosedBody:
    """Return the actor's body in the room, its lowest point at the height of the stand."""
    body = pose_body(data, actor.shape, stand.pose)
    turn = about(Y_AXIS, stand.heading)
    shift = np.array((stand.place[0], stand.height, stand.place[1]))
    middle = body.keypoints.mean(axis=0)
    origin = np.array((middle[0], float(body.vertices[:, 1].min()), middle[2]))
    vertices = (body.vertices - origin) @ turn.T + shift
    return PosedBody(vertices.astype(np.float32), (body.keypoints - origin) @ turn.T + shift)


def render_scene(
    data: BodyData,
    cast: Sequence[tuple[Actor, Stand]],
    camera: Camera,
    light: Light,
    background: NDArray[np.uint8],
) -> Sample:
    """Return the picture of people in a room, and their keypoints in the order of the cast.

    :param background: [h, w, 3] uint8 RGB, of the camera's size
    """
    nearest = np.full(camera.size, np.inf, np.float32)
    picture = background.astype(np.float32)
    keypoints, states = [], []
    bodies = [put(data, actor, stand) for actor, stand in cast]
    layers = [
        render_person(body, actor.shape, actor.look, data.vertices, light, camera)
        for body, (actor, _) in zip(bodies, cast, strict=True)
    ]
    for layer in layers:
        nearest = np.minimum(nearest, layer.depth)
    # From the farthest on, so that soft edges have what is behind them.
    for index in np.argsort([-float(np.median(layer.distance)) for layer in layers]):
        layer = layers[index]
        front = (layer.depth <= nearest + _THICKNESS)[..., None]
        cover = layer.rgba[..., 3:].astype(np.float32) / 255.0 * front
        picture = picture * (1.0 - cover) + layer.rgba[..., :3] * cover
    for layer, (actor, _) in zip(layers, cast, strict=True):
        points = np.column_stack((layer.keypoints, layer.distance))
        seen = keypoint_states(points, nearest, tolerances(actor.shape))
        # What the person itself covers stays covered, however thin.
        keypoints.append(layer.keypoints)
        states.append(np.where(seen == OUTSIDE, OUTSIDE, np.minimum(seen, layer.states)))
    return Sample(
        (picture + 0.5).clip(0.0, 255.0).astype(np.uint8),
        np.array(keypoints, np.float32).reshape(-1, 17, 2),
        np.array(states, np.uint8).reshape(-1, 17),
    )
