# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Endless batches of training images, made on the device that learns; renders join as they are made."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from training.bank import NOBODY, PERSON, PHOTO, Layer, LayerBank, make_layer
from training.cache import background_shards, person_shards
from training.compose import MIRRORED, shows_back
from training.device_photometry import develop
from training.layout import Layout
from training.network import STRIDE, cells_of
from training.photo import OUTSIDE, Photo
from training.sizes import Crowding, Sizes
from training.targets import Targets, make_targets
from training.warp import Plan, Truth, compose, place_people

# How often a real person or picture is drawn for one that is rendered.
_REAL_PERSON, _REAL_PICTURE = 2.0, 2.0
# Of renders a quarter, of cut-outs hardly any shows a back: a network that sees few takes their left for the right.
_FROM_BEHIND = 3.0
# Pixels of a render, all its levels together, and of a background: measured, a little more than the mean.
_RENDER_PIXELS, _BACKGROUND_PIXELS = 40_000, 140_000


@dataclass(frozen=True)
class Shares:
    """Of the images, by kind (:mod:`training.layout`); where a kind has no layers yet, the others take its place."""

    photo: float = 0.45
    collage: float = 0.2
    composed: float = 0.35


@dataclass(frozen=True)
class Batch:
    """Images as the network takes them, -1 to 1.

    ``clean`` [b, 3, h, w] as composed, for a teacher; ``images``, the same seen by a camera; ``targets``;
    ``photos``: how many of them, the first ones, are photos, in which there may be people whom nobody annotated.
    """

    clean: Tensor
    images: Tensor
    targets: Targets
    photos: int


class Supply:
    """Makes batches.

    :param photos: what is held out among them is left out
    :param cache: folder of renders, which may still be filling up; None for none
    :param renders: (people, backgrounds) for which there shall be room
    :param shares: of the images, by kind
    :raises OSError: if none of the photos can be read
    """

    def __init__(
        self,
        device: torch.device,
        photos: Sequence[Photo],
        cache: Path | None,
        renders: tuple[int, int] = (0, 0),
        shares: Shares | None = None,
        sizes: Sizes | None = None,
        seed: int = 0,
        compiled: bool = False,
        crowding: Crowding | None = None,
    ) -> None:
        self._device, self._cache, self._seed, self._compiled = device, cache, seed, compiled
        self._shares, self._sizes, self._crowding = shares or Shares(), sizes, crowding
        self._threads = ThreadPoolExecutor(min(os.cpu_count() or 1, 16))
        layers = self._read([photo for photo in photos if not photo.held_out])
        room = sum(len(layer.packed) for layer in layers)
        room += renders[0] * _RENDER_PIXELS + renders[1] * _BACKGROUND_PIXELS
        people = max((len(layer.people) for layer in layers), default=1)
        self.bank = LayerBank(device, room, max(people, 1))
        for start in range(0, len(layers), 1000):
            self.bank.add(layers[start : start + 1000])
        self.photos_of_nobody = self.bank.count(NOBODY)
        self._seen: set[Path] = set()
        self._coming: dict[Path, Future[list[Layer]]] = {}
        self._mirror = torch.from_numpy(MIRRORED).to(device)
        self._full = False

    @property
    def ready(self) -> bool:
        """Return whether there is anybody to learn from."""
        return self.bank.count(PHOTO) > 0 or min(self.bank.count(PERSON), self.bank.count(NOBODY)) > 0

    @property
    def people(self) -> int:
        """Return how many layers show people: photos, cut-outs and renders."""
        return self.bank.count(PHOTO) + self.bank.count(PERSON)

    def refresh(self, wait: bool = False) -> None:
        """Take in the renders that have been finished since the last call."""
        if self._cache is None or self._full:
            return
        for path, read in (*((p, _people) for p in person_shards(self._cache, "train")),
                           *((p, _backgrounds) for p in background_shards(self._cache, "train"))):  # fmt: skip
            if path not in self._seen:
                self._seen.add(path)
                self._coming[path] = self._threads.submit(read, path)
        for path in [p for p, future in self._coming.items() if wait or future.done()]:
            if not self.bank.add(self._coming.pop(path).result()):
                self._full = True

    def batch(self, number: int, size: tuple[int, int], count: int) -> Batch:
        """Return the batch of a number, images of (height, width); the same for the same layers in the bank."""
        plans, photos, layout = self._plans(number, size, count)
        return self._batch(plans, photos, size, layout.generator)

    def nobody(self, number: int, size: tuple[int, int], chosen: Tensor) -> Batch:
        """Return the batch of a number that shows one photo of nobody in each of its images.

        :param chosen: [b] numbers of photos of nobody, less than ``photos_of_nobody``
        """
        layout = self._layout(number, size)
        plan = layout.alone(self.bank.members(NOBODY)[chosen.to(self._device)])
        return self._batch([plan], 0, size, layout.generator)

    def look(self, number: int, size: tuple[int, int], count: int) -> Iterator[tuple[NDArray[np.uint8], Truth]]:
        """Yield the images [h, w, 3] RGB of a batch one by one, as a camera sees them, and what is known of each."""
        plans, _, layout = self._plans(number, size, count)
        for plan in plans:
            seen = develop(compose(self.bank, plan, size, self._compiled), layout.generator)
            truth = self._truth(plan, size)
            for index, image in enumerate(seen.byte().permute(0, 2, 3, 1).cpu().numpy()):
                one = slice(index, index + 1)
                yield image, Truth(truth.keypoints[one], truth.states[one], truth.unlabelled[one])

    def _plans(self, number: int, size: tuple[int, int], count: int) -> tuple[list[Plan], int, Layout]:
        """Return the plan of each kind, how many of the images are photos, and the layout of the batch."""
        layout = self._layout(number, size)
        photos, collages, composed = self._counts(count)
        return layout.draw(photos, collages, composed), photos + collages, layout

    def _layout(self, number: int, size: tuple[int, int]) -> Layout:
        generator = torch.Generator(self._device).manual_seed(self._seed * 1_000_003 + number)
        return Layout(self.bank, size, generator, self._sizes, self._crowding)

    def _truth(self, plan: Plan, size: tuple[int, int]) -> Truth:
        return place_people(self.bank, plan, size, (cells_of(size[0]), cells_of(size[1])), self._mirror, STRIDE)

    def _batch(self, plans: list[Plan], photos: int, size: tuple[int, int], generator: torch.Generator) -> Batch:
        truths = [self._truth(plan, size) for plan in plans]
        most = max(truth.states.shape[1] for truth in truths)
        keypoints = torch.cat([_padded(truth.keypoints, most, 0.0) for truth in truths])
        states = torch.cat([_padded(truth.states, most, OUTSIDE) for truth in truths])
        unlabelled = torch.cat([truth.unlabelled for truth in truths])
        targets = make_targets(keypoints, states, (cells_of(size[0]), cells_of(size[1])), STRIDE, unlabelled)
        clean = torch.cat([compose(self.bank, plan, size, self._compiled) for plan in plans])
        developed = develop(clean.clone(), generator, compiled=self._compiled)
        return Batch(_normalised(clean), _normalised(developed), targets, photos)

    def _counts(self, count: int) -> tuple[int, int, int]:
        photo = self._shares.photo if self.bank.count(PHOTO) else 0.0
        collage = self._shares.collage if self.bank.count(PHOTO) else 0.0
        composed = self._shares.composed if self.bank.count(PERSON) and self.bank.count(NOBODY) else 0.0
        total = photo + collage + composed
        if total <= 0.0:
            raise OSError("there is nothing to compose images of: neither photos nor renders")
        photos, collages = round(count * photo / total), round(count * collage / total)
        return (photos, collages, count - photos - collages) if composed else (count - collages, collages, 0)

    def _read(self, photos: Iterable[Photo]) -> list[Layer]:
        return [layer for layer in self._threads.map(_photo_layer, photos) if layer is not None]


