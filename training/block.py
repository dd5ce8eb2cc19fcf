# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A convolution, batch norm and ReLU6, which can run as one convolution with the batch norm folded into it.

Folded, the statistics are those of the training before and stay. All weights can go on learning, those of the batch
norm too, and a CPU reads and writes each feature once instead of three times.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional


class Block(nn.Sequential):
    """A new block; ``folded``: it runs as one convolution, whether it learns or not."""

    def __init__(self, convolution: nn.Conv2d, channels: int) -> None:
        nn.init.kaiming_normal_(convolution.weight, mode="fan_out" if convolution.groups == 1 else "fan_in")
        super().__init__(convolution, nn.BatchNorm2d(channels), nn.ReLU6(inplace=True))
        self.folded = False

    def forward(self, features: Tensor) -> Tensor:
        """Return the next features; folded, the same as in evaluation mode."""
        if not self.folded:
            return cast(Tensor, super().forward(features))  # type: ignore[no-untyped-call]
        kernel, bias = fold(self)
        given = cast(nn.Conv2d, self[0])
        features = functional.conv2d(features, kernel, bias, given.stride, given.padding, given.dilation, given.groups)
        return functional.relu6(features, inplace=True)


def fold(block: nn.Module, dtype: torch.dtype = torch.float32) -> tuple[Tensor, Tensor]:
    """Return kernel [out, in, k, k] and bias [out] of a block's convolution with its batch norm in them."""
    convolution, norm, _ = block.children()
    assert isinstance(convolution, nn.Conv2d)
    assert isinstance(norm, nn.BatchNorm2d)
    mean, variance = (cast(Tensor, part).to(dtype) for part in (norm.running_mean, norm.running_var))
    factor = norm.weight.to(dtype) / torch.sqrt(variance + norm.eps)
    return convolution.weight.to(dtype) * factor[:, None, None, None], norm.bias.to(dtype) - mean * factor
