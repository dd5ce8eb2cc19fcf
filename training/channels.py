# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Leaves channels of the last two pairs of a trained network out, where much of its time goes.

Which channels stay, and the weights of what reads them, are found by least squares on the network's own features of
training images. All layers before them stay as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn

from training.block import Block
from training.least_squares import LeastSquares
from training.lessons import Lesson
from training.network import HEAD_CHANNELS, PoseNet
from training.released import unfold

# How much a cell counts where nobody is.
_EMPTY = 0.05


@torch.no_grad()
def narrow(network: PoseNet, lessons: Sequence[Lesson], pairs: int, last: int) -> PoseNet:
    """Return a network with fewer channels in its last two pairs, for inference.

    :param lessons: of this network
    :param pairs: how many of its first pairs the lessons' features are behind, none of the last two
    :param last: channels at width 1
    :raises ValueError: as :func:`check_channels`
    """
    check_channels(network, last)
    made = PoseNet(network.width, last).eval().requires_grad_(False)
    kept = _channels(made.trunk[-1])
    deep, wide = network.trunk[2 * pairs : -1], cast(Block, network.trunk[-1])
    reader = LeastSquares(_channels(deep[-1]), _channels(wide))
    heads = LeastSquares(_channels(wide), sum(HEAD_CHANNELS.values()))
    for lesson in lessons:
        inputs = deep(lesson.features.float())
        sums = wide[1](wide[0](inputs))
        reader.add(_cells(inputs), _cells(sums), _weights(lesson))
        heads.add(_cells(sums.clamp(0.0, 6.0)), _cells(_stacked(lesson)), _weights(lesson))
    scale = 1.0 / _spread(lessons)
    outputs = heads.choose(kept, scale)
    influence = torch.zeros(_channels(wide), dtype=torch.float64).index_copy(
        0, outputs, (heads.fit(outputs)[0] * scale[:, None]).norm(dim=0)
    )
    inputs_kept = reader.choose(kept, influence)

    for own, given in zip((made.stem, *made.trunk[:-3]), (network.stem, *network.trunk), strict=False):
        own.load_state_dict(given.state_dict())
    for own, given in ((made.trunk[-3], network.trunk[-3]), (made.trunk[-2], network.trunk[-2])):
        own.load_state_dict(
            {name: value[inputs_kept] if value.ndim else value for name, value in given.state_dict().items()}
        )
    features = torch.cat([made.trunk[2 * pairs : -1](lesson.features.float()) for lesson in lessons])
    kernel, bias = (fitted[outputs] for fitted in reader.fit(inputs_kept))
    features = unfold(cast(Block, made.trunk[-1]), kernel[:, :, None, None], bias, features)
    _fit_heads(made, features, lessons)
    return made


def check_channels(network: PoseNet, last: int) -> None:
    """Say whether a network can get so many channels in its last two pairs, at width 1.

    :raises ValueError: if that is none, or more than there are
    """
    if not 0 < last <= network.last:
        raise ValueError(
            f"{last} channels are asked for, and the network's last two pairs have {network.last}:"
            f" choose from 1 to {network.last} (LAST)"
        )


def _fit_heads(network: PoseNet, features: Tensor, lessons: Sequence[Lesson]) -> None:
    """Give the heads the weights with which they answer best what the lessons answer, for what comes before them."""
    fit = LeastSquares(features.shape[1], sum(HEAD_CHANNELS.values()))
    for part, lesson in zip(torch.split(features, [len(lesson.features) for lesson in lessons]), lessons, strict=True):
        fit.add(_cells(part), _cells(_stacked(lesson)), _weights(lesson))
    fitted = fit.fit(torch.arange(features.shape[1]))
    weights, bias = (torch.split(part, list(HEAD_CHANNELS.values())) for part in fitted)
    for name, kernel, constant in zip(HEAD_CHANNELS, weights, bias, strict=True):
        head = cast(nn.Conv2d, network.heads[name])
        head.weight.copy_(kernel[:, :, None, None])
        cast(Tensor, head.bias).copy_(constant)


def _weights(lesson: Lesson) -> Tensor:
    """Return how much each cell counts: as surely as the network sees somebody there."""
    return _cells(_answers(lesson)["heatmap"].float().sigmoid().amax(dim=1, keepdim=True))[:, 0].double() + _EMPTY


def _spread(lessons: Sequence[Lesson]) -> Tensor:
    """Return the standard deviation of each head's answers, for each of its channels."""
    spreads = []
    for name, channels in HEAD_CHANNELS.items():
        answers = torch.cat([_cells(_answers(lesson)[name].float()) for lesson in lessons]).double()
        weights = torch.cat([_weights(lesson) for lesson in lessons])[:, None]
        mean = (answers * weights).sum(dim=0) / weights.sum()
        variance = ((answers - mean).square() * weights).sum(dim=0) / weights.sum()
        spreads.append(variance.mean().sqrt().expand(channels))
    return torch.cat(spreads)


def _stacked(lesson: Lesson) -> Tensor:
    return torch.cat([_answers(lesson)[name].float() for name in HEAD_CHANNELS], dim=1)


def _answers(lesson: Lesson) -> dict[str, Tensor]:
    assert lesson.answers is not None
    return lesson.answers


def _cells(maps: Tensor) -> Tensor:
    """Return [b, c, h, w] as [b * h * w, c]."""
    return maps.permute(0, 2, 3, 1).flatten(0, 2)


def _channels(block: nn.Module) -> int:
    return cast(nn.Conv2d, cast(nn.Sequential, block)[0]).out_channels
