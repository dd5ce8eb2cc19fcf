# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Lessons for a network whose first pairs are those of a wide one: features behind these pairs, and what to answer.

What the first pairs give is calculated once for each image and kept, which makes learning on a CPU an hour's work.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from training.batches import collate
from training.compose import Sample
from training.hot_photos import HotPhotos
from training.network import STRIDE, PoseNet, mixed_precision, normalised
from training.supply import Supply
from training.targets import Targets, make_targets

SIZE = (353, 353)
"""Images of 257x257 make a network lose people over 250 pixels."""

BATCH = 16

RENDERS_BATCH = 28
"""Of smaller images: as many cells as in the others."""


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
    """Makes lessons, some of them of photos of nobody, and half of them of whole people if there are such.

    :param supply: of images
    :param wide: has the first pairs, and answers what no teacher is given for
    :param pairs: how many pairs the first ones are
    :param teacher: answers photos, in which there may be people whom nobody annotated
    :param teacher_of_composed: answers composed images, in which all people are annotated
    :param sample: gives images of whole people who are not large, all of one size, by number. At the feet of large
        people no cell sees which way they face: with these alone, left and right ankles are mistaken.
    :param nobody_every: one lesson in so many is of photos of nobody, if there are any; 0 for none
    """

    def __init__(
        self,
        supply: Supply,
        wide: PoseNet,
        pairs: int,
        teacher: PoseNet | None = None,
        nobody_every: int = 10,
        teacher_of_composed: PoseNet | None = None,
        sample: Callable[[int], Sample] | None = None,
    ) -> None:
        self._supply, self._wide, self._pairs, self._sample = supply, wide, pairs, sample
        self._teacher, self._teacher_of_composed = teacher, teacher_of_composed
        self._nobody_every = nobody_every if supply.photos_of_nobody else 0
        self._hot = HotPhotos(supply.photos_of_nobody)

    @torch.no_grad()
    def prepare(self) -> None:
        """Make images of each kind once: PyTorch must compile nothing for a lesson while another thread learns.

        It compiles anew where gradients are wanted, so that they are not here, as in lessons.
        """
        self._supply.batch(0, SIZE, BATCH)
        if self._nobody_every:
            self._supply.nobody(0, SIZE, torch.arange(BATCH) % self._supply.photos_of_nobody)

    @torch.no_grad()
    def make(self, number: int) -> Lesson:
        """Return the lesson of a number, from 0."""
        if self._nobody_every and number % self._nobody_every == self._nobody_every // 2:
            return self._nobody(number)
        if self._sample is not None and number % 2 == 0:
            return self._whole_people(number, self._sample)
        batch = self._supply.batch(number, SIZE, BATCH)
        answers, features = self._ask(batch.images)
        _put(answers, self._teacher, batch.clean, slice(batch.photos))
        _put(answers, self._teacher_of_composed, batch.images, slice(batch.photos, None))
        return Lesson(features, _all_small(answers), _halved(batch.targets), batch.photos)

    def _whole_people(self, number: int, sample: Callable[[int], Sample]) -> Lesson:
        numbers = range(number * RENDERS_BATCH, (number + 1) * RENDERS_BATCH)
        pixels, keypoints, states = collate([sample(index) for index in numbers])
        images = normalised(pixels)
        answers, features = self._ask(images)
        _put(answers, self._teacher_of_composed, images, slice(None))
        height, width = answers["heatmap"].shape[2:]
        targets = make_targets(keypoints, states, (height, width), STRIDE)
        return Lesson(features, _all_small(answers), _halved(targets), 0)

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


def _put(answers: dict[str, Tensor], teacher: PoseNet | None, images: Tensor, part: slice) -> None:
    """Put what a teacher, if there is one, answers a part of images in the place of other answers."""
    if teacher is not None and len(images[part]):
        with mixed_precision(images.device):
            seen = teacher(images[part])
        for name, answer in answers.items():
            answer[part] = seen[name]


def _all_small(heads: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: _small(head) for name, head in heads.items()}


def _halved(targets: Targets) -> Targets:
    return Targets(*(_small(getattr(targets, name)) for name in vars(targets)))


def _small(tensor: Tensor) -> Tensor:
    return tensor.half() if tensor.dtype == torch.float32 else tensor
