# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Constant tensors that are copied to a device once: each copy would wait for all that the device has to do."""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor


@cache
def indices(values: tuple[int, ...], device: torch.device) -> Tensor:
    """Return integers on a device."""
    return torch.tensor(values, dtype=torch.int64, device=device)


@cache
def numbers(values: tuple[float, ...], device: torch.device) -> Tensor:
    """Return floats on a device."""
    return torch.tensor(values, dtype=torch.float32, device=device)
