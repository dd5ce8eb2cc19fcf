#!/usr/bin/env python3
# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Compares models on photos with people annotated as in COCO: AP, AP50, AR and mean OKS, by size of person.

For each input size and output stride a line for each model and decoder. AP and AR are those of COCO's keypoint
evaluation. OKS is the mean object keypoint similarity between each person with at least 6 annotated keypoints and the
pose most alike, 0 without one. Then comes OKS by the longer side of the person's box, in pixels of the network's input.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import cv2

sys.path.insert(0, str(Path(__file__).parent))
import itertools

from coco_figures import LENGTHS, MAX_POSES, figures
from coco_people import AnnotatedPhotos, AnnotationError, read_people
from posenet_ros.errors import PoseNetError
from posenet_ros.estimator import PoseEstimator
from posenet_ros.settings.pose import DECODERS, DecodingSettings
from posenet_ros.store.catalogue import ENTRIES, ModelFile
from posenet_ros.store.store import fetch, load_model

ROOT = Path(__file__).resolve().parents[1]
OFFICIAL = "posenet_mobilenet_v1_100_257x257"
SIZES = ((257, 257), (353, 481), (481, 641))
STRIDES = (8, 16, 32)


def load_models(names: list[str]) -> dict[str, ModelFile]:
    """Return the models that can be had, by the name to show; tell which cannot."""
    models = {}
    for name in names:
        wanted = OFFICIAL if name == "official" else name
        try:
            if wanted in ENTRIES:
                fetch(ENTRIES[wanted])  # load_model() alone would take the bundled model where that fails.
            models[Path(name).stem if name.endswith(".tflite") else name] = load_model(wanted)
        except PoseNetError as error:
            print(f"{name} is passed over: {error}", file=sys.stderr)
    return models


def compare(
    data: AnnotatedPhotos,
    models: dict[str, ModelFile],
    sizes: list[tuple[int, int]],
    strides: list[int],
    options: list[DecodingSettings],
) -> Iterator[dict[str, Any]]:
    """Yield the figures of each way to find people, as they are ready."""
    dataset = data.as_coco()
    for size in sizes:
        for stride in strides:
            for name, file in models.items():
                estimator = PoseEstimator(file, stride, size)
                for choice in options:
                    estimator.settings = choice
                    found, scales = {}, {}
                    for number, photo in enumerate(data.photos):
                        show_progress(f"{name} {size[0]}x{size[1]} stride {stride}", number, len(data.photos))
                        image = cv2.imread(str(photo.path))
                        found[photo.id] = estimator.estimate(image)
                        height, width = image.shape[:2]
                        scales[photo.id] = min(estimator.input_size[0] / height, estimator.input_size[1] / width)
                    show_progress("", 0, 0)
                    yield {
                        "model": name,
                        "input_size": list(estimator.input_size),
                        "stride": stride,
                        **asdict(choice),
                        **asdict(figures(dataset, found, scales)),
                    }


def show_progress(what: str, done: int, total: int) -> None:
    """Show how far it is on one line of the terminal, or clear that line."""
    if sys.stderr.isatty():
        text = f"{what}: {done} of {total} photos" if total else ""
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


def head(width: int) -> str:
    """Return the first line of the table."""
    bands = [f"{low}-{high}" for low, high in itertools.pairwise(LENGTHS)] + [f">{LENGTHS[-1]}"]
    titles = ("AP", "AP50", "AR", "AP med", "AP lar", "OKS", *bands)
    columns = "".join(f"{title:>8}" for title in titles)
    return f"{'input':>9}{'stride':>7}  {'model':<{width}}  {'decoder':<14}{columns}{'poses':>7}"


def line(row: dict[str, Any], width: int) -> str:
    """Return one line of the table."""
    numbers = [row[key] for key in ("ap", "ap_50", "ar", "ap_medium", "ap_large", "oks")] + row["oks_by_length"]
    columns = "".join(f"{'-' if number is None else f'{number:.3f}':>8}" for number in numbers)
    height, across = row["input_size"]
    size = f"{height}x{across}"
    return f"{size:>9}{row['stride']:>7}  {row['model']:<{width}}  {row['decoder']:<14}{columns}{row['poses']:>7}"


def people_line(row: dict[str, Any], width: int) -> str:
    """Return the line that says how many people the mean similarities are of."""
    columns = "".join(f"{count:>8}" for count in (row["people"], *row["people_by_length"]))
    return f"{'people':>18}  {'':<{width}}  {'':<14}{'':>40}{columns}"


def parse_size(text: str) -> tuple[int, int]:
    """Return (height, width) of '353x481'."""
    height, width = text.split("x")
    return int(height), int(width)


def read_options() -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with photos and COCO keypoint JSON")
    parser.add_argument("--annotations", type=Path, help="the JSON file, if the folder has several")
    parser.add_argument("--models", nargs="+", default=["official", "bundled"], help=".tflite files or names")
    parser.add_argument("--sizes", nargs="+", type=parse_size, default=list(SIZES), metavar="HEIGHTxWIDTH")
    parser.add_argument("--strides", nargs="+", type=int, default=list(STRIDES), choices=STRIDES)
    parser.add_argument("--decoders", nargs="+", default=[DecodingSettings().decoder], choices=DECODERS)
    parser.add_argument("--photos", type=int, metavar="N", help="take only the first N")
    parser.add_argument("--json", type=Path, default=ROOT / "demo_output" / "evaluate_people.json")
    for field in fields(DecodingSettings):
        if isinstance(field.default, float):
            parser.add_argument(f"--{field.name}", type=float, default=field.default, help="default: %(default)s")
    return parser.parse_args()


def main() -> int:
    """Print the table, write the numbers."""
    options = read_options()
    thresholds = DecodingSettings(
        max_poses=MAX_POSES,
        pose_threshold=options.pose_threshold,
        keypoint_threshold=options.keypoint_threshold,
        nms_radius=options.nms_radius,
    )
    choices = [replace(thresholds, decoder=decoder) for decoder in options.decoders]
    try:
        data = read_people(
            options.data.expanduser(),
            options.annotations,
            options.photos,
            lambda done, total: show_progress("reading", done, total if done < total else 0),
        )
        models = load_models(options.models)
        if not models:
            print("evaluate_people: none of the models can be had", file=sys.stderr)
            return 1
        for note in data.notes:
            print(note)
        print(f"{len(data.photos)} photos, {len(data.annotations)} annotations")
        width = max(len(name) for name in models)
        print(f"\n{head(width)}")
        rows: list[dict[str, Any]] = []
        for row in compare(data, models, options.sizes, options.strides, choices):
            if not rows or rows[-1]["input_size"] != row["input_size"]:
                print(people_line(row, width))
            rows.append(row)
            print(line(row, width), flush=True)
    except (AnnotationError, PoseNetError, ValueError) as error:
        print(f"evaluate_people: {error}", file=sys.stderr)
        return 1
    print(
        "\n0-50 to >250: OKS of people of that length in pixels of the network's input; AP med, AP lar: by COCO's areas"
    )
    report = {"annotations": str(data.source.name), "photos": len(data.photos), "passed_over": data.notes}
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps({**report, "lengths": LENGTHS, "results": rows}, indent=2) + "\n")
    print(f"written to {options.json}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
