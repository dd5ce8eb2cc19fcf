# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Batches of training images, composed by worker processes while the network learns."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import IterableDataset, get_worker_info

from posenet_ros.skeleton import NUM_KEYPOINTS
from training.compose import MAX_PEOPLE, Composer, Content, Sample

Batch = tuple[Tensor, Tensor, Tensor]
"""Images [b, s, s, 3] uint8, keypoints [b, 5, 17, 2] and their states [b, 5, 17] uint8."""


class Batches(IterableDataset[Batch]):
    """Endless batches; worker k of n makes every n-th.

    :param folder: of the cache
    :param size_of: gives the pixels of an image's sides for the number of a batch
    :param first: number of the first batch, more than 0 when training is resumed
    :param content: what is in the images
    """

    def __init__(
        self,
        folder: Path,
        split: str,
        batch: int,
        size_of: Callable[[int], int],
        first: int = 0,
        content: Content | None = None,
    ) -> None:
        self._folder, self._split, self._batch, self._size_of, self._first = folder, split, batch, size_of, first
        self._content = content

    def __iter__(self) -> Iterator[Batch]:
        """Yield batches."""
        info = get_worker_info()
        if info is not None:
            # The processes are as many as the cores; more threads would be in each other's way. Whenever the
            # network learns on these cores, they wait: its threads wait for each other, and none may be held up.
            cv2.setNumThreads(0)
            with suppress(OSError, AttributeError):
                os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
        composer = Composer(self._folder, self._split, self._content)
        number = self._first + (info.id if info else 0)
        while True:
            size = self._size_of(number)
            yield collate([composer.sample(number * self._batch + i, size) for i in range(self._batch)])
            number += info.num_workers if info else 1


def collate(samples: list[Sample]) -> Batch:
    """Return samples of one size as a batch; places without a person are left at state OUTSIDE."""
    images = np.stack([sample.image for sample in samples])
    keypoints = np.zeros((len(samples), MAX_PEOPLE, NUM_KEYPOINTS, 2), np.float32)
    states = np.zeros((len(samples), MAX_PEOPLE, NUM_KEYPOINTS), np.uint8)
    for index, sample in enumerate(samples):
        keypoints[index, : len(sample.keypoints)] = sample.keypoints
        states[index, : len(sample.states)] = sample.states
    return torch.from_numpy(images), torch.from_numpy(keypoints), torch.from_numpy(states)


def fixed_batch(folder: Path, split: str, count: int, size: int, content: Content) -> Batch:
    """Return the first images of a split as one batch."""
    composer = Composer(folder, split, content)
    return collate([composer.sample(number, size) for number in range(count)])
