# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""All photos, cut-outs, renders and backgrounds as layers in the memory of the device that learns.

Colours are premultiplied by the opacity and packed with it into one integer. Each layer has two halvings of itself
behind it, so that a small copy is averaged and not sampled (Williams, Pyramidal parametrics, 1983).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from posenet_ros.skeleton import NUM_KEYPOINTS
from training.photo import OUTSIDE

LEVELS = 3
PHOTO, PERSON, NOBODY = 0, 1, 2
"""Kinds of layers: a photo of people, a person before nothing (render or cut-out), and a picture of nobody."""

MAX_PEOPLE, MAX_IGNORED = 8, 8
"""People and boxes of a layer; a photo of more people loses the smallest to boxes."""

LARGEST_SIDE = 384
"""Pixels; larger photos are scaled down."""


@dataclass(frozen=True)
class Layer:
    """A layer that is ready for the bank: pixels of all its levels, and its labels in pixels of the first.

    ``packed`` [k] int32, ``sizes`` [LEVELS, 2] width and height; ``people`` [p, 17, 2], ``states`` [p, 17],
    ``ignored`` [m, 4], ``cut`` [4].
    """

    kind: int
    packed: NDArray[np.int32]
    sizes: NDArray[np.int64]
    people: NDArray[np.float32]
    states: NDArray[np.uint8]
    ignored: NDArray[np.float32]
    cut: NDArray[np.bool_]
    weight: float = 1.0


@dataclass
class _Tables:
    start: Tensor
    width: Tensor
    height: Tensor
    people: Tensor
    states: Tensor
    ignored: Tensor
    cut: Tensor


