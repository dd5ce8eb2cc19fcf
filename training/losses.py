# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How far the heads are from their targets."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from training.network import STRIDE
from training.targets import DISK_RADIUS, Targets

# So that the three parts pull about equally once the heat maps have taken shape.
_HEATMAP_WEIGHT, _OFFSET_WEIGHT, _DISPLACEMENT_WEIGHT = 6.0, 3.0, 2.0
# Few cells hold a key point: that they count more speeds up the start. The calibration undoes the bias.
_POSITIVE_WEIGHT = 3.0
_TYPICAL_DISPLACEMENT = 40.0


def loss_parts(heads: dict[str, Tensor], targets: Targets) -> dict[str, Tensor]:
    """Return the weighted parts of the loss, scalars, to be added up.

    :param heads: what :class:`training.network.PoseNet` returns
    """
    heat = functional.binary_cross_entropy_with_logits(
        heads["heatmap"], targets.heatmaps, pos_weight=heads["heatmap"].new_tensor(_POSITIVE_WEIGHT)
    )
    offset = _distance(heads["offset"], targets.offsets, targets.offsets_known) / DISK_RADIUS
    half = targets.displacements.shape[1] // 2
    edges = half // 2
    displacement = heat.new_zeros(())
    for number, name in enumerate(("displacement_fwd", "displacement_bwd")):
        wanted = targets.displacements[:, number * half : (number + 1) * half]
        known = targets.displacements_known[:, number * edges : (number + 1) * edges]
        displacement = displacement + 0.5 * _distance(heads[name], wanted, known) / _TYPICAL_DISPLACEMENT
    return {
        "heatmap": _HEATMAP_WEIGHT * heat,
        "offset": _OFFSET_WEIGHT * offset,
        "displacement": _DISPLACEMENT_WEIGHT * displacement,
    }


def _distance(found: Tensor, wanted: Tensor, known: Tensor) -> Tensor:
    """Return the mean distance in pixels along y and x, where known, and less steep below a pixel."""
    y, x = (found * STRIDE - wanted).chunk(2, dim=1)
    error = functional.huber_loss(y, y.new_zeros(()).expand_as(y), reduction="none")
    error = error + functional.huber_loss(x, x.new_zeros(()).expand_as(x), reduction="none")
    return (error * known).sum() / (2.0 * known.sum().clamp(min=1.0))
