# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Photo packs: thousands of small photos with their keypoints in one ``.npz`` file.

``bytes`` (encoded images one after another) and ``offsets`` [n + 1]. With people ``kp`` [p, 17, 3] (x, y, and 2 seen,
1 covered, less unknown), ``person_image`` [p], ``ignore`` [m, 5] (image, x0, y0, x1, y1) and ``weight`` [n]. A pack
of cut-outs has two images each, colours and opacity, ``kp`` [n, 17, 2], their states ``st`` [n, 17] and ``cut`` [n, 4].
``held_out`` [n] marks what is not trained on; without it, every 40th photo of people and every 4th of nobody is.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.photo import HIDDEN, OUTSIDE, UNKNOWN, VISIBLE, Photo, states_of

_HELD_OUT_PEOPLE, _HELD_OUT_NOBODY = 40, 4
_VISIBILITY = {OUTSIDE: 0.0, UNKNOWN: 0.0, HIDDEN: 1.0, VISIBLE: 2.0}


def read_pack(path: Path) -> list[Photo]:
    """Return the photos of a pack.

    :raises ValueError: if the file is no pack
    """
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    missing = {"bytes", "offsets"} - arrays.keys()
    if missing:
        raise ValueError(f"{path} is no photo pack: it has no {' and no '.join(sorted(missing))}")
    content, offsets = arrays["bytes"].tobytes(), arrays["offsets"]
    files = [content[start:end] for start, end in itertools.pairwise(offsets)]
    if "st" in arrays:
        return _cutouts(path.stem, files, arrays)
    every = _HELD_OUT_PEOPLE if "kp" in arrays else _HELD_OUT_NOBODY
    held_out = arrays.get("held_out", np.arange(len(files)) % every == 0)
    weights = arrays.get("weight", np.ones(len(files)))
    labels = [_labels(arrays, number) for number in range(len(files))] if "kp" in arrays else [{}] * len(files)
    return [
        Photo(f"{path.stem} {n}", files[n], weight=float(weights[n]), held_out=bool(held_out[n]), **labels[n])
        for n in range(len(files))
    ]


def write_pack(path: Path, photos: Sequence[Photo]) -> None:
    """Write photos, or cut-outs, as a pack. Their sources must be encoded files, not paths."""
    files = [part for photo in photos for part in (photo.source, photo.cover) if part is not None]
    assert all(isinstance(part, bytes) for part in files)
    content = b"".join(part for part in files if isinstance(part, bytes))
    arrays: dict[str, Any] = {
        "bytes": np.frombuffer(content, np.uint8),
        "offsets": np.concatenate(([0], np.cumsum([len(part) for part in files if isinstance(part, bytes)]))),
        "held_out": np.array([photo.held_out for photo in photos]),
    }
    if any(photo.cover is not None for photo in photos):
        arrays |= {
            "kp": np.concatenate([photo.keypoints for photo in photos]),
            "st": np.concatenate([photo.states for photo in photos]),
            "cut": np.stack([photo.cut for photo in photos]),
        }
    elif not all(photo.nobody for photo in photos):
        visibility = [np.vectorize(_VISIBILITY.get)(p.states)[..., None] for p in photos if len(p.states)]
        points = [photo.keypoints for photo in photos if len(photo.states)]
        arrays |= {
            "kp": np.concatenate((np.concatenate(points), np.concatenate(visibility)), axis=2).astype(np.float16),
            "person_image": np.repeat(np.arange(len(photos)), [len(photo.keypoints) for photo in photos]),
            "ignore": np.concatenate([_numbered(number, photo.ignored) for number, photo in enumerate(photos)]),
            "weight": np.array([photo.weight for photo in photos], np.float32),
        }
    np.savez(path, **arrays)


def _cutouts(stem: str, files: list[bytes], arrays: dict[str, NDArray[Any]]) -> list[Photo]:
    held_out = arrays.get("held_out", np.arange(len(arrays["kp"])) % _HELD_OUT_PEOPLE == 0)
    return [
        Photo(
            f"{stem} {number}",
            files[2 * number],
            files[2 * number + 1],
            arrays["kp"][number : number + 1].astype(np.float32),
            arrays["st"][number : number + 1].astype(np.uint8),
            cut=arrays["cut"][number],
            held_out=bool(held_out[number]),
        )
        for number in range(len(arrays["kp"]))
    ]


def _labels(arrays: dict[str, NDArray[Any]], number: int) -> dict[str, Any]:
    # Both are sorted by photo.
    people = slice(*np.searchsorted(arrays["person_image"], (number, number + 1)))
    boxes = slice(*np.searchsorted(arrays["ignore"][:, 0], (number, number + 1)))
    keypoints = arrays["kp"][people].astype(np.float32)
    return {
        "keypoints": keypoints[..., :2],
        "states": states_of(keypoints[..., 2]),
        "ignored": arrays["ignore"][boxes, 1:].astype(np.float32),
    }


def _numbered(number: int, boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.concatenate((np.full((len(boxes), 1), number, np.float32), boxes), axis=1)
