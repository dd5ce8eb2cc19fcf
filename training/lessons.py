# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Lessons for a network whose first pairs are those of a wide one: features behind these pairs, and what to answer.

What the first pairs give is calculated once for each image and kept, which makes learning on a CPU an hour's work.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from training.hot_photos import HotPhotos
from training.network import PoseNet, mixed_precision
from training.supply import Supply
from training.targets import Targets

SIZE = (353, 353)
"""Images of 257x257 make a network lose people over 250 pixels."""

BATCH = 16


@dataclass(frozen=True)
class Lesson:
    """What a batch of b images teaches, in half the memory.

    ``features`` [b, c, h, w] behind the first pairs; ``answers``: heads of teachers, None where the annotations say it
    all, since nobody is in the images; ``targets``; ``photos``: how many of the images, the first ones, are photos.
    """

    features: Tensor
    answers: dict[str, Tensor] | None
    targets: Targets
    photos: int


class Lessons:
    """Makes lessons, some of them of photos of nobody.

    :param supply: of images
    :param wide: answers the composed images, in which all people are annotated, and has the first pairs
    :param pairs: how many pairs the first ones are
    :param teacher: answers photos, in which there may be people whom nobody annotated; None for the wide network
    :param nobody_every: one lesson in so many is of photos of nobody, if there are any; 0 for none
    """

    def __init__(
        self, supply: Supply, wide: PoseNet, pairs: int, teacher: PoseNet | None = None, nobody_every: int = 10
    ) -> None:
        self._supply, self._wide, self._pairs, self._teacher = supply, wide, pairs, teacher
        self._nobody_every = nobody_every if supply.photos_of_nobody else 0
        self._hot = HotPhotos(supply.photos_of_nobody)

    @torch.no_grad()
    def make(self, number: int) -> Lesson:
        """Return the lesson of a number, from 0."""
        if self._nobody_every and number % self._nobody_every == self._nobody_every // 2:
            return self._nobody(number)
        batch = self._supply.batch(number, SIZE, BATCH)
        answers, features = self._ask(batch.images)
        if self._teacher is not None and batch.photos:
            with mixed_precision(batch.clean.device):
                seen = self._teacher(batch.clean[: batch.photos])
            answers = {name: torch.cat((seen[name], answer[batch.photos :])) for name, answer in answers.items()}
        answers = {name: _small(head) for name, head in answers.items()}
        return Lesson(features, answers, _halved(batch.targets), batch.photos)

    def _nobody(self, number: int) -> Lesson:
        drawn = self._hot.draw(BATCH)
        batch = self._supply.nobody(number, SIZE, drawn)
        answers, features = self._ask(batch.images)
        self._hot.note(drawn, answers["heatmap"])
        return Lesson(features, None, _halved(batch.targets), 0)

    def _ask(self, images: Tensor) -> tuple[dict[str, Tensor], Tensor]:
        with mixed_precision(images.device):
            answers, (features,) = self._wide.with_features(images, (self._pairs,))
        return answers, _small(features)


def shares_pairs(network: PoseNet, wide: PoseNet, pairs: int) -> bool:
    """Return whether the first pairs of two networks are the same, so that one can learn from the other's lessons."""
    blocks = ((made.stem, *made.trunk[: 2 * pairs]) for made in (network, wide))
    return all(
        torch.equal(own, given)
        for one, other in zip(*blocks, strict=True)
        for own, given in zip(one.state_dict().values(), other.state_dict().values(), strict=True)
        if own.dtype.is_floating_point
    )


def _halved(targets: Targets) -> Targets:
    return Targets(*(_small(getattr(targets, name)) for name in vars(targets)))


def _small(tensor: Tensor) -> Tensor:
    return tensor.half() if tensor.dtype == torch.float32 else tensor
