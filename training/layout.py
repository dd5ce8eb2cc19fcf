# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What is drawn at random about the layers of training images: which, where, how large, how they are turned.

Three kinds of images: ``photo``, one photo around one of its people, or all of it; ``collage``, several photos, so that
there are many small people; ``composed``, renders and cut-outs before pictures of nobody.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from training.bank import NOBODY, PERSON, PHOTO, LayerBank
from training.constants import indices, numbers
from training.photo import HIDDEN, VISIBLE
from training.warp import Plan


@dataclass(frozen=True)
class Sizes:
    """Larger sides of people in pixels of the image, from ``least`` to ``most``; ``zoom``: of a photo, at most."""

    least: float = 30.0
    most: float = 600.0
    crowd: float = 170.0
    zoom: float = 4.5


_COLLAGE, _PEOPLE = 5, 4
# Chances of up to 0, 1, 2, 3 people in a composed image.
_CUMULATED = (0.16, 0.58, 0.80, 0.92)
# Left, top, right and bottom in a mirror.
_SWAPPED_EDGES = (2, 1, 0, 3)
_WHOLE_PHOTOS, _UNLABELLED = 0.3, 0.3
_SMALLEST_BOX = 12.0
_BLACK, _OCCLUDED = 0.4, 0.25
_TURN = 0.17
_UPSIDE = 0.04


