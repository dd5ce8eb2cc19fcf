# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""AdamW and its learning rate: a short rise, then a cosine's fall."""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
from torch import Tensor, nn

_WEIGHT_DECAY = 2e-4
_WARM_UP_STEPS, _LAST_RATE = 200, 0.01
_LONGEST_GRADIENT = 10.0


class Optimizer:
    """Takes steps along the gradients of weights, on the device where they are.

    :param rate: highest learning rate
    """

    def __init__(self, weights: Iterable[nn.Parameter], rate: float) -> None:
        self._weights, self._rate = list(weights), rate
        decayed = [weight for weight in self._weights if weight.ndim > 1]
        others = [weight for weight in self._weights if weight.ndim == 1]
        self.adam = torch.optim.AdamW(
            [{"params": decayed, "weight_decay": _WEIGHT_DECAY}, {"params": others, "weight_decay": 0.0}],
            fused=self._weights[0].is_cuda,
        )

    def step(self, loss: Tensor, progress: float, number: int, slow: float = 1.0) -> None:
        """Take a step.

        :param progress: share of the training that is done
        :param number: of the step, from 0
        :param slow: factor of the learning rate
        """
        fall = _LAST_RATE + (1.0 - _LAST_RATE) * 0.5 * (1.0 + math.cos(math.pi * min(progress, 1.0)))
        for group in self.adam.param_groups:
            group["lr"] = slow * self._rate * fall * min(1.0, (number + 1) / _WARM_UP_STEPS)
        self.adam.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self._weights, _LONGEST_GRADIENT)
        self.adam.step()
