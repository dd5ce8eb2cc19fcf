# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What a person looks like: skin, face, hair and clothes, as materials on regions of the skin.

Clothes are the skin itself, pushed outward and painted; skirts and long hair are the meshes that MakeHuman
keeps for them. Regions are cut where a vertex lies along its limb on the body at rest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.body_data import BONES, SIDES, BodyData
from training.materials import Material, make_material, sample_cloth, sample_colour

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Regions:
    """Where a vertex is, each [n].

    ``arm`` and ``leg`` are -1 elsewhere, else 0 at shoulder and hip, 1 at elbow and knee, 2 at wrist and ankle;
    ``height`` is 0 at the hips and 1 at the neck; the others tell what a vertex belongs to.
    """

    arm: Floats
    leg: Floats
    height: Floats
    head: NDArray[np.bool_]
    scalp: NDArray[np.bool_]
    brows: NDArray[np.bool_]
    lips: NDArray[np.bool_]
    jaw: NDArray[np.bool_]
    iris: NDArray[np.bool_]
    around_eyes: NDArray[np.bool_]


@dataclass(frozen=True)
class Look:
    """What is drawn of a body, and how.

    ``materials`` [m, 12]; ``material_of`` [n], its row for each vertex; ``outward`` [n], how far cloth or hair
    stands off, in metres; ``triangles`` [t, 3], the parts of the mesh that are worn.
    """

    materials: Floats
    material_of: NDArray[np.uint8]
    outward: Floats
    triangles: NDArray[np.int32]


def find_regions(data: BodyData) -> Regions:
    """Return the regions of the base mesh."""
    vertices = data.vertices.astype(np.float64)
    joints = {bone: vertices[joint].mean(axis=0) for bone, joint in zip(BONES, data.joints, strict=True)}
    bone_of = np.array(BONES)[np.take_along_axis(data.influences, data.weights.argmax(axis=1)[:, None], axis=1)[:, 0]]
    arm = _along(vertices, bone_of, joints, ("upperarm01", "lowerarm01", "wrist"))
    leg = _along(vertices, bone_of, joints, ("upperleg01", "lowerleg01", "foot"))
    hips, neck = joints["upperleg01.L"][1], joints["neck01"][1]
    height = (vertices[:, 1] - hips) / (neck - hips)

    eyes = np.array([vertices[eye].mean(axis=0) for eye in data.eyes])
    middle = eyes.mean(axis=0)
    x, y, z = (vertices - middle).T
    drawn = np.zeros(len(vertices), bool)
    drawn[np.unique(data.triangles["body"])] = True
    head = drawn & (bone_of == "head")
    # A plane that rises towards the forehead parts face and hair.
    scalp = head & (y - 0.055 - 0.9 * (z + 0.03) > 0.0) & (y > -0.1)
    scalp[np.concatenate(data.ears)] = False
    from_eye = np.abs(np.abs(x) - eyes[0, 0])
    brows = head & (from_eye < 0.022) & (y > 0.014) & (y < 0.026) & (z > -0.04)
    lips = head & (np.abs(x) < 0.026) & (np.abs(y + 0.073) < 0.011) & (z > -0.03)
    jaw = head & (y < -0.045) & (y > -0.14) & (z > -0.08) & ~lips
    iris = np.zeros(len(vertices), bool)
    for eye in data.eyes:
        iris[eye] = True
    around = head & (from_eye < 0.03) & (np.abs(y) < 0.02) & (z > -0.03)
    return Regions(arm, leg, height.astype(np.float32), head, scalp, brows, lips, jaw, iris, around)


def _along(
    vertices: NDArray[np.float64],
    bone_of: NDArray[np.str_],
    joints: dict[str, NDArray[np.float64]],
    bones: tuple[str, ...],
) -> Floats:
    along = np.full(len(vertices), -1.0)
    for side in SIDES:
        first, second, third = (joints[bone + side] for bone in bones)
        mine = np.isin(bone_of, [bone + side for bone in bones])
        points = vertices[mine]
        upper, lower = second - first, third - second
        before = np.clip((points - first) @ upper / (upper @ upper), 0.0, 1.0)
        behind = np.maximum((points - second) @ lower / (lower @ lower), 0.0)
        along[mine] = np.where(behind > 0.0, 1.0 + behind, before)
    return along.astype(np.float32)


def sample_look(data: BodyData, regions: Regions, femininity: float, rng: np.random.Generator) -> Look:
    """Return a random look."""
    paint = _Paint(len(data.vertices))
    tone = rng.uniform() ** 0.9
    skin = ((1.0 - tone) * np.array((0.95, 0.77, 0.67)) + tone * np.array((0.27, 0.17, 0.12))) * rng.normal(
        1.0, 0.05, 3
    )
    skin = np.clip(skin, 0.05, 1.0)
    paint.over(np.ones(len(data.vertices), bool), make_material(skin, roughness=0.08, gloss=rng.uniform(0.0, 0.3)))
    parts = ["body", "eyes"]
    _dress(paint, regions, parts, femininity, rng)
    _groom(paint, regions, data, parts, skin, femininity, rng)
    triangles = np.concatenate([data.triangles[part] for part in parts])
    return Look(np.stack(paint.materials), paint.material_of, paint.outward, triangles)


