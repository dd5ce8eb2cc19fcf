# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Which candidates of a decoder are people: their score and order, and copies."""

from __future__ import annotations

import numpy as np

from posenet_ros.people import People
from posenet_ros.similarity import object_keypoint_similarity

# Lower, the better of two poses of a person is sometimes the one removed; higher, more copies stay (docs/accuracy.md).
_SAME_PERSON_FROM = 0.85


def scored_by_seen_keypoints(people: People) -> People:
    """Return the people, best first, scored by the keypoints that are seen.

    The decoders divide by all 17 keypoints, so that a person cut off by the edge of the image scores little, however
    sure the rest is. Here a pose scores the mean of its keypoint scores, each weighted by itself: keypoints that are
    not seen hardly count. That is multiplied by the share of its keypoint scores that no better pose has (soft
    non-maximum suppression), so that copies come last. COCO's similarity leaves out keypoints that are not seen, too:
    in this order the average precision on photos is a quarter higher (docs/accuracy.md).

    :param people: what a decoder returned: ``scores`` are means over all keypoints, less those that better poses have
    :returns: people whose scores are at least those of the decoder, at most 1
    """
    total = people.keypoint_scores.sum(axis=1)
    total_or_one = np.where(total > 0.0, total, 1.0)
    seen = (people.keypoint_scores**2).sum(axis=1) / total_or_one
    unshared = people.scores * people.keypoint_scores.shape[1] / total_or_one
    scores = seen * unshared
    best_first = np.argsort(-scores, kind="stable")
    rescored = People(people.keypoints, people.keypoint_scores, scores, people.ids, people.positions)
    return rescored.select(best_first)


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
