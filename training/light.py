# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Light on a scene: from above and below all around, and from two directions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.rotations import unit


@dataclass(frozen=True)
class Light:
    """Light that falls on everything alike.

    ``above`` and ``below`` [3] are RGB strengths from there; ``directions`` [2, 3] lead towards two lamps, whose RGB
    ``strengths`` are [2, 3].
    """

    above: NDArray[np.float32]
    below: NDArray[np.float32]
    directions: NDArray[np.float32]
    strengths: NDArray[np.float32]


def sample_light(rng: np.random.Generator) -> Light:
    """Return the light of a room, an overcast day, the sun, or from a window."""
    ambient = rng.uniform(0.35, 0.95)
    tint = 1.0 + rng.normal(0.0, 0.06, 3)
    lamp, other = unit(rng.normal((0.0, 0.8, 0.0), 1.0)), unit(rng.normal(0.0, 1.0, 3))
    key = rng.uniform(0.0, 1.1) * (1.1 - 0.6 * ambient)
    strengths = np.stack(
        (key * (1.0 + rng.normal(0.0, 0.1, 3)), rng.uniform(0.0, 0.4) * (1.0 + rng.normal(0.0, 0.15, 3)))
    )
    return Light(
        (ambient * tint).astype(np.float32),
        (ambient * rng.uniform(0.35, 0.9) * tint).astype(np.float32),
        np.stack((lamp, other)).astype(np.float32),
        np.clip(strengths, 0.0, None).astype(np.float32),
    )
