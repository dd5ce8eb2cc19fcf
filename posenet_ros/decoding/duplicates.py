# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Taking off poses that are a second version of a better one."""

from __future__ import annotations

import numpy as np

from posenet_ros.people import People
from posenet_ros.similarity import object_keypoint_similarity

# Two people who stand close differ by far more; measured by tools/evaluate.py.
_SAME_PERSON_FROM = 0.5


def without_duplicates(people: People) -> People:
    """Return the people, best first, without those who are much like a better one (greedy, by OKS).

    Key points count by the weaker of the two scores, so that what one of the poses did not see cannot
    make two versions of a person look different.
    """
    if len(people) < 2:
        return people
    weights = np.minimum(people.keypoint_scores[:, None], people.keypoint_scores[None])
    alike = object_keypoint_similarity(people.keypoints, people.keypoints, weights) >= _SAME_PERSON_FROM
    keep: list[int] = []
    for person in range(len(people)):
        if not alike[person, keep].any():
            keep.append(person)
    return people if len(keep) == len(people) else people.select(np.array(keep, np.intp))
