# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How well keypoints were found: PCK (the share within a tenth of the person's box) and calibration."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from posenet_ros.people import People
from posenet_ros.skeleton import NUM_KEYPOINTS
from training.network import STRIDE
from training.render import OUTSIDE, VISIBLE

TOLERANCE = 0.1
"""Share of the larger side of a person's box within which a keypoint is right (PCK@0.1)."""


@dataclass(frozen=True)
class Match:
    """A person of the truth and the pose that was found for it, if any.

    ``right`` [17]: the keypoint is within the tolerance; all False where the person was missed.
    ``visible`` [17] and ``inside`` [17] say what the truth knows; ``scores`` [17], 0 where missed; ``found``.
    """

    right: NDArray[np.bool_]
    visible: NDArray[np.bool_]
    inside: NDArray[np.bool_]
    scores: NDArray[np.float64]
    found: bool


def box_side(keypoints: NDArray[np.floating], states: NDArray[np.uint8]) -> float:
    """Return the larger side of the box around the keypoints [17, 2] that are in the picture, in pixels."""
    points = keypoints[states > OUTSIDE]
    return float(np.ptp(points, axis=0).max()) if len(points) else 0.0


def match_people(
    found: People, keypoints: NDArray[np.floating], states: NDArray[np.uint8]
) -> tuple[list[Match], list[Match]]:
    """Return a match for every person of the truth, [n, 17, 2] with states [n, 17], and the poses of nobody.

    Poses are taken best score first, each for the person most of whose visible keypoints it has right; a pose
    with none right is nobody's, and so is a second one of the same person.
    """
    sides = np.array([box_side(k, s) for k, s in zip(keypoints, states, strict=True)])
    distances = np.linalg.norm(found.keypoints[:, None] - keypoints[None], axis=-1)
    right = (distances <= TOLERANCE * sides[:, None]) if len(sides) else np.zeros((len(found), 0, NUM_KEYPOINTS), bool)
    visible = states == VISIBLE
    pose_of: dict[int, int] = {}
    for pose in range(len(found)):
        hits = [(int((right[pose, p] & visible[p]).sum()), p) for p in range(len(sides)) if p not in pose_of]
        count, person = max(hits, default=(0, -1))
        if count > 0:
            pose_of[person] = pose
    matches = []
    nothing = np.zeros(NUM_KEYPOINTS, bool)
    for person in range(len(sides)):
        inside = states[person] > OUTSIDE
        if person in pose_of:
            scores = found.keypoint_scores[pose_of[person]]
            matches.append(Match(right[pose_of[person], person], visible[person], inside, scores, found=True))
        else:
            matches.append(Match(nothing, visible[person], inside, np.zeros(NUM_KEYPOINTS), found=False))
    false = [
        Match(nothing, nothing, nothing, found.keypoint_scores[pose], found=True)
        for pose in range(len(found))
        if pose not in pose_of.values()
    ]
    return matches, false


def pck(matches: list[Match], keypoints: slice = slice(None)) -> float:
    """Return the share of visible keypoints that are right, NaN without any."""
    right = np.array([match.right[keypoints] for match in matches])
    visible = np.array([match.visible[keypoints] for match in matches])
    return float(right[visible].mean()) if visible.any() else float("nan")


def calibration(matches: list[Match], low: float, high: float) -> tuple[float, float, int]:
    """Return mean score, share right and number of the keypoints scored low to high, of poses that were found.

    Keypoints that the truth has outside the picture are wrong wherever they are put, and so are those of poses
    that are nobody's, if they are among the matches.
    """
    scores = np.concatenate([match.scores for match in matches if match.found] or [np.zeros(0)])
    right = np.concatenate([match.right & match.inside for match in matches if match.found] or [np.zeros(0, bool)])
    among = (scores >= low) & (scores < high)
    if not among.any():
        return float("nan"), float("nan"), 0
    return float(scores[among].mean()), float(right[among].mean()), int(among.sum())


def quick_pck(heatmaps: Tensor, offsets: Tensor, keypoints: Tensor, states: Tensor) -> Tensor:
    """Return for each visible keypoint of images with one person each whether its best cell leads to it.

    :param heatmaps: [b, 17, h, w] logits
    :param offsets: [b, 34, h, w] in units of the stride
    :param keypoints: [b, p, 17, 2] of which the first person counts; states [b, p, 17]
    :returns: [k] bool
    """
    truth, state = keypoints[:, 0], states[:, 0]
    width = heatmaps.shape[3]
    cell = heatmaps.flatten(2).argmax(dim=2)
    dy, dx = (
        offsets.flatten(2)
        .unflatten(1, (2, NUM_KEYPOINTS))
        .gather(3, cell[:, None, :, None].expand(-1, 2, -1, 1))
        .unbind(1)
    )
    x, y = (cell % width + dx[..., 0]) * STRIDE, (cell // width + dy[..., 0]) * STRIDE
    distance = torch.hypot(x - truth[..., 0], y - truth[..., 1])
    inside = (state > OUTSIDE)[..., None]
    low = torch.where(inside, truth, torch.inf).amin(dim=1)
    high = torch.where(inside, truth, -torch.inf).amax(dim=1)
    side = (high - low).amax(dim=1)
    return (distance <= TOLERANCE * side[:, None])[state == VISIBLE]
