# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How sure a pose is, by those of its keypoints that are seen."""

from __future__ import annotations

import numpy as np

from posenet_ros.people import People


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
