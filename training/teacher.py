# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A finished PoseNet that sees the same images as the student and says what it finds in them.

It teaches people whom nobody annotated. Beside its heads it teaches what is in its trunk, through one linear map for
each taught layer (Romero et al., FitNets: hints for thin deep nets, ICLR 2015). No weight of it enters the student.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.checkpoint import read_state
from training.network import HEAD_CHANNELS, STRIDE, PoseNet, network_for
from training.targets import Targets

TAUGHT_PAIRS = (5, 11, 13)
"""Pairs of depthwise and pointwise layers whose results are taught, from 1."""

_FEATURE_WEIGHTS = (0.25, 0.5, 1.0)
# How much a teacher counts near annotated people: for keypoints that are annotated, and for the others.
_BESIDE_LABELS, _BESIDE_PEOPLE = 0.1, 0.5


class Hints(nn.Module):
    """The linear maps from a student's features to a teacher's; they are thrown away in the end."""

    def __init__(self, student: PoseNet, teacher: PoseNet) -> None:
        super().__init__()
        self.maps = nn.ModuleList(
            nn.Conv2d(_channels(student, pair), _channels(teacher, pair), 1) for pair in TAUGHT_PAIRS
        )

    def forward(self, student: list[Tensor], teacher: list[Tensor]) -> Tensor:
        """Return how far the mapped features are from the teacher's: 1 for a student that knows their means only."""
        loss = torch.zeros((), device=student[0].device)
        for layer, weight, own, answer in zip(self.maps, _FEATURE_WEIGHTS, student, teacher, strict=True):
            wanted = answer.float()
            spread = wanted.var(dim=(0, 2, 3), keepdim=True).mean().clamp(min=1e-6)
            loss = loss + weight * functional.mse_loss(layer(own).float(), wanted) / spread
        return loss / sum(_FEATURE_WEIGHTS)


def share_beside_labels(targets: Targets) -> Tensor:
    """Return how much a teacher counts in each cell [b, 17, h, w]: hardly near people, where labels are better."""
    share = torch.where(targets.heatmaps_known, _BESIDE_LABELS, _BESIDE_PEOPLE)
    return torch.where(targets.near_people, share, 1.0)


def read_teacher(path: Path) -> PoseNet:
    """Return the network that :func:`write_teacher` wrote.

    :raises FileNotFoundError: if there is no such file
    :raises ValueError: if it is another file
    """
    saved = read_state(path, "teacher")
    network = network_for(saved)
    network.load_state_dict({name: value.float() for name, value in saved.items()})
    return network.eval().requires_grad_(False)


def write_teacher(path: Path, network: PoseNet) -> None:
    """Write a network as a teacher, in half precision."""
    state = {name: value.half() if value.is_floating_point() else value for name, value in network.state_dict().items()}
    torch.save({"teacher": state}, path)


def fill_folded(network: PoseNet, weights: list[tuple[Tensor, Tensor]]) -> PoseNet:
    """Return the network, for inference only, with weights and biases that have batch norm folded into them.

    :param weights: of the trunk's layers in their order, then of the heads; heads are in pixels
    """
    network = network.eval().requires_grad_(False)
    blocks = [network.stem, *network.trunk]
    for block, (kernel, bias) in zip(blocks, weights, strict=False):
        convolution, norm = block[0], block[1]
        convolution.weight.copy_(kernel)
        norm.running_mean.zero_()
        norm.running_var.fill_(1.0 - norm.eps)
        norm.weight.fill_(1.0)
        norm.bias.copy_(bias)
    for name, (kernel, bias) in zip(HEAD_CHANNELS, weights[len(blocks) :], strict=True):
        unit = 1.0 if name == "heatmap" else STRIDE
        network.heads[name].weight.copy_(kernel / unit)
        network.heads[name].bias.copy_(bias / unit)
    return network


def _channels(network: PoseNet, pair: int) -> int:
    convolution = network.trunk[2 * pair - 1][0]
    assert isinstance(convolution, nn.Conv2d)
    return convolution.out_channels
