#!/usr/bin/env python3
# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Prints what other defaults of the decoders would do on annotated photos: the table of docs/accuracy.md.

The network runs once for each photo, input size and stride; then each value is tried on its answers. AP and OKS are
means over all sizes and strides, poses are sums.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest import mock

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from evaluate_people import OFFICIAL, SIZES, STRIDES, parse_size, show_progress

from coco_figures import MAX_POSES, figures
from coco_people import AnnotatedPhotos, AnnotationError, read_people
from posenet_ros.decoding import selection
from posenet_ros.errors import PoseNetError
from posenet_ros.letterbox import Letterbox
from posenet_ros.network.heads import Heads
from posenet_ros.network.model import PoseNetModel
from posenet_ros.settings.pose import DecodingSettings
from posenet_ros.store.store import load_model

DECODERS = ("multi_refined", "multi")
PARAMETERS = {
    "keypoint_threshold": (0.2, 0.3, 0.4, 0.5, 0.6),
    "pose_threshold": (0.05, 0.1, 0.2, 0.3, 0.4),
    "nms_radius": (5.0, 10.0, 15.0, 20.0, 30.0),
}
# What is no parameter: constants of posenet_ros.decoding.selection. Nothing is similar to 2.
CONSTANTS = {"LEAST_KEYPOINTS": (1, 2, 3), "_SAME_PERSON_FROM": (0.5, 0.7, 0.85, 0.9, 2.0)}


@dataclass(frozen=True)
class Answer:
    """What the network says about a photo."""

    photo: int
    heads: Heads
    stride: int
    letterbox: Letterbox


def ask(
    data: AnnotatedPhotos, model: str, sizes: Sequence[tuple[int, int]], strides: Sequence[int]
) -> Iterator[list[Answer]]:
    """Yield the network's answers for all photos, for each input size and stride."""
    content = load_model(model).content
    for size in sizes:
        for stride in strides:
            network = PoseNetModel(content, output_stride=stride, input_size=size)
            answers = []
            for number, photo in enumerate(data.photos):
                show_progress(f"{size[0]}x{size[1]} stride {stride}", number, len(data.photos))
                image = cv2.imread(str(photo.path))
                letterbox = Letterbox.fit(image.shape[:2], network.input_size)
                canvas = np.zeros((*network.input_size, 3), np.uint8)
                letterbox.resize_into(image, canvas)
                heads = network.run(cv2.cvtColor(canvas, cv2.COLOR_BGR2RGB))
                copies = (head.copy() for head in vars(heads).values())
                answers.append(Answer(photo.id, Heads(*copies), stride, letterbox))
            yield answers


def line(dataset: dict[str, Any], groups: list[list[Answer]], settings: DecodingSettings) -> str:
    """Return AP, OKS and poses of settings, as text; a figure that nobody in the data tells counts as 0."""
    rows = []
    for answers in groups:
        found, scales = {}, {}
        for answer in answers:
            people = selection.decode(answer.heads, answer.stride, settings)
            found[answer.photo] = people.moved_to(answer.letterbox.to_image(people.keypoints))
            scales[answer.photo] = 1.0 / max(answer.letterbox.scale)
        rows.append(figures(dataset, found, scales))
    ap, oks = (np.mean([getattr(row, name) or 0.0 for row in rows]) for name in ("ap", "oks"))
    return f"{ap:.3f} {oks:.3f} {sum(row.poses for row in rows):>5}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with photos and COCO keypoint JSON")
    parser.add_argument("--annotations", type=Path, help="the JSON file, if the folder has several")
    parser.add_argument("--model", default=OFFICIAL, help=".tflite file or name")
    parser.add_argument("--sizes", nargs="+", type=parse_size, default=SIZES, metavar="HEIGHTxWIDTH")
    parser.add_argument("--strides", nargs="+", type=int, default=STRIDES, choices=STRIDES)
    options = parser.parse_args()
    try:
        data = read_people(options.data.expanduser(), options.annotations)
        dataset, groups = data.as_coco(), list(ask(data, options.model, options.sizes, options.strides))
    except (AnnotationError, PoseNetError) as error:
        raise SystemExit(f"sweep_people: {error}") from error
    show_progress("", 0, 0)
    base = [DecodingSettings(max_poses=MAX_POSES, decoder=decoder) for decoder in DECODERS]
    print(f"{'AP, OKS and poses with':<26}{DECODERS[0]:>20}{DECODERS[1]:>20}")

    def show(title: str, choices: list[DecodingSettings]) -> None:
        columns = "".join(f"{line(dataset, groups, choice):>20}" for choice in choices)
        print(f"{title:<26}{columns}", flush=True)

    show("the defaults", base)
    for name, values in PARAMETERS.items():
        for value in values:
            show(f"{name} {value}", [replace(choice, **{name: value}) for choice in base])
    for name, values in CONSTANTS.items():
        for value in values:
            with mock.patch.object(selection, name, value):
                show(f"{name} {value}", base)


if __name__ == "__main__":
    main()