class _Paint:
    def __init__(self, count: int) -> None:
        self.materials: list[Material] = []
        self.material_of = np.zeros(count, np.uint8)
        self.outward = np.zeros(count, np.float32)

    def over(self, where: NDArray[np.bool_], material: Material, outward: float = 0.0) -> None:
        self.material_of[where] = len(self.materials)
        self.outward[where] = outward
        self.materials.append(material)


def _dress(paint: _Paint, regions: Regions, parts: list[str], femininity: float, rng: np.random.Generator) -> None:
    limbs = (regions.arm >= 0.0) | (regions.leg >= 0.0)
    trunk = ~limbs & ~regions.head
    sleeve = rng.choice((0.05, 0.5, 1.05, 1.92), p=(0.1, 0.36, 0.1, 0.44)) + rng.normal(0.0, 0.05)
    trousers = rng.choice((0.2, 0.85, 1.9), p=(0.1, 0.22, 0.68)) + rng.normal(0.0, 0.05)
    hem, collar = rng.uniform(-0.1, 0.3), rng.uniform(0.85, 1.08)
    loose = abs(rng.normal(0.004, 0.008))
    below = trunk & (regions.height < 0.32)
    lower, upper = sample_cloth(rng), sample_cloth(rng, may_be_printed=True)
    if rng.random() < 0.12:
        lower = upper  # overall, dress or suit
    paint.over(below | ((regions.leg >= 0.0) & (regions.leg < trousers)), lower, min(loose, 0.012))
    top = trunk & (regions.height >= hem) & (regions.height < collar)
    paint.over(top | ((regions.arm >= 0.0) & (regions.arm < sleeve)), upper, loose)
    if rng.random() < 0.18:  # a waistcoat, or sleeves of another colour
        paint.over((regions.arm >= 0.0) & (regions.arm < 1.92), sample_cloth(rng), loose)
    if rng.random() < 0.85:
        shoe = rng.uniform(1.75, 2.02) if rng.random() < 0.8 else rng.uniform(1.4, 1.7)
        paint.over(regions.leg > shoe, make_material(sample_colour(rng), roughness=0.15, gloss=0.2), 0.006)
    if rng.random() < 0.05:
        paint.over(regions.arm > 1.95, make_material(sample_colour(rng)), 0.003)
    if rng.random() < 0.3 * femininity:
        parts.append("skirt")


def _groom(
    paint: _Paint,
    regions: Regions,
    data: BodyData,
    parts: list[str],
    skin: NDArray[np.float64],
    femininity: float,
    rng: np.random.Generator,
) -> None:
    colours = np.array(
        ((0.03, 0.025, 0.02), (0.17, 0.1, 0.06), (0.42, 0.28, 0.14), (0.75, 0.6, 0.36), (0.65, 0.64, 0.62))
    )
    colour = colours[rng.choice(5, p=(0.38, 0.28, 0.14, 0.1, 0.1))] * rng.uniform(0.7, 1.25)
    hair = make_material(colour, colour * rng.uniform(0.5, 1.2), kind=4, frequency=60.0, roughness=0.3, gloss=0.25)
    paint.over(regions.lips, make_material(np.clip(skin * (1.0, 0.62, 0.62) * rng.uniform(0.75, 1.05), 0.0, 1.0)))
    paint.over(regions.brows, make_material(colour * 0.7))
    if rng.random() < 0.25 * (1.0 - femininity):
        paint.over(regions.jaw, hair, abs(rng.normal(0.0, 0.006)))
    if rng.random() < 0.12:  # glasses
        paint.over(regions.around_eyes, make_material(rng.uniform(0.0, 0.25, 3), gloss=0.6), 0.006)
    covered = rng.random()
    if covered < 0.16:  # hat, cap, helmet, head scarf
        paint.over(regions.scalp, sample_cloth(rng), rng.uniform(0.008, 0.035))
    elif covered < 0.95:
        paint.over(regions.scalp, hair, rng.uniform(0.003, 0.03))
    if covered > 0.16 and rng.random() < 0.05 + 0.35 * femininity:
        parts.append("hair")
        strands = np.zeros(len(paint.material_of), bool)
        strands[np.unique(data.triangles["hair"])] = True
        paint.over(strands, hair)
    if "skirt" in parts:
        cloth = np.zeros(len(paint.material_of), bool)
        cloth[np.unique(data.triangles["skirt"])] = True
        paint.over(cloth, sample_cloth(rng))
    whites = np.zeros(len(paint.material_of), bool)
    whites[np.unique(data.triangles["eyes"])] = True
    paint.over(whites, make_material((0.88, 0.87, 0.85), gloss=0.3))
    paint.over(regions.iris, make_material(rng.uniform(0.03, 0.4) * np.array((1.0, 0.8, 0.65)), gloss=0.3))
