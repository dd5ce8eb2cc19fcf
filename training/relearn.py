# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Trains a network's later pairs and its heads on lessons; all before stays as it is."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from training.checkpoint import AveragedWeights
from training.lessons import Lesson
from training.losses import hottest_part, loss_parts, teacher_parts
from training.network import PoseNet, mixed_precision
from training.optimizer import Optimizer
from training.shelf import Shelf
from training.targets import Targets
from training.teacher import share_beside_labels

_DECAY = 0.999
_SHARE_OF_COMPOSED = 0.5


@dataclass(frozen=True)
class Schedule:
    """``seconds`` of learning, of which the first lesson is no part, and from one report to the next.

    ``rate``: the highest; ``kept``: lessons that come again; ``slow``: factor of the rate while there are fewer
    lessons than ``few``, which would be learnt by heart.
    """

    seconds: float
    report: float = 300.0
    rate: float = 5e-4
    kept: int = 200
    few: int = 20
    slow: float = 0.2


class Relearning:
    """A network whose later layers learn, with batch norm folded: its statistics stay.

    :param pairs: how many of the first pairs the lessons' features are behind
    :param rate: highest learning rate
    """

    def __init__(self, network: PoseNet, pairs: int, rate: float) -> None:
        self._network, self._pairs = network.eval().fold().requires_grad_(False), pairs
        parts = (*network.trunk[2 * pairs :], network.heads)
        self._optimizer = Optimizer([w for part in parts for w in part.requires_grad_(True).parameters()], rate)
        self._averaged = AveragedWeights(network, _DECAY)
        self.steps = 0

    @property
    def network(self) -> PoseNet:
        """Return the network with its averaged weights."""
        return self._averaged.network

    def learn(self, lesson: Lesson, progress: float, slow: float = 1.0) -> dict[str, float]:
        """Take one step and return the parts of the loss.

        :param progress: share of the training that is done
        :param slow: factor of the learning rate
        """
        parts = self.loss_parts(lesson)
        self._optimizer.step(sum(parts.values(), torch.zeros(())), progress, self.steps, slow)
        self._averaged.update(self._network, self.steps)
        self.steps += 1
        return {name: float(part.detach()) for name, part in parts.items()}

    def loss_parts(self, lesson: Lesson) -> dict[str, Tensor]:
        """Return the parts of the loss: beside the annotations, the teachers, and for hot cells where nobody is."""
        with mixed_precision(lesson.features.device):
            heads = self._network.finish(lesson.features.float(), self._pairs)
        heads = {name: head.float() for name, head in heads.items()}
        targets = Targets(*(t if t.dtype == torch.bool else t.float() for t in vars(lesson.targets).values()))
        empty = ~targets.near_people.flatten(1).any(dim=1)
        # Photos may show people whom nobody annotated.
        empty[: lesson.photos] = False
        parts = loss_parts(heads, targets) | {"hottest": hottest_part(heads["heatmap"], empty)}
        if lesson.answers is None:
            return parts
        answers = {name: answer.float() for name, answer in lesson.answers.items()}
        share = share_beside_labels(targets)
        # Composed images are annotated exactly, and their teacher has learnt from such.
        share[lesson.photos :] = _SHARE_OF_COMPOSED
        taught = teacher_parts(heads, answers, share)
        return parts | {f"teacher's {name}": part for name, part in taught.items()}


def relearn(
    network: PoseNet,
    lesson: Callable[[int], Lesson],
    pairs: int,
    schedule: Schedule,
    report: Callable[[PoseNet, str], None],
) -> PoseNet:
    """Train what comes behind the first pairs, and return the network with its averaged weights.

    An interrupt ends it early.

    :param lesson: makes the lesson of a number, from 0
    :param report: is called with the averaged network and a line, every so often
    """
    relearning = Relearning(network, pairs, schedule.rate)
    losses: list[dict[str, float]] = []
    images = 0
    with Shelf(lesson, schedule.kept) as shelf:
        given = shelf.take()
        begin = last = time.monotonic()
        try:
            while (elapsed := time.monotonic() - begin) < schedule.seconds:
                progress = elapsed / schedule.seconds
                few = shelf.made < min(schedule.few, schedule.kept)
                losses.append(relearning.learn(given, progress, schedule.slow if few else 1.0))
                images += len(given.features)
                if (since := time.monotonic() - last) > schedule.report:
                    report(
                        relearning.network,
                        f"{elapsed:.0f} s ({progress:.0%}), {relearning.steps} steps, {images / since:.1f} images/s,"
                        f" {shelf.made} lessons, {_means(losses)}",
                    )
                    last, images, losses = time.monotonic(), 0, []
                given = shelf.take()
        except KeyboardInterrupt:
            print("interrupted", flush=True)
    return relearning.network


def _means(losses: list[dict[str, float]]) -> str:
    names = dict.fromkeys(name for parts in losses for name in parts)
    return ", ".join(f"{name} {sum(parts.get(name, 0.0) for parts in losses) / len(losses):.3f}" for name in names)
