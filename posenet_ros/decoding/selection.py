# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""From heads to people, by any decoder: its candidates, their score and order, thresholds, and copies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

import numpy as np

from posenet_ros.decoding.multi import decode_multiple_poses
from posenet_ros.decoding.multi_refined import decode_multiple_poses_refined
from posenet_ros.decoding.single import decode_single_pose
from posenet_ros.decoding.tensors import Floats
from posenet_ros.people import People
from posenet_ros.settings.pose import DecodingSettings
from posenet_ros.similarity import object_keypoint_similarity

# Duplicates must not use up the maximum number of people.
_CANDIDATES_PER_POSE = 3
# What multi_refined starts from: weaker roots and candidates give no pose that passes the other thresholds.
_CANDIDATE_SCORE = 0.05

LEAST_KEYPOINTS = 2
"""Keypoints from the threshold on that make a pose a person: things often look like one (docs/accuracy.md)."""

# Lower, the better of two poses of a person is sometimes the one removed; higher, more copies stay (docs/accuracy.md).
_SAME_PERSON_FROM = 0.85


class HeadTensors(Protocol):
    """The network's output for one image; see :class:`posenet_ros.network.heads.Heads`."""

    @property
    def heatmaps(self) -> Floats:
        """Logits, [h, w, 17]."""

    @property
    def offsets(self) -> Floats:
        """From a cell to the keypoint, [h, w, 34] input pixels."""

    @property
    def displacements_fwd(self) -> Floats:
        """Along the pose tree, [h, w, 32] input pixels."""

    @property
    def displacements_bwd(self) -> Floats:
        """Against it."""


def decode(heads: HeadTensors, stride: int, settings: DecodingSettings) -> People:
    """Return the people in the heads, in model-input pixels, best score first.

    :param stride: distance of two cells in input pixels
    :raises ValueError: if the tensors do not fit each other
    """
    candidates = FINDERS[settings.decoder](heads, stride, settings)
    enough = candidates.scores >= settings.pose_threshold
    enough &= (candidates.keypoint_scores >= settings.keypoint_threshold).sum(axis=1) >= LEAST_KEYPOINTS
    people = without_duplicates(candidates.select(enough))
    return people if len(people) <= settings.max_poses else people.select(np.s_[: settings.max_poses])


def _single(heads: HeadTensors, stride: int, settings: DecodingSettings) -> People:
    """Return one person, scored by the mean of the keypoint scores."""
    return decode_single_pose(heads.heatmaps, heads.offsets, stride)


def _multi(heads: HeadTensors, stride: int, settings: DecodingSettings) -> People:
    return _several(decode_multiple_poses, heads, stride, settings, settings.keypoint_threshold)


def _multi_refined(heads: HeadTensors, stride: int, settings: DecodingSettings) -> People:
    threshold = min(_CANDIDATE_SCORE, settings.pose_threshold)
    return _several(decode_multiple_poses_refined, heads, stride, settings, threshold)


def _several(
    find: Callable[..., People], heads: HeadTensors, stride: int, settings: DecodingSettings, threshold: float
) -> People:
    candidates = find(
        heads.heatmaps,
        heads.offsets,
        heads.displacements_fwd,
        heads.displacements_bwd,
        stride,
        max_poses=_CANDIDATES_PER_POSE * settings.max_poses,
        score_threshold=threshold,
        nms_radius=settings.nms_radius,
    )
    return scored_by_seen_keypoints(candidates)


Finder = Callable[[HeadTensors, int, DecodingSettings], People]
FINDERS: dict[str, Finder] = {"multi": _multi, "multi_refined": _multi_refined, "single": _single}
"""For each name of a decoder what returns its people, best score first. Thresholds and copies are left to decode."""


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
    return replace(people, scores=scores).select(best_first)


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
