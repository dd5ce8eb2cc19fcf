# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Materials of skin, hair and cloth: two colours and a pattern in the coordinates of the body at rest."""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

PLAIN, STRIPES, CHECKS, DOTS, BLOTCHES, FADE, PRINT = range(7)
"""Patterns: bars across the body or along it, squares, dots, camouflage, a colour gradient, a picture on the chest."""

KIND, FIRST, SECOND, FREQUENCY, PHASE, TILT, ROUGHNESS, GLOSS, SIZE = 0, 1, 4, 7, 8, 9, 10, 11, 12
"""Columns of a material: pattern, two RGB colours, bars per metre, ... and the number of columns."""

Material = NDArray[np.float32]


def make_material(
    first: ArrayLike,
    second: ArrayLike | None = None,
    *,
    kind: int = PLAIN,
    frequency: float = 10.0,
    phase: float = 0.0,
    tilt: float = 0.0,
    roughness: float = 0.1,
    gloss: float = 0.0,
) -> Material:
    """Return a material; colours are RGB from 0 to 1, ``tilt`` turns the pattern (radians)."""
    other = first if second is None else second
    numbers = [kind, *np.asarray(first), *np.asarray(other), frequency, phase, tilt, roughness, gloss]
    return np.array(numbers, np.float32)


def sample_colour(rng: np.random.Generator) -> NDArray[np.float64]:
    """Return a colour as clothes and things have it: grey, muted or bright."""
    value, saturation = rng.uniform(0.04, 0.95), rng.choice((0.0, 0.25, 0.7)) * rng.uniform(0.5, 1.3)
    hue = rng.uniform(0.0, 2.0 * math.pi)
    wheel = 0.5 + 0.5 * np.cos(hue - np.array((0.0, 2.0, 4.0)) * math.pi / 3.0)
    return np.clip(value * (1.0 - saturation + saturation * wheel * 1.4) + rng.normal(0.0, 0.02, 3), 0.01, 1.0)


def sample_cloth(rng: np.random.Generator, *, may_be_printed: bool = False) -> Material:
    """Return the material of a garment."""
    shares = np.array((0.5, 0.13, 0.1, 0.05, 0.08, 0.06, 0.08 if may_be_printed else 0.0))
    kind = int(rng.choice(len(shares), p=shares / shares.sum()))
    return make_material(
        sample_colour(rng),
        sample_colour(rng),
        kind=kind,
        frequency=float(np.exp(rng.uniform(np.log(5.0), np.log(40.0)))),
        phase=rng.uniform(),
        tilt=rng.choice((0.0, math.pi / 2.0, rng.uniform(0.0, math.pi)), p=(0.55, 0.25, 0.2)),
        roughness=rng.uniform(0.03, 0.3),
        gloss=rng.choice((0.0, rng.uniform(0.0, 0.4))),
    )


@njit(cache=True)
def noise(x, y, z):  # type: ignore[no-untyped-def]
    """Return value noise in -1..1 at a point, smooth, with a cell of length 1."""
    x0, y0, z0 = math.floor(x), math.floor(y), math.floor(z)
    fx, fy, fz = x - x0, y - y0, z - z0
    fx, fy, fz = fx * fx * (3.0 - 2.0 * fx), fy * fy * (3.0 - 2.0 * fy), fz * fz * (3.0 - 2.0 * fz)
    total = 0.0
    for corner in range(8):
        dx, dy, dz = corner & 1, (corner >> 1) & 1, corner >> 2
        # An integer hash; what it is does not matter as long as neighbours differ.
        h = (int(x0) + dx) * 73856093 ^ (int(y0) + dy) * 19349663 ^ (int(z0) + dz) * 83492791
        h = (h ^ (h >> 13)) * 1274126177
        value = ((h ^ (h >> 16)) & 0xFFFF) / 32767.5 - 1.0
        total += value * (fx if dx else 1.0 - fx) * (fy if dy else 1.0 - fy) * (fz if dz else 1.0 - fz)
    return total


@njit(cache=True)
def share_of_second(material, x, y, z):  # type: ignore[no-untyped-def]  # noqa: PLR0911
    """Return how much of the second colour a point (metres, at rest) shows, 0 to 1."""
    kind = int(material[KIND])
    if kind == PLAIN:
        return 0.0
    # Around the body the angle stands for the breadth, so that patterns do not smear at the sides.
    u = 0.15 * math.atan2(x, z + 0.05) if abs(x) < 0.2 else x
    c, s = math.cos(material[TILT]), math.sin(material[TILT])
    a = (c * y + s * u) * material[FREQUENCY] + material[PHASE]
    b = (c * u - s * y) * material[FREQUENCY]
    if kind == STRIPES:
        return 1.0 if a - math.floor(a) < 0.5 else 0.0
    if kind == CHECKS:
        return 0.5 * (a - math.floor(a) < 0.5) + 0.5 * (b - math.floor(b) < 0.5)
    if kind == DOTS:
        da, db = a - math.floor(a) - 0.5, b - math.floor(b) - 0.5
        return 1.0 if da * da + db * db < 0.08 else 0.0
    if kind == BLOTCHES:
        f = material[FREQUENCY]
        return 1.0 if noise(x * f, y * f, z * f + material[PHASE] * 50.0) > 0.1 else 0.0
    if kind == FADE:
        return 0.5 + 0.5 * math.tanh(2.0 * math.sin(3.0 * (y + material[PHASE])))
    # A picture on the chest; the origin of the body is between the hips' height and the ribs.
    if z > 0.0 and abs(x) < 0.1 and 0.2 < y < 0.4:
        return 1.0 if noise(x * 40.0, y * 40.0, material[PHASE] * 90.0) > -0.1 else 0.0
    return 0.0
