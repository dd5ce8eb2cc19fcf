# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Renders on disk: people and backgrounds of a split, made by several processes, read through memory maps.

A split's numbers come from a seed of its own, so that no body, pose, look, light, camera or background of one
split is in another.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.background import sample_background
from training.body_data import load_body_data
from training.clothes import find_regions
from training.render import sample_person

SPLITS = {"train": 11, "validation": 23, "test": 37}
"""Seed of each split."""

PERSON_SIZE = 256
"""Pixels of the longer side of a person who is seen whole, and of the picture of one who is seen from near."""

BACKGROUND_SIZE = 320
_SHARD = 250


@dataclass(frozen=True)
class Person:
    """A cached layer, cut to what it shows.

    ``rgba`` [h, w, 4] uint8, ``keypoints`` [17, 2] in its pixels, ``states`` [17] as in :mod:`training.render`,
    ``cut`` [4]: whether the picture's left, top, right and bottom edge cut the person.
    """

    rgba: NDArray[np.uint8]
    keypoints: NDArray[np.float32]
    states: NDArray[np.uint8]
    cut: NDArray[np.bool_]


def person_shards(folder: Path, split: str) -> list[Path]:
    """Return the files of finished shards of people; the pixels lie beside each, in a ``.npy`` file."""
    return sorted((folder / split).glob("people_*.npz"))


def background_shards(folder: Path, split: str) -> list[Path]:
    """Return the files of finished shards of backgrounds."""
    return sorted((folder / split).glob("backgrounds_*.npy"))


class PersonCache:
    """The people of a split, by index.

    :raises FileNotFoundError: if none have been rendered
    """

    def __init__(self, folder: Path, split: str) -> None:
        shards = person_shards(folder, split)
        if not shards:
            raise FileNotFoundError(f"no people in {folder / split}: render them with 'python -m training.cache'")
        self._pixels, self._index = [], []
        for number, shard in enumerate(shards):
            with np.load(shard) as arrays:
                fields = [arrays[name] for name in ("shapes", "starts", "keypoints", "states", "cut")]
            self._pixels.append(np.load(shard.with_suffix(".npy"), mmap_mode="r"))
            self._index += [(number, *entry) for entry in zip(*fields, strict=True)]

    def __len__(self) -> int:
        return len(self._index)

    def __getitem__(self, index: int) -> Person:
        number, (height, width), start, keypoints, states, cut = self._index[index]
        rgba = self._pixels[number][start : start + height * width * 4].reshape(height, width, 4)
        return Person(rgba, keypoints, states, cut)


