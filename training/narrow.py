# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Narrows the last two pairs of a trained network, where much of its time goes, as a start for further training.

Which channels stay, and the weights of what reads them, are found by least squares on the network's own features of
training images. Then the narrower layers learn what the wide ones answer; all layers before them stay as they are.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn

from training.checkpoint import read_network, write_network
from training.least_squares import LeastSquares
from training.lessons import SHARED_PAIRS, Lesson, make_lesson, relearn
from training.network import HEAD_CHANNELS, LAST, PoseNet
from training.released import unfold
from training.settings import photo_source, read_source
from training.supply import Supply
from training.validation import Validation

# Lessons that the channels are chosen on, and images in each.
_CHOOSING, _BATCH = 24, 16
_SIZE = (353, 353)
# How much a cell counts where nobody is.
_EMPTY = 0.05


@torch.no_grad()
def narrow(network: PoseNet, lessons: Sequence[Lesson], last: int) -> PoseNet:
    """Return a network with fewer channels in its last two pairs, for inference.

    :param lessons: of this network
    :param last: channels at width 1
    :raises ValueError: if that is none, or more than there are
    """
    if not 0 < last <= network.last:
        raise ValueError(f"{last} channels are asked for, and the network's last two pairs have {network.last}")
    made = PoseNet(network.width, last).eval().requires_grad_(False)
    kept = _channels(made.trunk[-1])
    deep, wide = network.trunk[2 * SHARED_PAIRS : -1], network.trunk[-1]
    reader = LeastSquares(_channels(deep[-1]), _channels(wide))
    heads = LeastSquares(_channels(wide), sum(HEAD_CHANNELS.values()))
    for lesson in lessons:
        inputs = deep(lesson.features.float())
        sums = wide[1](wide[0](inputs))
        reader.add(_cells(inputs), _cells(sums), _weights(lesson))
        heads.add(_cells(sums.clamp(0.0, 6.0)), _cells(_stacked(lesson.answers)), _weights(lesson))
    scale = 1.0 / _spread(lessons)
    outputs = heads.choose(kept, scale)
    influence = torch.zeros(_channels(wide), dtype=torch.float64).index_copy(
        0, outputs, (heads.fit(outputs)[0] * scale[:, None]).norm(dim=0)
    )
    inputs_kept = reader.choose(kept, influence)

    for own, given in zip(
        (made.stem, *made.trunk[: 2 * SHARED_PAIRS + 1]), (network.stem, *network.trunk), strict=False
    ):
        own.load_state_dict(given.state_dict())
    for own, given in ((made.trunk[-3], network.trunk[-3]), (made.trunk[-2], network.trunk[-2])):
        own.load_state_dict(
            {name: value[inputs_kept] if value.ndim else value for name, value in given.state_dict().items()}
        )
    features = torch.cat([lesson.features for lesson in lessons]).float()
    kernel, bias = (fitted[outputs] for fitted in reader.fit(inputs_kept))
    features = unfold(made.trunk[-1], kernel[:, :, None, None], bias, made.trunk[2 * SHARED_PAIRS : -1](features))
    _fit_heads(made, features, lessons)
    return made


def _fit_heads(network: PoseNet, features: Tensor, lessons: Sequence[Lesson]) -> None:
    """Give the heads the weights with which they answer best what the lessons answer, for what comes before them."""
    fit = LeastSquares(features.shape[1], sum(HEAD_CHANNELS.values()))
    for part, lesson in zip(features.split([len(lesson.features) for lesson in lessons]), lessons, strict=True):
        fit.add(_cells(part), _cells(_stacked(lesson.answers)), _weights(lesson))
    weights, bias = (part.split(list(HEAD_CHANNELS.values())) for part in fit.fit(torch.arange(features.shape[1])))
    for name, kernel, constant in zip(HEAD_CHANNELS, weights, bias, strict=True):
        head = cast(nn.Conv2d, network.heads[name])
        head.weight.copy_(kernel[:, :, None, None])
        cast(Tensor, head.bias).copy_(constant)


def _weights(lesson: Lesson) -> Tensor:
    """Return how much each cell counts: as surely as the network sees somebody there."""
    return _cells(lesson.answers["heatmap"].float().sigmoid().amax(dim=1, keepdim=True))[:, 0].double() + _EMPTY


def _spread(lessons: Sequence[Lesson]) -> Tensor:
    """Return the standard deviation of each head's answers, for each of its channels."""
    spreads = []
    for name, channels in HEAD_CHANNELS.items():
        answers = torch.cat([_cells(lesson.answers[name].float()) for lesson in lessons]).double()
        weights = torch.cat([_weights(lesson) for lesson in lessons])[:, None]
        mean = (answers * weights).sum(dim=0) / weights.sum()
        variance = ((answers - mean).square() * weights).sum(dim=0) / weights.sum()
        spreads.append(variance.mean().sqrt().expand(channels))
    return torch.cat(spreads)


def _stacked(answers: dict[str, Tensor]) -> Tensor:
    return torch.cat([answers[name].float() for name in HEAD_CHANNELS], dim=1)


def _cells(maps: Tensor) -> Tensor:
    """Return [b, c, h, w] as [b * h * w, c]."""
    return maps.permute(0, 2, 3, 1).flatten(0, 2)


def _channels(block: nn.Module) -> int:
    return cast(nn.Conv2d, cast(nn.Sequential, block)[0]).out_channels


def main() -> None:
    """Narrow the last two pairs of trained weights, and have them learn what the wide ones answer."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--start", type=Path, required=True, help="weights (.pt) of the wide network")
    parser.add_argument("--output", type=Path, default=Path("training_output/narrow.pt"))
    parser.add_argument("--last", type=int, default=LAST, help="channels of the last two pairs, at width 1")
    parser.add_argument("--photos", nargs="*", type=photo_source, default=(), metavar="SOURCE")
    parser.add_argument("--cache", type=Path, default=Path("training_output/cache"), help="folder of renders")
    parser.add_argument("--seconds", type=float, default=1800.0, help="of learning from the wide network")
    parser.add_argument("--compile", action="store_true", help="make images three times as fast after 100 s; needs g++")
    options = parser.parse_args()
    # Two threads, one that makes images and one that learns, wait less for each other than for parts of a step.
    torch.set_num_threads(1)
    wide = read_network(options.start)
    photos = [photo for source in options.photos for photo in read_source(source)]
    supply = Supply(torch.device("cpu"), photos, options.cache, (6_000, 1_000), compiled=options.compile)
    supply.refresh(wait=True)
    if not supply.ready:
        raise OSError(f"there is nobody to learn from: no photos were given and no renders are in {options.cache}")
    validation = Validation(photos, options.cache)

    def lesson(number: int) -> Lesson:
        return make_lesson(wide, supply.batch(number, _SIZE, _BATCH))

    def report(network: PoseNet, line: str) -> None:
        print(f"{line}{validation.measure(network, torch.device('cpu'))}", flush=True)
        write_network(options.output, network)

    report(wide, "the wide network")
    network = narrow(wide, [lesson(number) for number in range(_CHOOSING)], options.last)
    report(network, f"{options.last} of {wide.last} channels")
    report(relearn(network, lambda number: lesson(_CHOOSING + number), options.seconds, report), "the end")
    print(f"{options.output}: go on from it with START={options.output}")


if __name__ == "__main__":
    try:
        main()
    except (OSError, ValueError) as error:
        raise SystemExit(f"error: {error}") from error
    except KeyboardInterrupt:
        raise SystemExit("interrupted") from None
