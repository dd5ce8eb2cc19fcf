# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Taking off poses that are a second version of a better one."""

from __future__ import annotations

import numpy as np

from posenet_ros.people import People
from posenet_ros.similarity import object_keypoint_similarity

# Lower, the better of two poses of a person is sometimes the one removed; higher, more copies stay (docs/accuracy.md).
_SAME_PERSON_FROM = 0.85


def without_duplicates(people: People) -> People:
    """Return the people, best first, without copies: poses much like a better one (greedy, by OKS).

    Keypoints count by their score in the worse pose. What that pose did not see may lie on the better one or anywhere;
    what it saw must be where the better pose has it. So people who overlap are no copies of each other.
    """
    if len(people) < 2:
        return people
    weights = np.broadcast_to(people.keypoint_scores[:, None], (len(people), *people.keypoint_scores.shape))
    alike = object_keypoint_similarity(people.keypoints, people.keypoints, weights) >= _SAME_PERSON_FROM
    keep: list[int] = []
    for person in range(len(people)):
        if not alike[person, keep].any():
            keep.append(person)
    return people if len(keep) == len(people) else people.select(np.array(keep, np.intp))
