# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How far the heads are from their targets."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from training.constants import indices
from training.network import STRIDE
from training.targets import CHILDREN, DISK_RADIUS, PARENTS, Targets

# So that the three parts pull about equally once the heat maps have taken shape.
_HEATMAP_WEIGHT, _OFFSET_WEIGHT, _DISPLACEMENT_WEIGHT = 6.0, 3.0, 2.0
# Few cells hold a keypoint: that they count more speeds up the start. The calibration undoes the bias.
_POSITIVE_WEIGHT = 3.0
_TYPICAL_DISPLACEMENT = 40.0
# Keypoints that count, each at its hottest cell.
_HOTTEST, _HOTTEST_WEIGHT = 4, 0.4
# Below this score a teacher guesses where the keypoint is.
_LEAST_TRUSTED = 0.05


def loss_parts(heads: dict[str, Tensor], targets: Targets) -> dict[str, Tensor]:
    """Return the weighted parts of the loss, scalars, to be added up.

    :param heads: what :class:`training.network.PoseNet` returns
    """
    heat = (heat_error(heads["heatmap"], targets.heatmaps) * targets.heatmaps_known).mean()
    offset = _distance(heads["offset"], targets.offsets, targets.offsets_known) / DISK_RADIUS
    half = targets.displacements.shape[1] // 2
    edges = half // 2
    displacement = heat.new_zeros(())
    for number, name in enumerate(("displacement_fwd", "displacement_bwd")):
        wanted = targets.displacements[:, number * half : (number + 1) * half]
        known = targets.displacements_known[:, number * edges : (number + 1) * edges]
        displacement = displacement + 0.5 * _distance(heads[name], wanted, known) / _TYPICAL_DISPLACEMENT
    return _weighted(heat, offset, displacement)


def teacher_parts(heads: dict[str, Tensor], teacher: dict[str, Tensor], share: Tensor) -> dict[str, Tensor]:
    """Return the weighted parts of a student's loss beside a teacher's answers for the same images.

    Heat is taught everywhere; offsets and displacements as far as the teacher sees a keypoint
    (Hinton et al., Distilling the knowledge in a neural network, 2015, for dense heads).

    :param heads: the student's heads, and ``teacher``'s, both as :class:`training.network.PoseNet` returns them
    :param share: [b, 17 or 1, h, w] how much the teacher counts in a cell, 0 to 1
    """
    seen = teacher["heatmap"].sigmoid()
    heat = (heat_error(heads["heatmap"], seen) - heat_error(teacher["heatmap"], seen)) * share
    trusted = seen * (seen > _LEAST_TRUSTED)
    offset = _distance(heads["offset"], teacher["offset"] * STRIDE, trusted * share) / DISK_RADIUS
    displacement = offset.new_zeros(())
    for name, sources in (("displacement_fwd", PARENTS), ("displacement_bwd", CHILDREN)):
        wanted = teacher[name] * STRIDE
        known = (trusted * share)[:, indices(sources, trusted.device)]
        displacement = displacement + 0.5 * _distance(heads[name], wanted, known) / _TYPICAL_DISPLACEMENT
    return _weighted(heat.mean(), offset, displacement)


def hottest_part(heatmaps: Tensor, empty: Tensor) -> Tensor:
    """Return the weighted part of the loss for the hottest keypoints of images that show nobody.

    A few hot cells make a ghost, and their share of the mean over all cells is small.

    :param heatmaps: [b, 17, h, w] logits
    :param empty: [b] bool, whether an image is known to show nobody
    """
    hottest = heatmaps.amax(dim=(2, 3)).topk(_HOTTEST, dim=1).values
    return _HOTTEST_WEIGHT * (functional.softplus(hottest).mean(dim=1) * empty).sum() / len(empty)


def _weighted(heat: Tensor, offset: Tensor, displacement: Tensor) -> dict[str, Tensor]:
    return {
        "heatmap": _HEATMAP_WEIGHT * heat,
        "offset": _OFFSET_WEIGHT * offset,
        "displacement": _DISPLACEMENT_WEIGHT * displacement,
    }


def heat_error(logits: Tensor, wanted: Tensor) -> Tensor:
    """Return the cross entropy of each cell, those with heat counted more."""
    weight = logits.new_full((), _POSITIVE_WEIGHT)
    return functional.binary_cross_entropy_with_logits(logits, wanted, pos_weight=weight, reduction="none")


def _distance(found: Tensor, wanted: Tensor, known: Tensor) -> Tensor:
    """Return the mean distance in pixels along y and x, weighted by ``known``, and less steep below a pixel."""
    y, x = (found * STRIDE - wanted).chunk(2, dim=1)
    error = functional.huber_loss(y, y.new_zeros(()).expand_as(y), reduction="none")
    error = error + functional.huber_loss(x, x.new_zeros(()).expand_as(x), reduction="none")
    return (error * known).sum() / (2.0 * known.sum().clamp(min=1.0))
