# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Random poses within what joints allow: standing, walking, sitting, bending, reaching, lying and in between.

An arm is given by two directions in the axes of the trunk: where the upper arm points and where bending the
elbow takes the hand. A leg is given by the angles of the hip and the knee. Left is mirrored to right.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from training.body import Pose, Shape
from training.body_data import BONES, SIDES
from training.rotations import X_AXIS, Y_AXIS, Z_AXIS, Matrix, about, turning, unit

_STANCES = {
    "stand": 0.30,
    "walk": 0.16,
    "run": 0.06,
    "sit": 0.15,
    "crouch": 0.06,
    "bend": 0.08,
    "lie": 0.04,
    "free": 0.15,
}
_ARMS = {
    "hang": 0.27,
    "hold": 0.17,
    "hip": 0.06,
    "raise": 0.13,
    "spread": 0.08,
    "reach": 0.10,
    "face": 0.06,
    "cross": 0.05,
    "free": 0.08,
}
# Limits in degrees: elbow and knee do not bend backwards, hip and shoulder not through the body.
_ELBOW, _KNEE, _HIP, _ABDUCTION = (2.0, 145.0), (0.0, 145.0), (-35.0, 120.0), (-12.0, 60.0)
_NECK_TURN = 75.0


def sample_pose(shape: Shape, rng: np.random.Generator, stance: str = "") -> Pose:
    """Return a random pose for a body; the root is turned only where the person lies.

    :param stance: ``stand``, ``walk``, ``run``, ``sit``, ``crouch``, ``bend``, ``lie`` or ``free``; empty = at random
    """
    stance = stance or str(rng.choice(list(_STANCES), p=list(_STANCES.values())))
    pose = _trunk(stance, rng)
    kinds = rng.choice(list(_ARMS), size=2, p=list(_ARMS.values()))
    if rng.random() < 0.45:
        kinds[1] = kinds[0]
    lead = int(rng.integers(2))
    swing = rng.normal(0.0, 1.0)
    for side in range(2):
        forward = swing if side == lead else -swing
        pose |= _arm(shape, side, str(kinds[side]), stance, -forward, rng)
        pose |= _leg(side, stance, forward, side == lead, rng)
    return pose


def _degrees(rng: np.random.Generator, mean: float, spread: float, limits: tuple[float, float]) -> float:
    return math.radians(float(np.clip(rng.normal(mean, spread), *limits)))


def _trunk(stance: str, rng: np.random.Generator) -> dict[str, Matrix]:
    mean, spread = {
        "run": (12.0, 8.0), "sit": (8.0, 14.0), "crouch": (25.0, 15.0), "bend": (55.0, 20.0), "free": (10.0, 25.0)
    }.get(stance, (2.0, 8.0))  # fmt: skip
    flex = _degrees(rng, mean, spread, (-25.0, 95.0))
    lean, twist = _degrees(rng, 0.0, 7.0, (-30.0, 30.0)), _degrees(rng, 0.0, 12.0, (-40.0, 40.0))
    pose = {}
    for bone, share in (("spine05", 0.4), ("spine03", 0.35), ("spine01", 0.25)):
        pose[bone] = about(Y_AXIS, share * twist) @ about(X_AXIS, share * flex) @ about(Z_AXIS, share * lean)
    # Who bends down mostly looks ahead.
    nod = _degrees(rng, -0.4 * math.degrees(flex) * (rng.random() < 0.6), 13.0, (-55.0, 45.0))
    turn, tilt = _degrees(rng, 0.0, 26.0, (-_NECK_TURN, _NECK_TURN)), _degrees(rng, 0.0, 8.0, (-30.0, 30.0))
    for bone in ("neck01", "head"):
        pose[bone] = about(Y_AXIS, 0.5 * turn) @ about(X_AXIS, 0.5 * nod) @ about(Z_AXIS, 0.5 * tilt)
    if stance == "lie":
        onto = about(X_AXIS, math.radians(rng.choice((-90.0, 90.0)))) @ about(Y_AXIS, rng.uniform(-0.6, 0.6))
        pose["root"] = about(Y_AXIS, rng.uniform(0.0, 2.0 * math.pi)) @ onto
    return pose


def _arm(
    shape: Shape, side: int, kind: str, stance: str, forward: float, rng: np.random.Generator
) -> dict[str, Matrix]:
    raised, outward, bend, towards = _ARM_KINDS[kind](rng.uniform)
    if kind == "hang" and stance in ("walk", "run"):
        raised, outward = 25.0 * abs(forward) + 8.0, 20.0 if forward > 0.0 else 165.0
        bend = 25.0 if stance == "walk" else 90.0
    raised, outward, bend = raised + rng.normal(0.0, 8.0), outward + rng.normal(0.0, 10.0), bend + rng.normal(0.0, 10.0)
    towards = np.asarray(towards) + rng.normal(0.0, 0.15, 3)
    pose = arm_pose(shape, side, raised, outward, bend, towards, twist=rng.normal(0.0, 0.3))
    pose[f"wrist{SIDES[side]}"] = about(X_AXIS, rng.normal(0.0, 0.2)) @ about(Z_AXIS, rng.normal(0.0, 0.25))
    return pose


