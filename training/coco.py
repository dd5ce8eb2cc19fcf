# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Photos with people's keypoints in COCO's JSON format (Lin et al., Microsoft COCO, ECCV 2014)."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from posenet_ros.skeleton import NUM_KEYPOINTS
from training.photo import OUTSIDE, UNKNOWN, Photo, outside_of, states_of

_HELD_OUT = 40
# Models are compared on these photos.
_FOR_EVALUATION = "val2017"


def read_coco(folder: Path, annotations: Path) -> list[Photo]:
    """Return the photos that a keypoint file lists.

    A person without keypoints and a crowd become boxes where no heat is taught. A photo without annotations shows
    nobody. Photos of COCO's val2017 are refused: they measure models.

    :raises ValueError: if the file is no COCO keypoint file, or lists photos of val2017
    """
    try:
        content = json.loads(annotations.read_text())
        people: dict[int, list[dict[str, Any]]] = defaultdict(list)
        for annotation in content["annotations"]:
            people[annotation["image_id"]].append(annotation)
        images = content["images"]
    except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
        raise ValueError(f"{annotations} is no COCO keypoint file: {error!r}") from error
    for image in images:
        if any(_FOR_EVALUATION in str(image.get(key, "")) for key in ("coco_url", "file_name")):
            raise ValueError(f"{annotations} lists photos of {_FOR_EVALUATION}, which measure models: take train2017")
    return [
        _photo(folder, image, people[image["id"]], held_out=number % _HELD_OUT == 0)
        for number, image in enumerate(images)
    ]


def _photo(folder: Path, image: dict[str, Any], annotations: list[dict[str, Any]], held_out: bool) -> Photo:
    keypoints, states, ignored = [], [], []
    for annotation in annotations:
        values = np.array(annotation.get("keypoints", ()), np.float32)
        if annotation.get("iscrowd") or len(values) != 3 * NUM_KEYPOINTS or not (values[2::3] > 0).any():
            x, y, width, height = annotation["bbox"]
            ignored.append((x, y, x + width, y + height))
            continue
        values = values.reshape(NUM_KEYPOINTS, 3)
        keypoints.append(values[:, :2])
        states.append(_states(values, image["width"], image["height"]))
    return Photo(
        image["file_name"],
        folder / image["file_name"],
        keypoints=np.array(keypoints, np.float32).reshape(-1, NUM_KEYPOINTS, 2),
        states=np.array(states, np.uint8).reshape(-1, NUM_KEYPOINTS),
        ignored=np.array(ignored, np.float32).reshape(-1, 4),
        held_out=held_out,
    )


def _states(values: NDArray[np.float32], width: int, height: int) -> NDArray[np.uint8]:
    states = states_of(values[:, 2])
    beyond = outside_of(values[:, :2], width, height) & (states != UNKNOWN)
    return np.where(beyond, OUTSIDE, states).astype(np.uint8)
