# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Layers of a bank warped and laid over each other, with their keypoints, for many images at once.

Everything is computed on the device of the bank, for b images of l layers each.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from training.bank import LEVELS, LayerBank
from training.photo import HIDDEN, OUTSIDE, UNKNOWN, VISIBLE

_COVERED = 0.5
# Share of a person's keypoints; where fewer are in view, nobody could say where the others are.
_LEAST_VISIBLE = 0.3


@dataclass(frozen=True)
class Plan:
    """What is where in b images.

    ``layers`` [b, l] indices into the bank, -1 for none, the later ones before the earlier; ``matrices`` [b, l, 2, 3]
    from pixels of a layer to pixels of the image; ``mirrored`` [b, l] bool: left and right are swapped;
    ``gains`` [b, l, 3] of the colours.
    """

    layers: Tensor
    matrices: Tensor
    mirrored: Tensor
    gains: Tensor


@dataclass(frozen=True)
class Truth:
    """What is known of the people: ``keypoints`` [b, p, 17, 2], ``states`` [b, p, 17], ``unlabelled`` [b, h, w].

    ``unlabelled``: cells where people without keypoints may be.
    """

    keypoints: Tensor
    states: Tensor
    unlabelled: Tensor


def compose(bank: LayerBank, plan: Plan, size: tuple[int, int], compiled: bool = False) -> Tensor:
    """Return the images [b, 3, height, width], 0 to 255 as floats."""
    height, width = size
    x, y = _grid(height, width, 1.0, plan.layers.device)
    lay = _compiled_lay_over if compiled else _lay_over
    images = torch.zeros((len(plan.layers), 3, height * width), device=plan.layers.device)
    present = (plan.layers >= 0).float()
    sources = _sources(bank, plan)
    for number in range(plan.layers.shape[1]):
        source = [part[:, number] for part in sources]
        images = lay(images, bank.pixels, *source, present[:, number], plan.gains[:, number], x, y)
    return images.unflatten(2, (height, width))


def place_people(
    bank: LayerBank, plan: Plan, size: tuple[int, int], cells: tuple[int, int], mirror: Tensor, stride: int
) -> Truth:
    """Return keypoints, states and cells without labels of the images that :func:`compose` makes.

    :param mirror: [17] index of the keypoint of the other side
    """
    height, width = size
    images, count = plan.layers.shape
    device = plan.layers.device
    tables = bank.tables
    index = plan.layers.clamp(min=0)
    present = plan.layers >= 0
    states = torch.where(present[..., None, None], tables.states[index], OUTSIDE)  # [b, l, p, 17]
    points = tables.people[index]
    swapped = plan.mirrored[..., None, None]
    states = torch.where(swapped, states[..., mirror], states)
    points = torch.where(swapped[..., None], points[..., mirror, :], points)
    points = apply(plan.matrices[:, :, None, None], points)
    inside = (points >= -0.5).all(dim=-1) & (points[..., 0] < width - 0.5) & (points[..., 1] < height - 0.5)
    states = torch.where(inside | (states == UNKNOWN), states, OUTSIDE)

    x, y = _grid(*cells, float(stride), device)
    flat = points.flatten(1, 3)
    states = states.flatten(1, 3)
    asked_x, asked_y = (torch.cat((flat[..., axis], grid.expand(images, -1)), 1) for axis, grid in enumerate((x, y)))
    sources = _sources(bank, plan)
    neighbours, within = _sample(bank.pixels, *sources, asked_x[:, None], asked_y[:, None])
    opacity = sum(((value >> 24) & 255).float() * share for value, share in neighbours) / 255.0
    covered = (opacity * within > _COVERED) & present[..., None]
    at_points, at_cells = covered.split((flat.shape[1], x.numel()), dim=2)
    number = torch.arange(count, device=device)
    own = number.repeat_interleave(points.shape[2] * points.shape[3])
    hidden = (at_points & (own < number[:, None])).any(dim=1)
    states = torch.where(hidden & (states == VISIBLE), HIDDEN, states)

    back = sources[-1]
    source_x, source_y = (back[..., i, 0, None] * x + back[..., i, 1, None] * y + back[..., i, 2, None] for i in (0, 1))
    boxes = tables.ignored[index][..., None]
    ignored = (source_x[:, :, None] >= boxes[..., 0, :]) & (source_x[:, :, None] <= boxes[..., 2, :])
    ignored = ignored & (source_y[:, :, None] >= boxes[..., 1, :]) & (source_y[:, :, None] <= boxes[..., 3, :])
    foremost = torch.where(at_cells, number[:, None] + 1, 0).amax(dim=1, keepdim=True) == number[:, None] + 1
    unlabelled = (foremost & ignored.any(dim=2)).any(dim=1)
    shape = (images, count * points.shape[2], points.shape[3])
    states = _without_covered(states.reshape(shape))
    return Truth(flat.reshape(*shape, 2), states, unlabelled.reshape(images, *cells))