def make_layer(
    kind: int,
    rgba: NDArray[np.uint8],
    people: NDArray[np.float32],
    states: NDArray[np.uint8],
    ignored: NDArray[np.float32] | None = None,
    cut: NDArray[np.bool_] | None = None,
    weight: float = 1.0,
) -> Layer:
    """Return a layer of an image [h, w, 4] RGBA, not premultiplied."""
    ignored = np.zeros((0, 4), np.float32) if ignored is None else ignored
    shrink = min(LARGEST_SIDE / max(rgba.shape[:2]), 1.0)
    if shrink < 1.0:
        size = (max(round(rgba.shape[1] * shrink), 1), max(round(rgba.shape[0] * shrink), 1))
        ratio = np.array(size, np.float32) / rgba.shape[1::-1]
        rgba = cv2.resize(rgba, size, interpolation=cv2.INTER_AREA)
        # Pixel centres lie at whole numbers.
        people = (people + 0.5) * ratio - 0.5
        ignored = ignored * np.tile(ratio, 2)
    if len(people) > MAX_PEOPLE:
        order = np.argsort([-_side(k, s) for k, s in zip(people, states, strict=True)])
        boxes = [_box(people[i], states[i]) for i in order[MAX_PEOPLE:]]
        ignored = np.concatenate((boxes, ignored)).astype(np.float32)
        people, states = people[order[:MAX_PEOPLE]], states[order[:MAX_PEOPLE]]
    if len(ignored) > MAX_IGNORED:
        kept, rest = ignored[: MAX_IGNORED - 1], ignored[MAX_IGNORED - 1 :]
        around = np.concatenate((rest[:, :2].min(axis=0), rest[:, 2:].max(axis=0)))
        ignored = np.concatenate((kept, around[None])).astype(np.float32)
    image = rgba.copy()
    if not (rgba[..., 3] == 255).all():
        image[..., :3] = (rgba[..., :3] * (rgba[..., 3:] / np.float32(255.0))).astype(np.uint8)
    packed, sizes = [], []
    for level in range(LEVELS):
        if level:
            half = (max(image.shape[1] // 2, 1), max(image.shape[0] // 2, 1))
            image = cv2.resize(image, half, interpolation=cv2.INTER_AREA)
        packed.append(np.ascontiguousarray(image).view(np.int32).ravel())
        sizes.append(image.shape[1::-1])
    cut = np.zeros(4, bool) if cut is None else cut
    return Layer(kind, np.concatenate(packed), np.array(sizes), people, states, ignored, cut, weight)


class LayerBank:
    """Layers by index, on a device.

    :param pixels: for how many pixels, those of all levels together, there is room
    :param max_people: the most people that any layer has
    """

    def __init__(self, device: torch.device, pixels: int, max_people: int = 1) -> None:
        self._device = device
        self.pixels = torch.zeros(max(pixels, 1), dtype=torch.int32, device=device)
        self._used = 0
        self._max_people = max_people
        self._tables = self._on_device([])
        self._members: dict[int, Tensor] = {}
        self._cumulative: dict[int, Tensor] = {}
        self._weights: dict[int, list[float]] = {PHOTO: [], PERSON: [], NOBODY: []}
        self._numbers: dict[int, list[int]] = {PHOTO: [], PERSON: [], NOBODY: []}

    @property
    def tables(self) -> _Tables:
        """Return start, width and height [n, LEVELS], people, states, ignored boxes and cuts of the n layers."""
        return self._tables

    def count(self, kind: int) -> int:
        """Return how many layers of a kind there are."""
        return len(self._numbers[kind])

    def members(self, kind: int) -> Tensor:
        """Return the indices of the layers of a kind, in the order in which they came."""
        return self._members.get(kind, torch.zeros(0, dtype=torch.int64, device=self._device))

    def add(self, layers: Sequence[Layer]) -> bool:
        """Take layers in, and return whether there was room."""
        total = sum(len(layer.packed) for layer in layers)
        if not layers or self._used + total > len(self.pixels):
            return not layers
        packed = torch.from_numpy(np.concatenate([layer.packed for layer in layers]))
        self.pixels[self._used : self._used + total] = packed.to(self._device)
        new = self._on_device(layers)
        first = len(self._tables.start)
        self._tables = _Tables(
            *(torch.cat((getattr(self._tables, f.name), getattr(new, f.name))) for f in fields(_Tables))
        )
        self._used += total
        for number, layer in enumerate(layers):
            self._numbers[layer.kind].append(first + number)
            self._weights[layer.kind].append(layer.weight)
        for kind in {layer.kind for layer in layers}:
            self._members[kind] = torch.tensor(self._numbers[kind], device=self._device)
            shares = torch.tensor(self._weights[kind], dtype=torch.float64).cumsum(0)
            self._cumulative[kind] = (shares / shares[-1]).float().to(self._device)
        return True

    def draw(self, kind: int, uniform: Tensor) -> Tensor:
        """Return indices of layers of a kind for numbers from 0 to 1, or -1 where there are none."""
        if kind not in self._members:
            return torch.full_like(uniform, -1, dtype=torch.int64)
        place = torch.searchsorted(self._cumulative[kind], uniform.contiguous())
        return self._members[kind][place.clamp(max=len(self._members[kind]) - 1)]

    def _on_device(self, layers: Sequence[Layer]) -> _Tables:
        count = len(layers)
        start, width, height = (np.zeros((count, LEVELS), np.int64) for _ in range(3))
        people = np.zeros((count, self._max_people, NUM_KEYPOINTS, 2), np.float32)
        states = np.full((count, self._max_people, NUM_KEYPOINTS), OUTSIDE, np.uint8)
        # A box that holds nothing.
        ignored = np.tile(np.array((1.0, 1.0, 0.0, 0.0), np.float32), (count, MAX_IGNORED, 1))
        cut = np.zeros((count, 4), bool)
        place = self._used
        for index, layer in enumerate(layers):
            areas = layer.sizes[:, 0] * layer.sizes[:, 1]
            start[index] = place + np.cumsum(areas) - areas
            width[index], height[index] = layer.sizes[:, 0], layer.sizes[:, 1]
            place += len(layer.packed)
            people[index, : len(layer.people)], states[index, : len(layer.states)] = layer.people, layer.states
            ignored[index, : len(layer.ignored)], cut[index] = layer.ignored, layer.cut
        arrays = (start, width, height, people, states, ignored, cut)
        return _Tables(*(torch.from_numpy(array).to(self._device) for array in arrays))


def _side(keypoints: NDArray[np.float32], states: NDArray[np.uint8]) -> float:
    x0, y0, x1, y1 = _box(keypoints, states)
    return float(max(x1 - x0, y1 - y0))


def _box(keypoints: NDArray[np.float32], states: NDArray[np.uint8]) -> NDArray[np.float32]:
    points = keypoints[(states == 1) | (states == 2)]
    if not len(points):
        return np.zeros(4, np.float32)
    return np.concatenate((points.min(axis=0), points.max(axis=0))).astype(np.float32)
