# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""COCO's figures of found people (pycocotools), and the mean similarity by the size of the person."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from posenet_ros.people import People

MAX_POSES = 20
"""Poses of an image that COCO counts."""
LEAST_KEYPOINTS = 6
"""People with fewer annotated keypoints do not count in the mean similarity."""
LENGTHS = (0, 50, 90, 150, 250)
"""Bands of the longer side of a person's box, in pixels of the network's input."""


@dataclass(frozen=True)
class Figures:
    """How good the found people are; None where the data have nobody to tell it from.

    ``ap``: average precision over OKS 0.50 to 0.95; ``ap_medium`` and ``ap_large``: people of less and more than
    96x96 pixels of the photo. ``oks``: mean over people, 0 for those not found, and ``oks_by_length`` for each of
    LENGTHS; ``people`` and ``people_by_length``: how many these are. ``poses``: all that were found.
    """

    ap: float | None
    ap_50: float | None
    ap_75: float | None
    ap_medium: float | None
    ap_large: float | None
    ar: float | None
    oks: float | None
    oks_by_length: list[float | None]
    people: int
    people_by_length: list[int]
    poses: int


def figures(dataset: dict[str, Any], found: dict[int, People], scales: dict[int, float]) -> Figures:
    """Compare found people with annotated ones.

    :param dataset: in COCO's format, with one category
    :param found: people in each image, in its pixels
    :param scales: pixels of the network's input for a pixel of each image
    """
    truth = _index(dataset, dataset["annotations"])
    results = [result for image, people in found.items() for result in _results(image, people)]
    for number, result in enumerate(results, 1):
        result["id"] = number
    with contextlib.redirect_stdout(io.StringIO()):  # It tells every step.
        evaluation = COCOeval(truth, _index(dataset, results), "keypoints")
        evaluation.params.maxDets = [MAX_POSES]
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    ap, ap_50, ap_75, ap_medium, ap_large, ar = (_known(value) for value in evaluation.stats[:6])
    similarities, lengths = _best_similarities(truth, evaluation, scales)
    bands = np.digitize(lengths, LENGTHS) - 1
    by_length = [similarities[bands == band] for band in range(len(LENGTHS))]
    return Figures(
        ap,
        ap_50,
        ap_75,
        ap_medium,
        ap_large,
        ar,
        _mean(similarities),
        [_mean(values) for values in by_length],
        len(similarities),
        [len(values) for values in by_length],
        sum(len(people) for people in found.values()),
    )


def _best_similarities(truth: COCO, evaluation: COCOeval, scales: dict[int, float]) -> tuple[np.ndarray, np.ndarray]:
    """Return for each person the similarity of the pose most alike, and the person's length in input pixels."""
    similarities, lengths = [], []
    (category,) = truth.getCatIds()
    for image in truth.getImgIds():
        # [poses, people], or an empty list if either is missing
        alike = np.asarray(evaluation.ious[image, category])
        best = alike.max(axis=0) if alike.size else np.zeros(len(truth.imgToAnns[image]))
        for similarity, person in zip(best, truth.imgToAnns[image], strict=True):
            if person["num_keypoints"] >= LEAST_KEYPOINTS and not person["iscrowd"]:
                similarities.append(float(similarity))
                lengths.append(max(person["bbox"][2:]) * scales[image])
    return np.array(similarities), np.array(lengths)


def _index(dataset: dict[str, Any], annotations: list[dict[str, Any]]) -> COCO:
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        # COCOeval adds fields to the annotations.
        coco.dataset = {**dataset, "annotations": [dict(annotation) for annotation in annotations]}
        coco.createIndex()
    return coco


def _results(image: int, people: People) -> list[dict[str, Any]]:
    results = []
    for keypoints, scores, score in zip(people.keypoints, people.keypoint_scores, people.scores, strict=True):
        corner, size = keypoints.min(axis=0), np.ptp(keypoints, axis=0)
        results.append(
            {
                "image_id": image,
                "category_id": 1,
                "keypoints": np.column_stack((keypoints, scores)).ravel().tolist(),
                "bbox": [*corner.tolist(), *size.tolist()],
                "area": float(size.prod()),
                "score": float(score),
                "iscrowd": 0,
            }
        )
    return results


def _known(value: float) -> float | None:
    """Return a figure of COCO's, which are -1 where nobody is to tell it from."""
    return None if value < 0 else float(value)


def _mean(values: np.ndarray) -> float | None:
    return float(values.mean()) if len(values) else None
