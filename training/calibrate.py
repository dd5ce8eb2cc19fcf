# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Scales the heat maps' logits so that scores say how likely keypoints are right, and few images of nobody give a pose.

A person is published if two keypoints score the package's ``keypoint_threshold`` or more. That score is given to the
logit that two keypoints of a pose reach in few images without people. Above it, the slope brings scores near to how
often keypoints are right (a logistic curve as in Platt, Probabilistic outputs for support vector machines, 1999, with
one point given). Both are measured on what the package's own decoder finds in held-out renders and photos.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from posenet_ros.decoding.selection import LEAST_KEYPOINTS
from posenet_ros.estimator import PoseEstimator
from posenet_ros.settings.pose import DecodingSettings
from training.compose import Composer, Sample
from training.held_out import ALONE, NOBODY, SEVERAL, SIZE, to_bgr
from training.metrics import match_people
from training.photo import Photo
from training.validation import letterboxed

_SLOPES = np.geomspace(0.2, 8.0, 149)
_BANDS = (0.5, 0.7, 0.9, 1.01)
_LEAST_IN_BAND = 50
# A logit beyond this is a probability that no number of images could check.
_LARGEST_LOGIT = 14.0
# Before the scaling: what is scored low counts too, for a shift could raise it above the thresholds.
_LEAST_SCORE, _LEAST_POSE_SCORE = 0.15, 0.02
# Of the images without people; with the scaling and the default thresholds, up to a seventh more give a pose.
_FALSE_ALARMS = 0.026
_NOBODY_IMAGES = 3
# People in photos are shown once as large as fits, and once smaller.
_SMALLER = 0.6


@dataclass(frozen=True)
class Scaling:
    """New logit = ``slope`` * logit + ``shift``."""

    slope: float = 1.0
    shift: float = 0.0


def measure_scaling(model: bytes, cache: Path, images: int, photos: Sequence[Photo] = ()) -> Scaling:
    """Return the scaling that calibrates a model.

    :param images: rendered ones of each kind, of the validation split
    :param photos: of which those held out are taken
    """
    estimator = PoseEstimator(
        model, input_size=(SIZE, SIZE), pose_threshold=_LEAST_POSE_SCORE, keypoint_threshold=_LEAST_SCORE
    )
    middle = -_LARGEST_LOGIT
    groups: dict[bool, tuple[list[NDArray[np.float64]], list[NDArray[np.bool_]]]] = {}
    for samples, everybody_known, photographed in _kinds(cache, images, photos):
        scores, right = groups.setdefault(photographed, ([], []))
        highest = []
        for sample in samples:
            people = estimator.estimate(to_bgr(sample))
            if len(sample.keypoints) == 0:
                # Of images where nobody is found it is only known that all is below.
                best = np.sort(people.keypoint_scores, axis=1)[:, -LEAST_KEYPOINTS]
                highest.append(best.max(initial=_LEAST_SCORE))
            matches, false = match_people(people, sample.keypoints, sample.states)
            for match in (*matches, *(false if everybody_known else ())):
                if match.found:
                    scores.append(match.scores)
                    right.append(match.right & match.inside)
        if highest:
            # Each kind of emptiness, rendered and photographed, keeps the bound.
            logits = _logits(np.array(highest))
            middle = max(middle, float(np.quantile(logits, 1.0 - _FALSE_ALARMS, method="higher")))
    measured = [(np.concatenate(scores), np.concatenate(right)) for scores, right in groups.values() if scores]
    if not measured:
        return Scaling()
    threshold = DecodingSettings().keypoint_threshold
    given = math.log(threshold / (1.0 - threshold))
    slope = fit_slope([(_logits(scores) - middle, right) for scores, right in measured], given)
    return Scaling(slope, given - slope * middle)


def fit_slope(groups: Sequence[tuple[NDArray[np.float64], NDArray[np.bool_]]], given: float = 0.0) -> float:
    """Return the factor under which scores are nearest to the shares that are right, where they are farthest.

    That is in the worst band of scores, among the groups: renders and photos shall both be near.

    :param groups: logits [n] and whether they are right [n]; logits above 0 count
    :param given: what is added after the scaling
    """
    above = [(logits[logits >= 0.0], right[logits >= 0.0]) for logits, right in groups]

    def gap(slope: float) -> float:
        return max(_largest_gap(0.5 * (1.0 + np.tanh(0.5 * (slope * x + given))), right) for x, right in above)

    return float(min(_SLOPES, key=gap))


def _largest_gap(scores: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """Return how far the mean score is from the share right, in the band where it is farthest."""
    gaps = [0.0]
    for low, high in itertools.pairwise(_BANDS):
        among = (scores >= low) & (scores < high)
        if among.sum() >= _LEAST_IN_BAND:
            gaps.append(abs(float(scores[among].mean()) - float(right[among].mean())))
    return max(gaps)


def _kinds(cache: Path, images: int, photos: Sequence[Photo]) -> Iterator[tuple[Iterable[Sample], bool, bool]]:
    """Yield images of each kind, whether all people in them are known, and whether they are photos."""
    for content in (ALONE, SEVERAL, NOBODY):
        composer = Composer(cache, "validation", content)
        yield (
            [composer.sample(n, SIZE) for n in range(images * (_NOBODY_IMAGES if content is NOBODY else 1))],
            True,
            False,
        )
    people, nobody = held_out_samples(photos)
    yield people, False, True
    yield [smaller(sample) for sample in people], False, True
    yield nobody, True, True


def held_out_samples(photos: Sequence[Photo]) -> tuple[list[Sample], list[Sample]]:
    """Return the held-out photos of people, and those of nobody."""
    held_out = [photo for photo in photos if photo.held_out and photo.cover is None]
    people = [letterboxed(photo, SIZE) for photo in held_out if not photo.nobody]
    return people, [letterboxed(photo, SIZE) for photo in held_out if photo.nobody]


def smaller(sample: Sample) -> Sample:
    """Return a sample shrunk to the middle of a black image."""
    side = round(SIZE * _SMALLER)
    first = (SIZE - side) // 2
    image = np.zeros_like(sample.image)
    image[first : first + side, first : first + side] = cv2.resize(
        sample.image, (side, side), interpolation=cv2.INTER_AREA
    )
    keypoints = (sample.keypoints + 0.5) * np.float32(side / SIZE) - np.float32(0.5 - first)
    return replace(sample, image=image, keypoints=keypoints)


def _logits(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.clip(
        np.log(np.maximum(scores, 1e-9)) - np.log(np.maximum(1.0 - scores, 1e-9)), -_LARGEST_LOGIT, _LARGEST_LOGIT
    )
