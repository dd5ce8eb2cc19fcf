# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How large a person is, from the lengths of the limbs that are seen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from posenet_ros.skeleton import KeypointId as K

HEAD_DIAMETER_M = 0.2
"""Of a head between its height and its width."""

# Metres between the joints of an adult of 1.7 m; shares of the height after Drillis and Contini (1966).
_BODY = (
    (K.LEFT_SHOULDER, K.RIGHT_SHOULDER, 0.38),
    (K.LEFT_SHOULDER, K.LEFT_ELBOW, 0.32),
    (K.RIGHT_SHOULDER, K.RIGHT_ELBOW, 0.32),
    (K.LEFT_ELBOW, K.LEFT_WRIST, 0.25),
    (K.RIGHT_ELBOW, K.RIGHT_WRIST, 0.25),
    (K.LEFT_SHOULDER, K.LEFT_HIP, 0.5),
    (K.RIGHT_SHOULDER, K.RIGHT_HIP, 0.5),
    (K.LEFT_HIP, K.LEFT_KNEE, 0.42),
    (K.RIGHT_HIP, K.RIGHT_KNEE, 0.42),
    (K.LEFT_KNEE, K.LEFT_ANKLE, 0.42),
    (K.RIGHT_KNEE, K.RIGHT_ANKLE, 0.42),
)
_FACE = (
    (K.LEFT_EYE, K.RIGHT_EYE, 0.065),
    (K.LEFT_EAR, K.RIGHT_EAR, 0.15),
    (K.LEFT_EYE, K.LEFT_EAR, 0.1),
    (K.RIGHT_EYE, K.RIGHT_EAR, 0.1),
)
# Limbs that point to or from the camera look shorter than they are, and a wrong keypoint makes a limb longer.
_QUANTILE = 0.75


def units_per_metre(points: NDArray[np.float64], shown: NDArray[np.bool_]) -> float | None:
    """Return how many units of the points are a metre of an adult's body; None where no limb is shown.

    The face counts only where no limb of the body is shown.

    :param points: [17, 2] or [17, 3]: pixels of an image, or metres of people drawn at another distance than their own
    :param shown: [17] which of them to use
    """
    for lengths in (_BODY, _FACE):
        ratios = [
            float(np.linalg.norm(points[a] - points[b])) / metres for a, b, metres in lengths if shown[a] and shown[b]
        ]
        if ratios:
            return float(np.quantile(ratios, _QUANTILE))
    return None
