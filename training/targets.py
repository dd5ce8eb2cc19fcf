# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What the heads should answer for an image with known keypoints, as in PersonLab.

Papandreou et al., PersonLab: Person pose estimation and instance segmentation with a bottom-up, part-based,
geometric embedding model, ECCV 2018: heat maps are disks around the keypoints; inside a disk short offsets
lead to its centre, and mid-range offsets (here: displacements) to the neighbours of the keypoint in the pose
tree, for the person whose keypoint is nearest.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from posenet_ros.skeleton import NUM_KEYPOINTS, TREE_EDGES
from training.constants import indices
from training.photo import HIDDEN, UNKNOWN, VISIBLE

DISK_RADIUS = 25.0
"""Pixels of the model input. More than half the diagonal of a cell at stride 32, so that a disk is never missed."""

# Around the box of a person's known keypoints, as a share of its larger side: unknown ones are in there.
_MARGIN = 0.3

PARENTS = tuple(int(parent) for parent, _ in TREE_EDGES)
CHILDREN = tuple(int(child) for _, child in TREE_EDGES)
"""Keypoints at the ends of the edges."""


@dataclass(frozen=True)
class Targets:
    """Of b images on h x w cells. Offsets and displacements are in input pixels, in the order of the heads.

    ``heatmaps`` [b, 17, h, w] 0 or 1: a visible keypoint is near; ``heatmaps_known``, same shape: whether that is
    known. ``offsets`` [b, 34, h, w] and where they count,
    ``offsets_known`` [b, 17, h, w]. ``displacements`` [b, 64, h, w], 16 y and 16 x forward, then backward, and
    ``displacements_known`` [b, 32, h, w]. ``near_people`` [b, 1, h, w]: in the box of an annotated person, or near it.
    """

    heatmaps: Tensor
    heatmaps_known: Tensor
    offsets: Tensor
    offsets_known: Tensor
    displacements: Tensor
    displacements_known: Tensor
    near_people: Tensor


def make_targets(
    keypoints: Tensor, states: Tensor, cells: tuple[int, int], stride: int, unlabelled: Tensor | None = None
) -> Targets:
    """Return the targets for the people in b images.

    Heat is not known around a hidden keypoint, whose place can only be guessed; in the channel of an unknown
    keypoint, around its person; and where people without keypoints may be.

    :param keypoints: [b, p, 17, 2] x, y in input pixels
    :param states: [b, p, 17] as in :mod:`training.photo`; OUTSIDE also for places without a person
    :param cells: (h, w) of the heads
    :param stride: input pixels from cell to cell
    :param unlabelled: [b, h, w] bool, cells where people without keypoints may be
    """
    height, width = cells
    rows = torch.arange(height, device=keypoints.device) * float(stride)
    columns = torch.arange(width, device=keypoints.device) * float(stride)
    y, x = (axis.reshape(-1) for axis in torch.meshgrid(rows, columns, indexing="ij"))
    dx, dy = keypoints[..., 0:1] - x, keypoints[..., 1:2] - y  # [b, p, 17, cells]
    squared = dx.square() + dy.square()
    inside = ((states == VISIBLE) | (states == HIDDEN))[..., None]
    within = squared <= DISK_RADIUS**2
    heatmaps = ((states == VISIBLE)[..., None] & within).any(dim=1)
    near = _near_people(keypoints, states, x, y)[:, :, None]  # [b, p, 1, cells]
    unsure = (((states == HIDDEN)[..., None] & within) | (near & (states == UNKNOWN)[..., None])).any(dim=1)
    if unlabelled is not None:
        unsure = unsure | unlabelled.flatten(1)[:, None]

    nearest = torch.where(inside, squared, torch.inf).argmin(dim=1, keepdim=True)  # [b, 1, 17, cells]
    known = (inside & within).any(dim=1)
    offsets = torch.cat((dy.gather(1, nearest)[:, 0], dx.gather(1, nearest)[:, 0]), dim=1)

    displacements, displacements_known = [], []
    parents, children = indices(PARENTS, keypoints.device), indices(CHILDREN, keypoints.device)
    for sources, ends in ((parents, children), (children, parents)):
        person = nearest[:, :, sources]
        displacements += [dy[:, :, ends].gather(1, person)[:, 0], dx[:, :, ends].gather(1, person)[:, 0]]
        end_inside = inside[:, :, ends].expand(-1, -1, -1, len(y)).gather(1, person)[:, 0]
        displacements_known.append(known[:, sources] & end_inside)

    def grid(tensor: Tensor) -> Tensor:
        return tensor.reshape(*tensor.shape[:2], height, width)

    assert offsets.shape[1] == 2 * NUM_KEYPOINTS
    return Targets(
        grid(heatmaps.float()),
        grid(heatmaps | ~unsure),
        grid(offsets),
        grid(known),
        grid(torch.cat(displacements, dim=1)),
        grid(torch.cat(displacements_known, dim=1)),
        grid(near.any(dim=1)),
    )


def _near_people(keypoints: Tensor, states: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Return [b, p, cells]: the cell is in a person's box or in the margin around it."""
    known = ((states == VISIBLE) | (states == HIDDEN))[..., None]
    low = torch.where(known, keypoints, torch.inf).amin(dim=2)[..., None]  # [b, p, 2, 1]
    high = torch.where(known, keypoints, -torch.inf).amax(dim=2)[..., None]
    margin = _MARGIN * (high - low).amax(dim=2) + DISK_RADIUS
    near = (x >= low[:, :, 0] - margin) & (x <= high[:, :, 0] + margin)
    return near & (y >= low[:, :, 1] - margin) & (y <= high[:, :, 1] + margin)
