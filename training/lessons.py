# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Networks that differ in their last two pairs only learn from each other without the layers before them.

What these layers give is calculated once for each image and kept, which makes learning on a CPU an hour's work.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from training.checkpoint import AveragedWeights
from training.losses import loss_parts, teacher_parts
from training.network import PAIRS, PoseNet, mixed_precision
from training.supply import Batch
from training.targets import Targets

SHARED_PAIRS = PAIRS - 2
"""Pairs before the last two."""

_WEIGHT_DECAY = 2e-4
_RATE, _WARM_UP_STEPS, _LAST_RATE = 1e-3, 50, 0.02
_KEPT = 500
_REPORT_SECONDS = 300.0
# How much the annotations count beside the teacher, whose answers fit its features.
_LABELS = 0.5


@dataclass(frozen=True)
class Lesson:
    """``features`` [b, c, h, w] of a batch behind the shared pairs; ``answers``: a teacher's heads; ``targets``."""

    features: Tensor
    answers: dict[str, Tensor]
    targets: Targets


@torch.no_grad()
def make_lesson(teacher: PoseNet, batch: Batch) -> Lesson:
    """Return what a batch teaches, in half the memory."""
    with mixed_precision(batch.images.device):
        answers, (features,) = teacher.with_features(batch.images, (SHARED_PAIRS,))
    targets = Targets(*(_small(getattr(batch.targets, name)) for name in vars(batch.targets)))
    return Lesson(features.half(), {name: answer.half() for name, answer in answers.items()}, targets)


def relearn(
    network: PoseNet,
    lesson: Callable[[int], Lesson],
    seconds: float,
    report: Callable[[PoseNet, str], None] | None = None,
    rate: float = _RATE,
    kept: int = _KEPT,
) -> PoseNet:
    """Train the last two pairs and the heads, and return the network with their averaged weights.

    Lessons are made in a thread of their own; until the next is ready, earlier ones come again.

    :param lesson: makes the lesson of a number, from 0
    :param report: is called with the averaged network and a line every five minutes
    :param rate: highest learning rate
    :param kept: lessons that are kept; then new ones replace the oldest
    """
    network.train().requires_grad_(False)
    parts = [*network.trunk[2 * SHARED_PAIRS :], network.heads]
    learning = [weight for part in parts for weight in part.requires_grad_(True).parameters()]
    optimizer = torch.optim.AdamW(learning, weight_decay=_WEIGHT_DECAY)
    averaged = AveragedWeights(network)
    lessons: deque[Lesson] = deque(maxlen=kept)
    chance = np.random.default_rng(0)
    begin = last = time.monotonic()
    step, made, losses = 0, 0, []
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(lesson, 0)
        while (elapsed := time.monotonic() - begin) < seconds:
            if coming.done() or not lessons:
                lessons.append(coming.result())
                made += 1
                coming = pool.submit(lesson, made)
            fall = _LAST_RATE + (1.0 - _LAST_RATE) * 0.5 * (1.0 + math.cos(math.pi * elapsed / seconds))
            for group in optimizer.param_groups:
                group["lr"] = rate * fall * min(1.0, (step + 1) / _WARM_UP_STEPS)
            loss = _loss(network, lessons[int(chance.integers(len(lessons)))])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(learning, 10.0)
            optimizer.step()
            averaged.update(network, step)
            step += 1
            losses.append(float(loss.detach()))
            if report is not None and time.monotonic() - last > _REPORT_SECONDS:
                last = time.monotonic()
                report(
                    averaged.network,
                    f"{elapsed:.0f} s, {step} steps, {made} lessons, loss {sum(losses) / len(losses):.4f}",
                )
                losses.clear()
    return averaged.network


def _loss(network: PoseNet, lesson: Lesson) -> Tensor:
    with mixed_precision(lesson.features.device):
        heads = network.finish(lesson.features.float(), SHARED_PAIRS)
    heads = {name: head.float() for name, head in heads.items()}
    answers = {name: answer.float() for name, answer in lesson.answers.items()}
    taught = teacher_parts(heads, answers, answers["heatmap"].new_ones(()))
    labelled = loss_parts(heads, lesson.targets)
    return sum((taught[name] + _LABELS * labelled[name] for name in taught), torch.zeros(()))


def _small(tensor: Tensor) -> Tensor:
    return tensor if tensor.dtype == torch.bool else tensor.half()
