# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The rendered clip: its pictures, and where the keypoints of the people in them really are."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

CLIP = Path(__file__).resolve().parents[1] / "test" / "data" / "clip"
RATE = 10.0
"""Images a second."""
# People of whom less is seen do not count.
LEAST_VISIBLE = 8
_TRUTH = "truth.json"


@dataclass(frozen=True)
class ClipPerson:
    """Keypoints, [17, 2] pixels, and which are visible, [17] bool."""

    keypoints: np.ndarray
    visible: np.ndarray


@dataclass(frozen=True)
class ClipPicture:
    """A picture, [h, w, 3] uint8 BGR, and the people in it of whom enough is seen."""

    image: np.ndarray
    people: tuple[ClipPerson, ...]


def has_truth(folder: Path) -> bool:
    """Return whether a folder holds a clip with truth."""
    return (folder / _TRUTH).is_file()


def read_clip(folder: Path = CLIP) -> list[ClipPicture]:
    """Return the pictures of a clip, as training/make_clip.py writes it."""
    truth = json.loads((folder / _TRUTH).read_text())["people"]
    return [
        ClipPicture(
            cv2.imread(str(path)),
            tuple(
                ClipPerson(np.array(person["keypoints"]), np.array(person["visible"]))
                for person in people
                if sum(person["visible"]) >= LEAST_VISIBLE
            ),
        )
        for path, people in zip(sorted(folder.glob("*.jpg")), truth, strict=True)
    ]