def _without_covered(states: Tensor) -> Tensor:
    """Return the states [b, p, 17] with people who are covered nearly whole taken out."""
    visible = (states == VISIBLE).sum(dim=2, keepdim=True)
    inside = visible + (states == HIDDEN).sum(dim=2, keepdim=True)
    return torch.where(visible >= _LEAST_VISIBLE * inside.clamp(min=1), states, OUTSIDE)


def inverse(matrices: Tensor) -> Tensor:
    """Return the inverses of affine matrices [..., 2, 3]."""
    a, b, c, d = matrices[..., 0, 0], matrices[..., 0, 1], matrices[..., 1, 0], matrices[..., 1, 1]
    determinant = a * d - b * c
    linear = torch.stack((torch.stack((d, -b), -1), torch.stack((-c, a), -1)), -2) / determinant[..., None, None]
    return torch.cat((linear, -(linear @ matrices[..., 2:])), dim=-1)


def apply(matrices: Tensor, points: Tensor) -> Tensor:
    """Return points [..., 2] moved by affine matrices [..., 2, 3]."""
    return (matrices[..., :2] * points[..., None, :]).sum(-1) + matrices[..., 2]


def _grid(height: int, width: int, step: float, device: torch.device) -> tuple[Tensor, Tensor]:
    y, x = torch.meshgrid(torch.arange(height, device=device), torch.arange(width, device=device), indexing="ij")
    return x.reshape(1, -1) * step, y.reshape(1, -1) * step


def _sources(bank: LayerBank, plan: Plan) -> tuple[Tensor, ...]:
    """Return what a plan's layers [b, l] are sampled from: start, width and height of a level, and how it shrinks.

    The level's start, width, height and its two shrinkings [b, l, 1], and matrices from the image to the full layer.
    """
    tables = bank.tables
    index = plan.layers.clamp(min=0)
    shrink = 1.0 / plan.matrices[..., :2].square().sum(dim=-2).amax(dim=-1).sqrt().clamp(min=1e-6)
    level = (torch.log2(shrink) + 0.3).floor().clamp(0, LEVELS - 1).long()[..., None]
    start, width, height = (part[index].gather(2, level) for part in (tables.start, tables.width, tables.height))
    across, down = width / tables.width[index][..., :1], height / tables.height[index][..., :1]
    return start, width, height, across, down, inverse(plan.matrices)


def _sample(
    pixels: Tensor,
    start: Tensor,
    width: Tensor,
    height: Tensor,
    across: Tensor,
    down: Tensor,
    back: Tensor,
    x: Tensor,
    y: Tensor,
) -> tuple[list[tuple[Tensor, Tensor]], Tensor]:
    """Return four packed neighbours with their shares, and whether the point is inside, at image points [..., n]."""
    source_x = (back[..., 0, 0, None] * x + back[..., 0, 1, None] * y + back[..., 0, 2, None] + 0.5) * across - 0.5
    source_y = (back[..., 1, 0, None] * x + back[..., 1, 1, None] * y + back[..., 1, 2, None] + 0.5) * down - 0.5
    inside = (source_x > -0.5) & (source_x < width - 0.5) & (source_y > -0.5) & (source_y < height - 0.5)
    left, top = source_x.floor(), source_y.floor()
    right_share, low_share = source_x - left, source_y - top
    neighbours = []
    zero = torch.zeros_like(width)
    for row in (0, 1):
        line = (top.long() + row).clamp(min=zero, max=height - 1) * width
        down_share = low_share if row else 1.0 - low_share
        for column in (0, 1):
            place = (left.long() + column).clamp(min=zero, max=width - 1)
            share = down_share * (right_share if column else 1.0 - right_share)
            neighbours.append((pixels[start + line + place], share))
    return neighbours, inside


def _lay_over(
    images: Tensor,
    pixels: Tensor,
    start: Tensor,
    width: Tensor,
    height: Tensor,
    across: Tensor,
    down: Tensor,
    back: Tensor,
    present: Tensor,
    gains: Tensor,
    x: Tensor,
    y: Tensor,
) -> Tensor:
    neighbours, inside = _sample(pixels, start, width, height, across, down, back, x, y)
    shown = inside.float() * present[:, None]
    channels = [
        sum((((value >> shift) & 255).float() * share for value, share in neighbours), torch.zeros_like(shown)) * shown
        for shift in (0, 8, 16, 24)
    ]
    clear = 1.0 - channels[3] / 255.0
    return torch.stack(
        [
            images[:, channel] * clear + torch.minimum(channels[channel] * gains[:, channel, None], channels[3])
            for channel in range(3)
        ],
        dim=1,
    )


_compiled_lay_over = torch.compile(_lay_over, dynamic=True)
