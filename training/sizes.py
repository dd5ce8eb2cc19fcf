# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How large people are in training images, how many, and how near each other."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    """Larger sides of people in pixels of the image, from ``least`` to ``most``; ``zoom``: of a photo, at most."""

    least: float = 30.0
    most: float = 600.0
    crowd: float = 170.0
    zoom: float = 4.5


@dataclass(frozen=True)
class Crowding:
    """Of composed images: how many people are in them, and how often they overlap.

    ``people``: shares of images with 0, 1, 2, 3 and 4 people, 1 in all; ``together``: of images in which all others
    stand near the person in front.
    """

    people: tuple[float, float, float, float, float] = (0.16, 0.42, 0.22, 0.12, 0.08)
    together: float = 0.0
