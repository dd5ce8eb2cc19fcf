# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Pictures without people: rooms, streets, dead leaves, textures and clutter, all procedural.

Dead leaves (shapes of power-law sizes that cover each other) have the statistics of natural images: Lee,
Mumford and Huang, Occlusion models for natural images, IJCV 2001; Baradad et al., Learning to see by looking
at noise, NeurIPS 2021.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from training.camera import look_at
from training.materials import sample_colour
from training.rotations import Y_AXIS, about

Picture = NDArray[np.float32]
"""[size, size, 3] RGB, 0 to 1."""


def sample_background(size: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return a random picture without people, [size, size, 3] RGB."""
    kind = rng.choice(len(_KINDS), p=_SHARES)
    picture = _KINDS[kind](size, rng)
    if rng.random() < 0.35:
        _scatter(picture, rng)
    if rng.random() < 0.35:
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.4, 3.0))
    if rng.random() < 0.4:  # light that falls off across the picture
        ramp = _ramp(size, rng)[..., None] * rng.uniform(0.2, 0.7)
        picture = picture * (1.0 - ramp)
    return (np.clip(picture, 0.0, 1.0) * 255.0).astype(np.uint8)


def _ramp(size: int, rng: np.random.Generator) -> NDArray[np.float32]:
    angle = rng.uniform(0.0, 2.0 * math.pi)
    y, x = np.mgrid[0:size, 0:size].astype(np.float32) / size - 0.5
    return 0.5 + (math.cos(angle) * x + math.sin(angle) * y) / math.sqrt(2.0)


def _cloud(size: int, rng: np.random.Generator, channels: int = 1, roughness: float = 0.5) -> Picture:
    """Return noise of several octaves, [size, size, channels], about 0 to 1."""
    total = np.zeros((size, size, channels), np.float32)
    strength, cells = 1.0, int(rng.integers(2, 6))
    while cells < size:
        coarse = rng.uniform(-0.5, 0.5, (cells, cells, channels)).astype(np.float32)
        total += strength * cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC).reshape(total.shape)
        strength, cells = strength * roughness, cells * 2
    return total + np.float32(0.5)


def texture(size: int, rng: np.random.Generator) -> Picture:
    """Return a surface: plain, noisy, striped, tiled, bricks or planks, in two colours."""
    first, second = sample_colour(rng).astype(np.float32), sample_colour(rng).astype(np.float32)
    if rng.random() < 0.6:  # two shades of one colour are more common than two colours
        second = np.clip(first * rng.uniform(0.55, 1.5), 0.0, 1.0).astype(np.float32)
    kind = rng.integers(6)
    y, x = np.mgrid[0:size, 0:size].astype(np.float32) / size
    angle = rng.choice((0.0, math.pi / 2.0, rng.uniform(0.0, math.pi)))
    u, v = math.cos(angle) * x + math.sin(angle) * y, math.cos(angle) * y - math.sin(angle) * x
    f = math.exp(rng.uniform(math.log(3.0), math.log(40.0)))
    if kind == 0:
        share = np.zeros((size, size), np.float32)
    elif kind == 1:
        share = _cloud(size, rng, roughness=rng.uniform(0.4, 0.85))[..., 0]
    elif kind == 2:
        share = 0.5 + 0.5 * np.clip(np.sin(2.0 * math.pi * f * u) * rng.uniform(0.7, 8.0), -1.0, 1.0)
    elif kind == 3:
        share = (np.floor(u * f) + np.floor(v * f)) % 2.0
    elif kind == 4:
        row = np.floor(v * f)
        joint = np.minimum((v * f) % 1.0, 0.5 * ((u * f * 0.5 + 0.5 * (row % 2.0)) % 1.0) * 2.0)
        share = (joint < 0.1).astype(np.float32)
    else:
        grain = _cloud(size, rng, roughness=0.7)[..., 0]
        share = 0.5 + 0.5 * np.sin(2.0 * math.pi * (f * u + 3.0 * grain))
    picture = first + (second - first) * share[..., None]
    return (picture * (1.0 + rng.uniform(0.0, 0.35) * (_cloud(size, rng, roughness=0.8) - 0.5))).astype(np.float32)


def _plain(size: int, rng: np.random.Generator) -> Picture:
    picture = sample_colour(rng) + (sample_colour(rng) - sample_colour(rng)) * _ramp(size, rng)[..., None]
    return (picture + rng.uniform(0.0, 0.3) * (_cloud(size, rng, 3, rng.uniform(0.3, 0.9)) - 0.5)).astype(np.float32)


def _leaves(size: int, rng: np.random.Generator) -> Picture:
    picture = texture(size, rng)
    surfaces = [texture(size, rng) for _ in range(3)]
    largest = rng.uniform(0.15, 0.5) * size
    for _ in range(int(rng.integers(30, 250))):
        radius = max(largest * (1.0 - rng.uniform()) ** 2.0, 1.5)
        outline = _outline(rng, rng.uniform(0.0, size, 2), radius)
        if radius > 12.0 and rng.random() < 0.6:
            mask = np.zeros((size, size), np.uint8)
            cv2.fillPoly(mask, [outline], 1, cv2.LINE_8)
            np.copyto(picture, surfaces[rng.integers(3)], where=mask[..., None] > 0)
        else:
            cv2.fillPoly(picture, [outline], sample_colour(rng).tolist(), cv2.LINE_AA)
    return picture


def _outline(rng: np.random.Generator, centre: NDArray[np.float64], radius: float) -> NDArray[np.int32]:
    """Return the corners of a polygon, an ellipse or a bar, [n, 2]."""
    corners = int(rng.choice((3, 4, 4, 5, 24, 24)))
    angles = np.sort(rng.uniform(0.0, 2.0 * math.pi, corners)) if corners < 24 else np.linspace(0.0, 2.0 * math.pi, 24)
    stretch = math.exp(rng.normal(0.0, 0.5))
    points = np.column_stack((np.cos(angles) * stretch, np.sin(angles) / stretch)) * radius
    turn = rng.uniform(0.0, math.pi)
    rotation = np.array(((math.cos(turn), -math.sin(turn)), (math.sin(turn), math.cos(turn))))
    return np.rint(points @ rotation + centre).astype(np.int32)


def _room(size: int, rng: np.random.Generator) -> Picture:
    """Return a floor, walls and furniture of boxes, seen by a pinhole camera."""
    eye = np.array((0.0, rng.uniform(0.25, 1.8), 0.0))
    target = (rng.uniform(-0.5, 0.5), eye[1] + rng.uniform(-0.5, 0.4), 3.0)
    camera = look_at(eye, target, size * rng.uniform(0.6, 1.3), (size, size), rng.normal(0.0, 0.04))
    far, half, tall = rng.uniform(3.0, 9.0), rng.uniform(1.5, 5.0), rng.uniform(2.3, 4.0)
    picture = texture(size, rng) if rng.random() < 0.5 else np.full((size, size, 3), sample_colour(rng), np.float32)
    walls = [
        ((-half, 0, far), (half, 0, far), (half, tall, far), (-half, tall, far)),
        ((-half, 0, 0.2), (-half, 0, far), (-half, tall, far), (-half, tall, 0.2)),
        ((half, 0, 0.2), (half, 0, far), (half, tall, far), (half, tall, 0.2)),
        ((-half, 0, 0.2), (half, 0, 0.2), (half, 0, far), (-half, 0, far)),
        ((-half, tall, 0.2), (half, tall, 0.2), (half, tall, far), (-half, tall, far)),
    ]
    quads = [(np.array(wall, float), texture(128, rng) * rng.uniform(0.7, 1.0)) for wall in walls]
    for _ in range(int(rng.integers(0, 6))):  # pictures, doors and windows hang just before the far wall
        x, y, w, h = rng.uniform(-half, half), rng.uniform(0.0, tall), rng.uniform(0.3, 1.5), rng.uniform(0.3, 2.0)
        z = far - 0.02
        quads.append((np.array(((x, y, z), (x + w, y, z), (x + w, y + h, z), (x, y + h, z))), texture(64, rng)))
    boxes = []
    for _ in range(int(rng.integers(1, 9))):
        place = np.array((rng.uniform(-half, half), 0.0, rng.uniform(1.5, far)))
        boxes.append((place, np.exp(rng.normal((-0.6, -0.4, -0.7), 0.6))))
    for place, extent in sorted(boxes, key=lambda box: -box[0][2]):
        quads += _box(place, extent, rng)
    for corners, surface in quads:
        _draw_quad(picture, camera.project(_before(corners, eye[2] + 0.15)), surface)
    return picture


def _before(corners: NDArray[np.float64], z: float) -> NDArray[np.float64]:
    """Return the corners, those behind the camera moved before it."""
    return np.column_stack((corners[:, :2], np.maximum(corners[:, 2], z)))


def _box(
    place: NDArray[np.float64], extent: NDArray[np.float64], rng: np.random.Generator
) -> list[tuple[NDArray[np.float64], Picture]]:
    """Return the sides of a box that stands on the floor, those behind first."""
    surface, turn = texture(64, rng), about(Y_AXIS, rng.uniform(-0.8, 0.8))
    legs = rng.uniform(0.2, 0.7) * extent[1] if rng.random() < 0.3 else 0.0  # a table is a box on thin air
    x, z = extent[0] / 2.0, extent[2] / 2.0
    low, high = legs, extent[1]
    sides = [
        (((-x, low, z), (-x, low, -z), (-x, high, -z), (-x, high, z)), 0.75),
        (((x, low, -z), (x, low, z), (x, high, z), (x, high, -z)), 0.6),
        (((-x, high, -z), (x, high, -z), (x, high, z), (-x, high, z)), 1.15),
        (((-x, low, -z), (x, low, -z), (x, high, -z), (-x, high, -z)), 0.9),
    ]
    return [(np.array(corners) @ turn.T + place, surface * np.float32(bright)) for corners, bright in sides]


def _draw_quad(picture: Picture, corners: NDArray[np.float64], surface: Picture) -> None:
    size, side = picture.shape[0], surface.shape[0] - 1
    source = np.array(((0, side), (side, side), (side, 0), (0, 0)), np.float32)
    target = corners[:, :2].astype(np.float32)
    if np.abs(target).max() > 1e4 or abs(cv2.contourArea(target)) < 4.0:
        return
    warp = cv2.getPerspectiveTransform(source, target)
    drawn = cv2.warpPerspective(surface, warp, (size, size), flags=cv2.INTER_LINEAR)
    mask = np.zeros((size, size), np.uint8)
    cv2.fillConvexPoly(mask, np.rint(target).astype(np.int32), 1)
    np.copyto(picture, drawn, where=mask[..., None] > 0)


def _street(size: int, rng: np.random.Generator) -> Picture:
    """Return sky, buildings with windows, trees and ground."""
    picture = (0.6 + 0.4 * _cloud(size, rng)) * np.array((0.75, 0.85, 1.0)) * rng.uniform(0.5, 1.1)
    picture = picture.astype(np.float32)
    horizon = int(rng.uniform(0.25, 0.75) * size)
    x = int(-rng.integers(0, 60))
    while x < size:
        width, top = int(rng.integers(30, 160)), int(horizon * rng.uniform(0.0, 0.9))
        facade = np.full((size, size, 3), sample_colour(rng), np.float32)
        pitch, wall = int(rng.integers(10, 40)), rng.uniform(0.3, 0.7)
        rows, columns = np.mgrid[0:size, 0:size]
        windows = ((rows % pitch) > wall * pitch) & ((columns % pitch) > wall * pitch)
        facade[windows] = sample_colour(rng)
        picture[top:horizon, max(x, 0) : max(x + width, 0)] = facade[top:horizon, max(x, 0) : max(x + width, 0)]
        x += width + int(rng.choice((0, rng.integers(0, 80))))
    picture[horizon:] = texture(size, rng)[horizon:]
    for _ in range(int(rng.integers(0, 6))):
        centre, radius = (int(rng.uniform(0, size)), int(rng.uniform(0.2, 0.8) * size)), rng.uniform(0.05, 0.25) * size
        green = np.array((0.15, 0.35, 0.1)) * rng.uniform(0.4, 1.6, 3)
        y, columns = np.mgrid[0:size, 0:size].astype(np.float32)
        ragged = np.hypot(columns - centre[0], y - centre[1]) / radius + 1.5 * (
            _cloud(size, rng, roughness=0.8)[..., 0] - 0.5
        )
        leafy = (ragged < 1.0)[..., None]
        cv2.line(
            picture,
            centre,
            (centre[0], size if rng.random() < 0.5 else horizon),
            (0.25, 0.18, 0.1),
            int(rng.integers(2, 14)),
        )
        np.copyto(picture, (green * (0.5 + _cloud(size, rng, roughness=0.9))).astype(np.float32), where=leafy)
    return picture


def _scatter(picture: Picture, rng: np.random.Generator) -> None:
    """Draw things that could be taken for people: posts, balls on stands, forked bars of skin's colour."""
    size = picture.shape[0]
    for _ in range(int(rng.integers(1, 9))):
        colour = sample_colour(rng).tolist()
        if rng.random() < 0.3:
            colour = (np.array((0.85, 0.62, 0.5)) * rng.uniform(0.35, 1.1)).tolist()
        x, y, length = *rng.uniform(0.0, size, 2), rng.uniform(0.08, 0.5) * size
        width = max(int(length * rng.uniform(0.05, 0.25)), 2)
        kind = rng.integers(4)
        foot = (int(x + rng.normal(0.0, 0.2) * length), int(y + length))
        cv2.line(picture, (int(x), int(y)), foot, colour, width, cv2.LINE_AA)
        if kind == 1:  # a lamp, a sign, a plant on a stalk
            cv2.circle(
                picture,
                (int(x), int(y)),
                int(width * rng.uniform(0.8, 2.0)),
                sample_colour(rng).tolist(),
                -1,
                cv2.LINE_AA,
            )
        elif kind == 2:  # forked or bent
            end = (int(foot[0] + rng.normal(0.0, 0.5) * length), int(foot[1] + rng.normal(0.0, 0.5) * length))
            cv2.line(picture, foot, end, colour, max(int(width * 0.8), 1), cv2.LINE_AA)
        elif kind == 3:
            cv2.ellipse(
                picture,
                ((x, y), (length, length * rng.uniform(0.3, 1.0)), rng.uniform(0.0, 180.0)),
                colour,
                -1,
                cv2.LINE_AA,
            )


_KINDS: tuple[Callable[[int, np.random.Generator], Picture], ...] = (_plain, texture, _leaves, _room, _street)
_SHARES = (0.1, 0.12, 0.28, 0.34, 0.16)