class Layout:
    """Draws plans from a bank.

    :param generator: on the bank's device
    """

    def __init__(self, bank: LayerBank, size: tuple[int, int], generator: torch.Generator, sizes: Sizes) -> None:
        self._bank, self._generator, self._sizes = bank, generator, sizes
        self._height, self._width = size
        self._device = bank.pixels.device

    def photo(self, count: int) -> Plan:
        """Return images of one photo each, before black or a picture of nobody, some behind a thing."""
        layers = [self._fill(count), self._photo_layer(count, 2.5 * self._sizes.least, self._sizes.most, 0.7)]
        return self._plan([*layers, self._thing(count, _OCCLUDED)])

    def collage(self, count: int) -> Plan:
        """Return images of several photos each."""
        layers = [self._fill(count)]
        for _ in range(_COLLAGE):
            layers.append(self._photo_layer(count, self._sizes.least, self._sizes.crowd, 1.0))
        return self._plan([*layers, self._thing(count, _OCCLUDED)])

    def composed(self, count: int) -> Plan:
        """Return images of people before a picture of nobody, up to four of them, some behind a thing."""
        people = (self._uniform(count, 1) > numbers(_CUMULATED, self._device)).sum(dim=1)
        most = self._sizes.most / (1.0 + 0.5 * (people - 1).clamp(min=0))
        lengths = self._logarithmic(self._sizes.least, most, _PEOPLE)
        alike = lengths[:, :1] * self._between(0.8, 1.25, count, _PEOPLE)
        lengths = torch.where(self._uniform(count, 1) < 0.4, alike, lengths).sort(dim=1).values
        layers = [self._fill(count, black=0.05)]
        # Larger is nearer, and what is nearer covers.
        for number in range(_PEOPLE):
            layers.append(self._person_layer(lengths[:, number], people >= _PEOPLE - number))
        return self._plan([*layers, self._thing(count, _OCCLUDED)])

    def _plan(self, layers: list[tuple[Tensor, Tensor, Tensor, Tensor]]) -> Plan:
        return Plan(*(torch.stack(part, dim=1) for part in zip(*layers, strict=True)))

    def _fill(self, count: int, black: float = _BLACK) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        index = self._bank.draw(NOBODY, self._uniform(count))
        index = torch.where(self._uniform(count) < black, -1, index)
        width, height = self._extent(index)
        scale = torch.maximum(self._width / width, self._height / height) * self._between(1.0, 2.0, count)
        slack_x, slack_y = (scale * width - self._width) / 2.0, (scale * height - self._height) / 2.0
        centre_x = self._width / 2.0 + slack_x * self._between(-1.0, 1.0, count)
        centre_y = self._height / 2.0 + slack_y * self._between(-1.0, 1.0, count)
        return self._placed(index, width / 2.0, height / 2.0, centre_x, centre_y, scale, scale, None, 0.15)

    def _photo_layer(self, count: int, least: float, most: float, spread: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        index = self._bank.draw(PHOTO, self._uniform(count))
        width, height = self._extent(index)
        x0, y0, x1, y1, somebody = self._somebody(index)
        box, given = self._unlabelled(index)
        x0, y0, x1, y1 = (torch.where(given, box[:, i], side) for i, side in enumerate((x0, y0, x1, y1)))
        somebody = somebody | given
        side = torch.maximum(x1 - x0, y1 - y0).clamp(min=8.0)
        largest = torch.minimum(side * self._sizes.zoom, torch.full_like(side, most)).clamp(min=1.2 * least)
        scale = self._logarithmic(least, largest, 1)[:, 0] / side
        fit = torch.minimum(self._width / width, self._height / height) * self._between(0.9, 1.25, count)
        whole = ~somebody | (self._uniform(count) < (_WHOLE_PHOTOS if spread < 1.0 else 0.0))
        scale = torch.where(whole, fit, scale)
        focus_x = torch.where(whole, width / 2.0, (x0 + x1) / 2.0)
        focus_y = torch.where(whole, height / 2.0, (y0 + y1) / 2.0)
        spread_of = torch.where(whole, 0.15, spread)
        centre_x = self._width * (0.5 + spread_of * self._between(-0.5, 0.5, count))
        centre_y = self._height * (0.5 + spread_of * self._between(-0.5, 0.5, count))
        stretch = torch.exp(0.06 * self._normal(count))
        return self._placed(
            index, focus_x, focus_y, centre_x, centre_y, scale * stretch, scale / stretch, self._angles(count), 0.0
        )

    def _person_layer(self, length: Tensor, present: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        count = len(length)
        index = self._bank.draw(PERSON, self._uniform(count))
        index = torch.where(present, index, -1)
        width, height = self._extent(index)
        mirrored = self._uniform(count) < 0.5
        cut = self._bank.tables.cut[index.clamp(min=0)]
        cut = torch.where(mirrored[:, None], cut[:, indices(_SWAPPED_EDGES, self._device)], cut)
        is_cut = cut.any(dim=1)
        scale = length / torch.maximum(width, height)
        # Where the layer ends, the image must end too, or limbs would end in mid-air.
        near = torch.maximum(length * 1.2, torch.full_like(length, 0.5 * min(self._width, self._height)))
        near = near / torch.maximum(width, height)
        near = torch.where(cut[:, 0] & cut[:, 2], torch.maximum(near, self._width / width), near)
        near = torch.where(cut[:, 1] & cut[:, 3], torch.maximum(near, self._height / height), near)
        scale = torch.where(is_cut, near, scale)
        angle = torch.where(is_cut, 0.0, self._angles(count))
        centre = []
        for axis, (extent, limit) in enumerate(((scale * width, self._width), (scale * height, self._height))):
            free = limit * (0.5 + 0.85 * self._between(-0.5, 0.5, count))
            beyond = 0.1 * limit * self._normal(count).abs()
            first, last = cut[:, axis], cut[:, axis + 2]
            place = torch.where(first & ~last, extent / 2.0 - beyond, limit - extent / 2.0 + beyond)
            both = extent / 2.0 + (limit - extent) * self._uniform(count)
            place = torch.where(first & last, both, place)
            centre.append(torch.where(first | last, place, free))
        return self._placed(index, width / 2.0, height / 2.0, *centre, scale, scale, angle, 0.15, mirrored)

    def _thing(self, count: int, chance: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return a bar or a box that is made of a picture of nobody."""
        index = self._bank.draw(NOBODY, self._uniform(count))
        index = torch.where(self._uniform(count) < chance, index, -1)
        width, height = self._extent(index)
        across = self._logarithmic(0.05 * self._width, torch.full((count,), 0.7 * self._width, device=self._device), 1)
        down = self._logarithmic(0.05 * self._height, torch.full((count,), 0.7 * self._height, device=self._device), 1)
        centre_x, centre_y = self._width * self._uniform(count), self._height * self._uniform(count)
        return self._placed(
            index, width / 2.0, height / 2.0, centre_x, centre_y, across[:, 0] / width, down[:, 0] / height,
            0.3 * self._normal(count), 0.2,
        )

    def _placed(
        self,
        index: Tensor,
        focus_x: Tensor,
        focus_y: Tensor,
        centre_x: Tensor,
        centre_y: Tensor,
        scale_x: Tensor,
        scale_y: Tensor,
        angle: Tensor | None,
        tint: float,
        mirrored: Tensor | None = None,
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return layer, matrix, mirrored and gains: the focus, in pixels of the layer, comes to the centre."""
        count = len(index)
        if mirrored is None:
            mirrored = self._uniform(count) < 0.5
        angle = torch.zeros(count, device=self._device) if angle is None else angle
        sign = torch.where(mirrored, -1.0, 1.0)
        cosine, sine = torch.cos(angle), torch.sin(angle)
        linear = torch.stack((sign * scale_x * cosine, -scale_y * sine, sign * scale_x * sine, scale_y * cosine), -1)
        linear = linear.unflatten(1, (2, 2))
        focus = torch.stack((focus_x, focus_y), -1) - 0.5
        centre = torch.stack((centre_x, centre_y), -1) - 0.5
        shift = centre - (linear @ focus[..., None])[..., 0]
        gains = torch.exp(tint * (self._normal(count, 1) + 0.4 * self._normal(count, 3)))
        return index, torch.cat((linear, shift[..., None]), dim=-1), mirrored, gains

    def _somebody(self, index: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """Return the box of one of a layer's people, drawn at random, and whether there is one."""
        states = self._bank.tables.states[index.clamp(min=0)]
        seen = (states == VISIBLE) | (states == HIDDEN)
        enough = seen.sum(dim=2) >= 2
        lots = self._uniform(*enough.shape) * enough
        chosen = lots.argmax(dim=1)
        rows = torch.arange(len(index), device=self._device)
        points, seen = self._bank.tables.people[index.clamp(min=0)][rows, chosen], seen[rows, chosen][..., None]
        low = torch.where(seen, points, math.inf).amin(dim=1)
        high = torch.where(seen, points, -math.inf).amax(dim=1)
        somebody = enough.any(dim=1)
        x0, y0 = (torch.where(somebody, low[:, axis], 0.0) for axis in range(2))
        x1, y1 = (torch.where(somebody, high[:, axis], 0.0) for axis in range(2))
        return x0, y0, x1, y1, somebody

    def _unlabelled(self, index: Tensor) -> tuple[Tensor, Tensor]:
        """Return the box [b, 4] of a person without keypoints, for whom there may be a teacher, and whether to take it."""
        boxes = self._bank.tables.ignored[index.clamp(min=0)]
        usable = (boxes[..., 2:] - boxes[..., :2]).amin(dim=2) > _SMALLEST_BOX
        chosen = (self._uniform(*usable.shape) * usable).argmax(dim=1)
        rows = torch.arange(len(index), device=self._device)
        return boxes[rows, chosen], usable.any(dim=1) & (self._uniform(len(index)) < _UNLABELLED)

    def _extent(self, index: Tensor) -> tuple[Tensor, Tensor]:
        if len(self._bank.tables.width) == 0:
            return torch.ones(len(index), device=self._device), torch.ones(len(index), device=self._device)
        place = index.clamp(min=0)
        return self._bank.tables.width[place, 0].float(), self._bank.tables.height[place, 0].float()

    def _angles(self, count: int) -> Tensor:
        usual = (_TURN * self._normal(count)).clamp(-0.6, 0.6)
        return torch.where(self._uniform(count) < _UPSIDE, self._between(-math.pi, math.pi, count), usual)

    def _logarithmic(self, least: float, most: Tensor, count: int) -> Tensor:
        """Return [b, count] numbers from least to most [b], evenly by logarithm."""
        share = self._uniform(len(most), count)
        return least * torch.exp(share * torch.log(most / least)[:, None])

    def _between(self, low: float, high: float, *shape: int) -> Tensor:
        return low + (high - low) * self._uniform(*shape)

    def _uniform(self, *shape: int) -> Tensor:
        return torch.rand(shape, generator=self._generator, device=self._device)

    def _normal(self, *shape: int) -> Tensor:
        return torch.randn(shape, generator=self._generator, device=self._device)
