# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Makes scores probabilities: the scaling of the heat maps' logits that fits how often key points are right.

Platt, Probabilistic outputs for support vector machines, 1999: a logistic regression with the logit as its only
variable. It is fitted to what the package's own decoder finds in the validation split.
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


@dataclass(frozen=True)
class Scaling:
    """New logit = ``slope`` * logit + ``shift``."""

    slope: float = 1.0
    shift: float = 0.0


def measure_scaling(model: bytes, cache: Path, images: int) -> Scaling:
    """Return the scaling that calibrates a model, from so many images of the validation split."""
    # What is scored low counts too: it is what a shift could raise above the thresholds.
    estimator = PoseEstimator(model, input_size=(SIZE, SIZE), pose_threshold=0.05, keypoint_threshold=0.3)
    composers = [Composer(cache, "validation", content) for content in (ALONE, SEVERAL, NOBODY)]
    scores, right = [], []
    for number in range(images):
        sample = composers[number % len(composers)].sample(number, SIZE)
        matches, false = match_people(estimator.estimate(to_bgr(sample)), sample.keypoints, sample.states)
        for match in (*matches, *false):
            if match.found:
                scores.append(match.scores)
                right.append(match.right & match.inside)
    if not scores:
        return Scaling()
    return fit_scaling(_logits(np.concatenate(scores)), np.concatenate(right))


def fit_scaling(logits: NDArray[np.float64], right: NDArray[np.bool_]) -> Scaling:
    """Return the scaling of logits [n] under which they are most likely the log odds of being right [n].

    Newton's method; a little regularisation keeps the slope finite where the logits part right from wrong.
    """
    columns = np.column_stack((logits, np.ones(len(logits))))
    parameters, wanted = np.array((1.0, 0.0)), np.array((1.0, 0.0))
    for _ in range(_NEWTON_STEPS):
        probabilities = 0.5 * (1.0 + np.tanh(0.5 * columns @ parameters))
        gradient = columns.T @ (probabilities - right) + (parameters - wanted)
        curvature = (columns * (probabilities * (1.0 - probabilities))[:, None]).T @ columns + np.eye(2)
        parameters = parameters - np.linalg.solve(curvature, gradient)
    # A slope below 0 would turn the heat maps upside down.
    return Scaling(float(np.clip(parameters[0], 0.1, 10.0)), float(np.clip(parameters[1], -10.0, 10.0)))


def _logits(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.clip(
        np.log(np.maximum(scores, 1e-9)) - np.log(np.maximum(1.0 - scores, 1e-9)), -_LARGEST_LOGIT, _LARGEST_LOGIT
    )
