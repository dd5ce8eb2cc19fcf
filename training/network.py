# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""PoseNet: a MobileNetV1 trunk (Howard et al., 2017) and four heads of 1x1 convolutions, native to stride 16.

The last stride of the trunk is left out and nothing is dilated, as in PoseNet for TensorFlow.js at stride 16,
so that the file can be rewritten to 8, 16 and 32 like Google's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import torch
from torch import Tensor, nn

from posenet_ros.network.restride import plan_trunk
from posenet_ros.skeleton import NUM_EDGES, NUM_KEYPOINTS
from training.block import Block

STRIDE = 16
HEAD_CHANNELS = {
    "heatmap": NUM_KEYPOINTS,
    "offset": 2 * NUM_KEYPOINTS,
    "displacement_fwd": 2 * NUM_EDGES,
    "displacement_bwd": 2 * NUM_EDGES,
}
"""Channels of the heads, in the order of the starter model's outputs."""

_STEM = 32
LAST = 512
_WIDTHS = (64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512)
PAIRS = len(_WIDTHS) + 2
"""Pairs of a depthwise and a pointwise convolution."""

# Far from 0.5, since most cells hold no keypoint: training would begin by learning just that.
_HEATMAP_BIAS = -3.0


class PoseNet(nn.Module):
    """The network: [b, 3, k * 16 + 1, l * 16 + 1] RGB from -1 to 1 to the heads, [b, c, k + 1, l + 1] each.

    Offsets and displacements come out in input pixels divided by ``STRIDE``, numbers of a size that is easily
    learnt; the export multiplies.

    :param width: multiplier of the channels of the trunk
    :param last: channels of the last two pairs at width 1; Google's files have 512, MobileNetV1 has 1024
    """

    def __init__(self, width: float = 0.5, last: int = LAST) -> None:
        super().__init__()
        self.width, self.last = width, last
        channels = round(_STEM * width)
        self.stem = Block(nn.Conv2d(3, channels, 3, 2, 1, bias=False), channels)
        layers: list[nn.Module] = []
        for out, step in zip((*_WIDTHS, last, last), plan_trunk(STRIDE, STRIDE), strict=True):
            wide = round(out * width)
            # With k * 16 + 1 pixels a padding of 1 is what TensorFlow calls SAME.
            depthwise = nn.Conv2d(
                channels, channels, 3, step.stride, step.dilation, step.dilation, groups=channels, bias=False
            )
            layers += [Block(depthwise, channels), Block(nn.Conv2d(channels, wide, 1, bias=False), wide)]
            channels = wide
        self.trunk = nn.Sequential(*layers)
        heads = {name: nn.Conv2d(channels, count, 1) for name, count in HEAD_CHANNELS.items()}
        bias = heads["heatmap"].bias
        assert bias is not None
        nn.init.constant_(bias, _HEATMAP_BIAS)
        self.heads = nn.ModuleDict(heads)

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        """Return {head: [b, channels, h, w]}."""
        return self.with_features(images, ())[0]

    def with_features(self, images: Tensor, pairs: tuple[int, ...]) -> tuple[dict[str, Tensor], list[Tensor]]:
        """Return the heads and what these pairs of depthwise and pointwise layers give, counted from 1."""
        features = self.stem(images)
        found = []
        for index, block in enumerate(self.trunk):
            features = block(features)
            if index % 2 and (index + 1) // 2 in pairs:
                found.append(features)
        return self._answers(features), found

    def finish(self, features: Tensor, pair: int) -> dict[str, Tensor]:
        """Return the heads for what a pair gave, counted from 1."""
        return self._answers(self.trunk[2 * pair :](features))

    def fold(self) -> PoseNet:
        """Run each block as one convolution from now on, its batch norm in it, and return the network."""
        for block in (self.stem, *self.trunk):
            cast(Block, block).folded = True
        return self

    def _answers(self, features: Tensor) -> dict[str, Tensor]:
        return {name: head(features) for name, head in self.heads.items()}


def network_for(state: Mapping[str, Tensor]) -> PoseNet:
    """Return a new network of the sizes that the state of one has; its weights are not taken over."""
    width = len(state["stem.0.weight"]) / _STEM
    return PoseNet(width, round(len(state[f"trunk.{2 * PAIRS - 1}.0.weight"]) / width))


def normalised(images: Tensor) -> Tensor:
    """Return [b, h, w, 3] uint8 RGB as the network takes it: [b, 3, h, w], -1 to 1, channels last in memory."""
    return images.permute(0, 3, 1, 2).float() / 127.5 - 1.0


def mixed_precision(device: torch.device) -> torch.autocast:
    """Return the context in which convolutions are calculated with bfloat16, where that is fast."""
    # Processors without instructions for it take ten times as long.
    usable = device.type == "cuda" or torch.ops.mkldnn._is_mkldnn_bf16_supported()
    return torch.autocast(device.type, torch.bfloat16, enabled=usable)


def cells_of(size: int) -> int:
    """Return how many cells the heads have along an image of k * 16 + 1 pixels.

    :raises ValueError: if the size is not of that form
    """
    if size % STRIDE != 1:
        raise ValueError(f"an image of {size} pixels does not fit stride {STRIDE}: choose k * {STRIDE} + 1")
    return size // STRIDE + 1