class BackgroundCache:
    """The backgrounds of a split, by index: [BACKGROUND_SIZE, BACKGROUND_SIZE, 3] uint8 RGB.

    :raises FileNotFoundError: if none have been made
    """

    def __init__(self, folder: Path, split: str) -> None:
        shards = background_shards(folder, split)
        if not shards:
            raise FileNotFoundError(f"no backgrounds in {folder / split}: make them with 'python -m training.cache'")
        self._shards = [np.load(shard, mmap_mode="r") for shard in shards]

    def __len__(self) -> int:
        return _SHARD * len(self._shards)

    def __getitem__(self, index: int) -> NDArray[np.uint8]:
        return self._shards[index // _SHARD][index % _SHARD]


def render_people(folder: Path, split: str, shard: int) -> int:
    """Render one shard of people, unless it is there; return how many there are in it."""
    path = folder / split / f"people_{shard:05d}.npz"
    if path.exists():
        return _SHARD
    data = load_body_data(folder / "body.npz")
    regions = find_regions(data)
    rng = np.random.default_rng((SPLITS[split], 0, shard))
    people: list[Person] = []
    while len(people) < _SHARD:
        layer = sample_person(data, regions, PERSON_SIZE, rng)
        shown = layer.rgba[..., 3] > 0
        rows, columns = np.flatnonzero(shown.any(axis=1)), np.flatnonzero(shown.any(axis=0))
        # A hand alone is nobody.
        if len(rows) < 16 or len(columns) < 16 or (layer.states > 0).sum() < 3:
            continue
        top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
        rgba = layer.rgba[top:bottom, left:right]
        cut = np.array((left == 0, top == 0, right == PERSON_SIZE, bottom == PERSON_SIZE))
        people.append(Person(rgba, (layer.keypoints - (left, top)).astype(np.float32), layer.states, cut))
    sizes = np.array([person.rgba.size for person in people])
    np.save(path.with_suffix(".npy"), np.concatenate([person.rgba.ravel() for person in people]))
    # Whoever finds this file finds the pixels too.
    partial = path.with_name(f"part_{path.name}")
    np.savez(
        partial,
        shapes=np.array([person.rgba.shape[:2] for person in people], np.int32),
        starts=np.concatenate(([0], np.cumsum(sizes)[:-1])),
        keypoints=np.stack([person.keypoints for person in people]),
        states=np.stack([person.states for person in people]),
        cut=np.stack([person.cut for person in people]),
    )
    partial.replace(path)
    return _SHARD


def make_backgrounds(folder: Path, split: str, shard: int) -> int:
    """Make one shard of backgrounds, unless it is there; return how many there are in it."""
    path = folder / split / f"backgrounds_{shard:05d}.npy"
    if not path.exists():
        rng = np.random.default_rng((SPLITS[split], 1, shard))
        pictures = np.stack([sample_background(BACKGROUND_SIZE, rng) for _ in range(_SHARD)])
        partial = path.with_suffix(".part")
        with partial.open("wb") as file:
            np.save(file, pictures)
        partial.replace(path)
    return _SHARD


def fill(folder: Path, counts: dict[str, tuple[int, int]], workers: int) -> None:
    """Render {split: (people, backgrounds)}, rounded up to whole shards, and print the progress once a minute."""
    load_body_data(folder / "body.npz")
    jobs = []
    for split, (people, backgrounds) in counts.items():
        (folder / split).mkdir(parents=True, exist_ok=True)
        jobs += [(make_backgrounds, split, shard) for shard in range(-(-backgrounds // _SHARD))]
        jobs += [(render_people, split, shard) for shard in range(-(-people // _SHARD))]
    start = last = time.monotonic()
    done = 0
    with ProcessPoolExecutor(workers, get_context("spawn"), _give_way) as pool:
        try:
            for future in as_completed([pool.submit(job, folder, split, shard) for job, split, shard in jobs]):
                done += future.result()
                now = time.monotonic()
                if now - last > 60.0 or done >= _SHARD * len(jobs):
                    last = now
                    print(f"{done} of {_SHARD * len(jobs)} renders, {done / (now - start):.1f}/s", flush=True)
        except KeyboardInterrupt:
            pool.shutdown(wait=True, cancel_futures=True)
            raise SystemExit(f"interrupted after {done} renders: start again to go on") from None
    (folder / "counts.json").write_text(json.dumps(counts))


def _give_way() -> None:
    """Leave the cores to whoever learns, and interrupts to the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(OSError, AttributeError):
        os.nice(10)


def main() -> None:
    """Render people and backgrounds of all splits."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--cache", type=Path, default=Path("training_output/cache"))
    parser.add_argument("--people", type=int, default=12000, help="in the training split; the others get a tenth")
    parser.add_argument("--backgrounds", type=int, default=3000, help="likewise")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", choices=("train", "held-out"), help="the renders to train on, or all others")
    options = parser.parse_args()
    people, backgrounds = max(options.people // 10, 1), max(options.backgrounds // 10, 1)
    # How seldom somebody is found where nobody is takes many backgrounds to calibrate.
    held_out = {"test": (people, backgrounds), "validation": (people, 3 * backgrounds)}
    train = {"train": (options.people, options.backgrounds)}
    fill(options.cache, {"train": train, "held-out": held_out}.get(options.only, held_out | train), options.workers)


if __name__ == "__main__":
    main()
