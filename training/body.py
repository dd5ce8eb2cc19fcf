# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A person's shape, and what a pose makes of it: skinned vertices and exact keypoints.

Shapes blend MakeHuman's macro targets (sex, age, origin, muscle, weight). Poses turn bones, and the skin
follows by linear blend skinning. Keypoints of the limbs are the joints themselves; those of the face are
points of the skin.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from posenet_ros.skeleton import NUM_KEYPOINTS, KeypointId
from training.body_data import AGES, BONES, MUSCLES, RACES, SEXES, SIDES, WEIGHTS, BodyData
from training.rotations import Matrix

Floats = NDArray[np.float32]
Pose = Mapping[str, Matrix]
"""{bone: [3, 3] rotation about the bone's beginning, in the axes of the body at rest}."""

_JOINTS = {
    KeypointId.LEFT_SHOULDER: "upperarm01",
    KeypointId.LEFT_ELBOW: "lowerarm01",
    KeypointId.LEFT_WRIST: "wrist",
    KeypointId.LEFT_HIP: "upperleg01",
    KeypointId.LEFT_KNEE: "lowerleg01",
    KeypointId.LEFT_ANKLE: "foot",
}
# Of so many vertices nearest to a joint the distance tells how thick the flesh around it is.
_NEAREST = 30


@dataclass(frozen=True)
class Shape:
    """A body at rest: ``vertices`` [n, 3] and ``joints`` [b, 3] in metres; ``femininity`` 0 to 1.

    ``flesh`` [17]: how deep below the skin each keypoint lies, in metres, 0 for the face.
    """

    vertices: Floats
    joints: NDArray[np.float64]
    femininity: float
    flesh: Floats


@dataclass(frozen=True)
class PosedBody:
    """A body in a pose: ``vertices`` [n, 3] and ``keypoints`` [17, 3] in metres."""

    vertices: Floats
    keypoints: NDArray[np.float64]


def sample_shape(data: BodyData, rng: np.random.Generator) -> Shape:
    """Return the body of a random child or adult."""
    male = float(np.clip(rng.choice((rng.uniform(0.0, 0.15), rng.uniform(0.85, 1.0), rng.uniform())), 0.0, 1.0))
    ages = np.zeros(len(AGES))
    if rng.random() < 0.12:
        ages[:2] = _shares(rng.uniform(0.0, 0.9))
    else:
        ages[1:] = _shares(rng.uniform() ** 1.5)
    muscle, weight = rng.uniform(-1.0, 1.0), float(np.clip(rng.normal(0.0, 0.5), -1.0, 1.0))
    races = rng.dirichlet((0.5, 0.5, 0.5))

    vertices = data.vertices.copy()
    for sex, of_sex in zip(SEXES, (1.0 - male, male), strict=True):
        for age, of_age in zip(AGES, ages, strict=True):
            share = of_sex * of_age
            if share < 0.01:
                continue
            for race, of_race in zip(RACES, races, strict=True):
                vertices += np.float32(share * of_race) * data.targets[f"{race}-{sex}-{age}"]
            for name, of_muscle in zip(MUSCLES, _around_average(muscle), strict=True):
                for other, of_weight in zip(WEIGHTS, _around_average(weight), strict=True):
                    if of_muscle * of_weight > 0.01:
                        target = data.targets[f"universal-{sex}-{age}-{name}-{other}"]
                        vertices += np.float32(share * of_muscle * of_weight) * target
    vertices *= np.float32(rng.normal(1.0, 0.04))
    return make_shape(data, vertices, femininity=1.0 - male)


def make_shape(data: BodyData, vertices: Floats, femininity: float = 0.5) -> Shape:
    """Return the shape with the given vertices [n, 3] at rest."""
    joints = np.stack([vertices[joint].mean(axis=0) for joint in data.joints]).astype(np.float64)
    skin = vertices[np.unique(data.triangles["body"])]
    flesh = np.zeros(NUM_KEYPOINTS, np.float32)
    for keypoint, bone in _JOINTS.items():
        # The mesh is symmetric, and so is what lies under it.
        distances = np.linalg.norm(skin - joints[BONES.index(bone + ".L")], axis=1)
        flesh[[keypoint, keypoint + 1]] = np.partition(distances, _NEAREST)[:_NEAREST].mean()
    return Shape(vertices, joints, femininity, flesh)


def pose_body(data: BodyData, shape: Shape, pose: Pose) -> PosedBody:
    """Return the body with its bones turned, the root too, where the pose says so."""
    motions = np.empty((len(BONES), 3, 4))
    for index, bone in enumerate(BONES):
        joint = shape.joints[index]
        turn = pose.get(bone, np.eye(3))
        local = np.column_stack((turn, joint - turn @ joint))
        parent = data.parents[index]
        if parent >= 0:
            above = motions[parent]
            local = np.column_stack((above[:, :3] @ local[:, :3], above[:, :3] @ local[:, 3] + above[:, 3]))
        motions[index] = local
    vertices = _skin(shape.vertices, data.influences, data.weights, motions.astype(np.float32))
    keypoints = np.empty((NUM_KEYPOINTS, 3))
    keypoints[KeypointId.NOSE] = vertices[data.nose].mean(axis=0)
    for side in range(2):
        keypoints[KeypointId.LEFT_EYE + side] = vertices[data.eyes[side]].mean(axis=0)
        keypoints[KeypointId.LEFT_EAR + side] = vertices[data.ears[side]].mean(axis=0)
        for keypoint, bone in _JOINTS.items():
            index = BONES.index(bone + SIDES[side])
            keypoints[keypoint + side] = motions[index, :, :3] @ shape.joints[index] + motions[index, :, 3]
    return PosedBody(vertices, keypoints)


def _shares(share: float) -> tuple[float, float]:
    return 1.0 - share, share


def _around_average(value: float) -> tuple[float, float, float]:
    """Return the shares of least, average and most for a value from -1 to 1."""
    return max(-value, 0.0), 1.0 - abs(value), max(value, 0.0)


@njit(cache=True)
def _skin(vertices, influences, weights, motions):  # type: ignore[no-untyped-def]
    posed = np.zeros_like(vertices)
    for vertex in range(vertices.shape[0]):
        x, y, z = vertices[vertex]
        for slot in range(influences.shape[1]):
            weight = weights[vertex, slot]
            if weight > 0.0:
                motion = motions[influences[vertex, slot]]
                for axis in range(3):
                    posed[vertex, axis] += weight * (
                        motion[axis, 0] * x + motion[axis, 1] * y + motion[axis, 2] * z + motion[axis, 3]
                    )
    return posed
