# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Scales the heat maps' logits so that scores say how likely key points are right, and nobody is found where nobody is.

The decoder starts a person at key points scored 0.5: that score is given to the logit that few scenes without people
reach. Above it, the slope fits how often key points are right (Platt, Probabilistic outputs for support vector
machines, 1999, with the logit where the score is 0.5 given). Both are measured on what the package's own decoder
finds in the validation split.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from posenet_ros.estimator import PoseEstimator
from training.compose import Composer
from training.held_out import ALONE, NOBODY, SEVERAL, SIZE, to_bgr
from training.metrics import match_people

_NEWTON_STEPS = 30
# A logit beyond this is a probability that no number of images could check.
_LARGEST_LOGIT = 12.0
# Of a key point, before the scaling: what is scored low counts too, for a shift could raise it above the thresholds.
_LEAST_SCORE = 0.3
# Of the scenes without people; on other scenes it may be half as many again. So small a share takes many to measure.
_FALSE_ALARMS = 0.015
_NOBODY_IMAGES = 3


@dataclass(frozen=True)
class Scaling:
    """New logit = ``slope`` * logit + ``shift``."""

    slope: float = 1.0
    shift: float = 0.0


def measure_scaling(model: bytes, cache: Path, images: int) -> Scaling:
    """Return the scaling that calibrates a model, from so many images of each kind of the validation split."""
    estimator = PoseEstimator(model, input_size=(SIZE, SIZE), pose_threshold=0.05, keypoint_threshold=_LEAST_SCORE)
    highest, scores, right = [], [], []
    for content in (ALONE, SEVERAL, NOBODY):
        composer = Composer(cache, "validation", content)
        for number in range(images * (_NOBODY_IMAGES if content is NOBODY else 1)):
            sample = composer.sample(number, SIZE)
            people = estimator.estimate(to_bgr(sample))
            if content is NOBODY:
                # Of scenes where nobody is found it is only known that all is below.
                highest.append(people.keypoint_scores.max(initial=_LEAST_SCORE))
            matches, false = match_people(people, sample.keypoints, sample.states)
            for match in (*matches, *false):
                if match.found:
                    scores.append(match.scores)
                    right.append(match.right & match.inside)
    if not scores:
        return Scaling()
    middle = float(np.quantile(_logits(np.array(highest)), 1.0 - _FALSE_ALARMS, method="higher"))
    slope = fit_slope(_logits(np.concatenate(scores)) - middle, np.concatenate(right))
    return Scaling(slope, -slope * middle)


def fit_slope(logits: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """Return the factor under which those logits [n] above 0 are most likely the log odds of being right [n].

    Newton's method; a little regularisation keeps the factor finite where all are right.
    """
    above = logits >= 0.0
    logits, right = logits[above], right[above]
    slope = 1.0
    for _ in range(_NEWTON_STEPS):
        probabilities = 0.5 * (1.0 + np.tanh(0.5 * slope * logits))
        gradient = logits @ (probabilities - right) + slope - 1.0
        slope -= gradient / (logits**2 @ (probabilities * (1.0 - probabilities)) + 1.0)
    # A slope below 0 would turn the heat maps upside down.
    return float(np.clip(slope, 0.1, 10.0))


def _logits(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.clip(
        np.log(np.maximum(scores, 1e-9)) - np.log(np.maximum(1.0 - scores, 1e-9)), -_LARGEST_LOGIT, _LARGEST_LOGIT
    )