def arm_pose(
    shape: Shape, side: int, raised: float, outward: float, bend: float, towards: ArrayLike, twist: float = 0.0
) -> dict[str, Matrix]:
    """Return the rotations of an arm's bones.

    :param side: 0 left, 1 right
    :param raised: degrees of the upper arm from hanging
    :param outward: degrees of the upper arm from straight ahead, about the upward axis
    :param bend: degrees of the elbow
    :param towards: where bending takes the hand (x outward, y up, z ahead)
    :param twist: of the upper arm about itself, in radians
    """
    upper = _mirrored(_direction(float(np.clip(raised, 0.0, 178.0)), outward), side)
    hand = _mirrored(unit(np.asarray(towards, float)), side)
    across = hand - (hand @ upper) * upper
    if np.linalg.norm(across) < 0.1:
        across = Z_AXIS - (Z_AXIS @ upper) * upper + 0.01 * X_AXIS
    angle = math.radians(float(np.clip(bend, *_ELBOW)))
    lower = math.cos(angle) * upper + math.sin(angle) * unit(across)

    suffix, sign = SIDES[side], 1.0 - 2.0 * side
    shoulder, elbow, wrist = (shape.joints[BONES.index(b + suffix)] for b in ("upperarm01", "lowerarm01", "wrist"))
    # The shoulder blade takes part in raising the arm.
    lift = about(Z_AXIS, sign * math.radians(0.22 * max(raised - 60.0, 0.0)))
    upper_of_blade = lift.T @ upper
    turn = about(upper_of_blade, twist) @ turning(elbow - shoulder, upper_of_blade)
    fold = turning(wrist - elbow, turn.T @ lift.T @ lower)
    return {f"clavicle{suffix}": lift, f"upperarm01{suffix}": turn, f"lowerarm01{suffix}": fold}


_ArmKind = Callable[[Callable[[float, float], float]], tuple[float, float, float, tuple[float, float, float]]]

# How far the upper arm is raised from hanging, how far outward it points from straight ahead, how far the
# elbow bends (degrees), and where that takes the hand (x outward, y up, z ahead).
_ARM_KINDS: dict[str, _ArmKind] = {
    "hang": lambda u: (u(3.0, 25.0), u(40.0, 120.0), u(0.0, 30.0), (-0.2, 0.1, 1.0)),
    "hold": lambda u: (u(5.0, 40.0), u(10.0, 90.0), u(60.0, 115.0), (-0.5, 0.2, 1.0)),
    "hip": lambda u: (u(35.0, 60.0), u(85.0, 125.0), u(75.0, 110.0), (-1.0, -0.5, 0.2)),
    "raise": lambda u: (u(100.0, 175.0), u(30.0, 110.0), u(0.0, 70.0), (-0.5, 1.0, 0.4)),
    "spread": lambda u: (u(65.0, 110.0), u(65.0, 115.0), u(0.0, 70.0), (0.0, u(-0.5, 1.5), 0.8)),
    "reach": lambda u: (u(50.0, 110.0), u(-15.0, 50.0), u(0.0, 55.0), (-0.6, 0.5, 0.3)),
    "face": lambda u: (u(25.0, 75.0), u(20.0, 80.0), u(110.0, 145.0), (-0.4, 1.0, 0.3)),
    "cross": lambda u: (u(20.0, 45.0), u(0.0, 45.0), u(80.0, 115.0), (-1.0, 0.2, 0.35)),
    "free": lambda u: (u(0.0, 170.0), u(-25.0, 135.0), u(0.0, 140.0), (u(-1.8, 1.2), u(-1.2, 1.8), u(-0.8, 2.2))),
}


def _direction(raised: float, outward: float) -> NDArray[np.float64]:
    a, b = math.radians(raised), math.radians(outward)
    return np.array((math.sin(a) * math.sin(b), -math.cos(a), math.sin(a) * math.cos(b)))


def _mirrored(direction: NDArray[np.float64], side: int) -> NDArray[np.float64]:
    return direction * ((1.0 - 2.0 * side), 1.0, 1.0)


def _leg(side: int, stance: str, forward: float, leads: bool, rng: np.random.Generator) -> dict[str, Matrix]:
    hip, spread, abduction, outward, knee, knee_spread = {
        "stand": (2.0, 5.0, 3.0, 8.0, 3.0, 6.0),
        "walk": (4.0 + 18.0 * forward, 4.0, 1.0, 4.0, 25.0 if forward < 0.0 else 8.0, 12.0),
        "run": (15.0 + 32.0 * forward, 8.0, 1.0, 2.0, 85.0 if forward < 0.0 else 35.0, 20.0),
        "sit": (85.0, 9.0, 6.0, 10.0, 82.0, 22.0),
        "crouch": (95.0, 15.0, 10.0, 12.0, 120.0, 15.0) if leads else (40.0, 45.0, 5.0, 5.0, 115.0, 15.0),
        "bend": (30.0, 18.0, 5.0, 8.0, 12.0, 14.0),
        "lie": (15.0, 25.0, 6.0, 10.0, 20.0, 30.0),
        "free": (30.0, 40.0, 12.0, 12.0, 45.0, 40.0),
    }[stance]
    sign = 1.0 - 2.0 * side
    turn = (
        about(Z_AXIS, sign * _degrees(rng, abduction, 6.0, _ABDUCTION))
        @ about(X_AXIS, -_degrees(rng, hip, spread, _HIP))
        @ about(Y_AXIS, sign * _degrees(rng, outward, 10.0, (-15.0, 55.0)))
    )
    suffix = SIDES[side]
    return {
        f"upperleg01{suffix}": turn,
        f"lowerleg01{suffix}": about(X_AXIS, _degrees(rng, knee, knee_spread, _KNEE)),
        f"foot{suffix}": about(X_AXIS, _degrees(rng, 0.0, 10.0, (-25.0, 40.0))),
    }
