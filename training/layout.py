# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What is drawn at random about the layers of training images: which, where, how large, how they are turned.

Three kinds of images: ``photo``, one photo around one of its people, or all of it; ``collage``, several photos, so that
there are many small people; ``composed``, renders and cut-outs before pictures of nobody.
"""

from __future__ import annotations

import math
from itertools import accumulate

import torch
from torch import Tensor

from training.bank import NOBODY, PERSON, PHOTO, LayerBank
from training.constants import indices, numbers
from training.photo import HIDDEN, VISIBLE
from training.sizes import Crowding, Sizes
from training.warp import Plan

_COLLAGE, _PEOPLE = 5, 4
# Shares of the way to the person in front, at least and at most; people stand beside each other rather than above.
_LEAST_PULL, _MOST_PULL, _ACROSS, _DOWN = 0.5, 0.9, 0.8, 1.0
# Left, top, right and bottom in a mirror.
_SWAPPED_EDGES = (2, 1, 0, 3)
_WHOLE_PHOTOS, _UNLABELLED = 0.3, 0.3
_SMALLEST_BOX = 12.0
_BLACK_AROUND_PHOTOS, _BLACK_BEHIND_PEOPLE, _OCCLUDED = 0.4, 0.05, 0.25
# The least side of the only photo's person, in units of the least of all; the thinnest thing as a share of the widest.
_LEAST_ALONE, _THINNEST = 2.5, 0.07
_TURN = 0.17
_UPSIDE = 0.04
# Of a picture of nobody that is all there is: how much smaller or larger than it fits.
_LEAST_ZOOM, _MOST_ZOOM = 0.7, 1.6

_Placed = tuple[Tensor, ...]
"""Layers [n], matrices [n, 2, 3], whether they are mirrored [n], and gains [n, 3]."""


class Layout:
    """Draws plans from a bank.

    :param generator: on the bank's device
    """

    def __init__(
        self,
        bank: LayerBank,
        size: tuple[int, int],
        generator: torch.Generator,
        sizes: Sizes | None = None,
        crowding: Crowding | None = None,
    ) -> None:
        self._bank, self.generator = bank, generator
        self._sizes, self._crowding = sizes or Sizes(), crowding or Crowding()
        self._height, self._width = size
        self._device = bank.pixels.device

    def draw(self, photos: int, collages: int, composed: int) -> list[Plan]:
        """Return the plans of so many images of each kind, one for each kind that is asked for."""
        count = photos + collages + composed
        kind = torch.arange(count, device=self._device)
        fills = self._fill(count, torch.where(kind < photos + collages, _BLACK_AROUND_PHOTOS, _BLACK_BEHIND_PEOPLE))
        things = self._thing(count)
        shown = self._photos(photos, collages)
        plans = []
        for first, last, layers in (
            (0, photos, [part[:photos, None] for part in shown]),
            (photos, photos + collages, [part[photos:].unflatten(0, (-1, _COLLAGE)) for part in shown]),
            (photos + collages, count, self._people(composed)),
        ):
            if last > first:
                fill, thing = ([part[first:last, None] for part in parts] for parts in (fills, things))
                plans.append(Plan(*(torch.cat(parts, dim=1) for parts in zip(fill, layers, thing, strict=True))))
        return plans

    def alone(self, index: Tensor) -> Plan:
        """Return the plan of images that show one layer each: all of it, a part, or all of it before black."""
        width, height = self._extent(index)
        zoom = torch.exp(self._between(math.log(_LEAST_ZOOM), math.log(_MOST_ZOOM), len(index)))
        zoom = torch.where(self._uniform(len(index)) < _WHOLE_PHOTOS, 1.0, zoom)
        scale = zoom * torch.minimum(self._width / width, self._height / height)
        return Plan(*(part[:, None] for part in self._anywhere(index, scale, 0.0)))

    def _fill(self, count: int, black: Tensor) -> _Placed:
        """Return pictures of nobody that fill the image; a share is left black."""
        index = self._bank.draw(NOBODY, self._uniform(count))
        index = torch.where(self._uniform(count) < black, -1, index)
        width, height = self._extent(index)
        scale = torch.maximum(self._width / width, self._height / height) * self._between(1.0, 2.0, count)
        return self._anywhere(index, scale, 0.15)

    def _anywhere(self, index: Tensor, scale: Tensor, tint: float) -> _Placed:
        """Return layers at random places, such that they are inside the image, or the image inside them."""
        width, height = self._extent(index)
        slack_x, slack_y = (scale * width - self._width) / 2.0, (scale * height - self._height) / 2.0
        centre_x = self._width / 2.0 + slack_x * self._between(-1.0, 1.0, len(index))
        centre_y = self._height / 2.0 + slack_y * self._between(-1.0, 1.0, len(index))
        return self._placed(index, width / 2.0, height / 2.0, centre_x, centre_y, scale, scale, None, tint)

    def _photos(self, photos: int, collages: int) -> _Placed:
        """Return photos, around one of their people or whole, for images of one photo and then for collages."""
        sizes, count = self._sizes, photos + collages * _COLLAGE
        alone = torch.arange(count, device=self._device) < photos
        least = torch.where(alone, _LEAST_ALONE * sizes.least, sizes.least)
        most = torch.where(alone, sizes.most, sizes.crowd)
        index = self._bank.draw(PHOTO, self._uniform(count))
        width, height = self._extent(index)
        x0, y0, x1, y1, somebody = self._somebody(index)
        box, given = self._unlabelled(index)
        x0, y0, x1, y1 = (torch.where(given, box[:, i], side) for i, side in enumerate((x0, y0, x1, y1)))
        somebody = somebody | given
        side = torch.maximum(x1 - x0, y1 - y0).clamp(min=8.0)
        largest = torch.maximum(torch.minimum(side * sizes.zoom, most), 1.2 * least)
        scale = self._logarithmic(least, largest) / side
        fit = torch.minimum(self._width / width, self._height / height) * self._between(0.9, 1.25, count)
        whole = ~somebody | (alone & (self._uniform(count) < _WHOLE_PHOTOS))
        scale = torch.where(whole, fit, scale)
        focus_x = torch.where(whole, width / 2.0, (x0 + x1) / 2.0)
        focus_y = torch.where(whole, height / 2.0, (y0 + y1) / 2.0)
        spread = torch.where(whole, 0.15, torch.where(alone, 0.7, 1.0))
        centre_x = self._width * (0.5 + spread * self._between(-0.5, 0.5, count))
        centre_y = self._height * (0.5 + spread * self._between(-0.5, 0.5, count))
        stretch = torch.exp(0.06 * self._normal(count))
        return self._placed(
            index, focus_x, focus_y, centre_x, centre_y, scale * stretch, scale / stretch, self._angles(count), 0.0
        )

    def _people(self, images: int) -> _Placed:
        """Return renders and cut-outs for composed images, [images, _PEOPLE, ...] each."""
        chances = tuple(accumulate(self._crowding.people))[:_PEOPLE]
        people = (self._uniform(images, 1) > numbers(chances, self._device)).sum(dim=1, keepdim=True)
        most = self._sizes.most / (1.0 + 0.5 * (people - 1).clamp(min=0))
        least = torch.full_like(most, self._sizes.least)
        lengths = self._logarithmic(least, most.expand(-1, _PEOPLE))
        alike = lengths[:, :1] * self._between(0.8, 1.25, images, _PEOPLE)
        # Larger is nearer, and what is nearer covers.
        length = torch.where(self._uniform(images, 1) < 0.4, alike, lengths).sort(dim=1).values.flatten()
        present = (people >= _PEOPLE - torch.arange(_PEOPLE, device=self._device)).flatten()
        count = len(length)
        index = torch.where(present, self._bank.draw(PERSON, self._uniform(count)), -1)
        width, height = self._extent(index)
        mirrored = self._uniform(count) < 0.5
        cut = self._bank.tables.cut[index.clamp(min=0)]
        cut = torch.where(mirrored[:, None], cut[:, indices(_SWAPPED_EDGES, self._device)], cut)
        is_cut = cut.any(dim=1)
        # Where the layer ends, the image must end too, or limbs would end in mid-air.
        near = (length * 1.2).clamp(min=0.5 * min(self._width, self._height)) / torch.maximum(width, height)
        near = torch.where(cut[:, 0] & cut[:, 2], torch.maximum(near, self._width / width), near)
        near = torch.where(cut[:, 1] & cut[:, 3], torch.maximum(near, self._height / height), near)
        scale = torch.where(is_cut, near, length / torch.maximum(width, height))
        angle = torch.where(is_cut, 0.0, self._angles(count))
        pull = torch.where(is_cut, 0.0, self._pull(images).expand(-1, _PEOPLE).flatten())
        centre = []
        for axis, (extent, limit, share) in enumerate(
            ((scale * width, self._width, _ACROSS), (scale * height, self._height, _DOWN))
        ):
            free = limit * (0.5 + 0.85 * self._between(-0.5, 0.5, count))
            beyond = 0.1 * limit * self._normal(count).abs()
            first, last = cut[:, axis], cut[:, axis + 2]
            place = torch.where(first & ~last, extent / 2.0 - beyond, limit - extent / 2.0 + beyond)
            both = extent / 2.0 + (limit - extent) * self._uniform(count)
            place = torch.where(first & last, both, place)
            place = torch.where(first | last, place, free)
            front = place.unflatten(0, (images, _PEOPLE))[:, -1:].expand(-1, _PEOPLE).flatten()
            centre.append(place + share * pull * (front - place))
        placed = self._placed(index, width / 2.0, height / 2.0, *centre, scale, scale, angle, 0.15, mirrored)
        return tuple(part.unflatten(0, (images, _PEOPLE)) for part in placed)

    def _pull(self, images: int) -> Tensor:
        """Return how far people come to the one in front [images, 1], as a share of the way; 0 in most images."""
        chosen = self._uniform(images, 1) < self._crowding.together
        return torch.where(chosen, self._between(_LEAST_PULL, _MOST_PULL, images, 1), 0.0)

    def _thing(self, count: int) -> _Placed:
        """Return bars and boxes that are made of pictures of nobody, in a share of the images."""
        index = self._bank.draw(NOBODY, self._uniform(count))
        index = torch.where(self._uniform(count) < _OCCLUDED, index, -1)
        width, height = self._extent(index)
        across, down = (
            side * 0.7 * torch.exp(self._between(math.log(_THINNEST), 0.0, count))
            for side in (self._width, self._height)
        )
        centre_x, centre_y = self._width * self._uniform(count), self._height * self._uniform(count)
        angle = 0.3 * self._normal(count)
        return self._placed(
            index, width / 2.0, height / 2.0, centre_x, centre_y, across / width, down / height, angle, 0.2
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
    ) -> _Placed:
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
        """Return the box [b, 4] of a person without keypoints, for a teacher, and whether to take it."""
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

    def _logarithmic(self, least: Tensor, most: Tensor) -> Tensor:
        """Return numbers from least to most, evenly by logarithm, in the shape of the latter."""
        return least * torch.exp(self._uniform(*most.shape) * torch.log(most / least))

    def _between(self, low: float, high: float, *shape: int) -> Tensor:
        return low + (high - low) * self._uniform(*shape)

    def _uniform(self, *shape: int) -> Tensor:
        return torch.rand(shape, generator=self.generator, device=self._device)

    def _normal(self, *shape: int) -> Tensor:
        return torch.randn(shape, generator=self.generator, device=self._device)