def _photo_layer(photo: Photo) -> Layer | None:
    try:
        rgba = photo.decode()
    except OSError as error:
        print(f"left out: {error}", flush=True)
        return None
    kind = PERSON if photo.cover is not None else NOBODY if photo.nobody else PHOTO
    weight = photo.weight * {PHOTO: 1.0, PERSON: _REAL_PERSON, NOBODY: _REAL_PICTURE}[kind]
    return make_layer(kind, rgba, photo.keypoints, photo.states, photo.ignored, photo.cut, weight)


def _people(path: Path) -> list[Layer]:
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    pixels = np.load(path.with_suffix(".npy"), mmap_mode="r")
    layers = []
    for index, ((height, width), start) in enumerate(zip(arrays["shapes"], arrays["starts"], strict=True)):
        rgba = np.array(pixels[start : start + height * width * 4]).reshape(height, width, 4)
        keypoints, states = arrays["keypoints"][index], arrays["states"][index]
        weight = _FROM_BEHIND if shows_back(keypoints) else 1.0
        layers.append(make_layer(PERSON, rgba, keypoints[None], states[None], cut=arrays["cut"][index], weight=weight))
    return layers


def _backgrounds(path: Path) -> list[Layer]:
    nobody = np.zeros((0, len(MIRRORED), 2), np.float32), np.zeros((0, len(MIRRORED)), np.uint8)
    return [
        make_layer(NOBODY, np.dstack((image, np.full(image.shape[:2], 255, np.uint8))), *nobody)
        for image in np.load(path)
    ]


def _padded(tensor: Tensor, count: int, value: float) -> Tensor:
    missing = count - tensor.shape[1]
    if not missing:
        return tensor
    return torch.cat((tensor, tensor.new_full((len(tensor), missing, *tensor.shape[2:]), value)), dim=1)


def _normalised(images: Tensor) -> Tensor:
    return (images / 127.5 - 1.0).contiguous(memory_format=torch.channels_last)
