# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What a camera adds to images, on the device that learns: exposure, colour cast, blur, noise and JPEG blocks."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

from training.constants import numbers

# One image in so many is packed as JPEG packs it.
_PACKED_EVERY = 4
_BLOCK = 8
_REACH = 3
# Quantisation of luminance as in Annex K of the JPEG standard (ITU-T T.81), table K.1.
# fmt: off
_QUANTISATION = (
    16, 11, 10, 16, 24, 40, 51, 61,
    12, 12, 14, 19, 26, 58, 60, 55,
    14, 13, 16, 24, 40, 57, 69, 56,
    14, 17, 22, 29, 51, 87, 80, 62,
    18, 22, 37, 56, 68, 109, 103, 77,
    24, 35, 55, 64, 81, 104, 113, 92,
    49, 64, 78, 87, 103, 121, 120, 101,
    72, 92, 95, 98, 112, 100, 103, 99,
)
# fmt: on
# JFIF, row by row.
_TO_YCC = (0.299, 0.587, 0.114, -0.168736, -0.331264, 0.5, 0.5, -0.418688, -0.081312)
_FROM_YCC = (1.0, 0.0, 1.402, 1.0, -0.344136, -0.714136, 1.0, 1.772, 0.0)


def develop(images: Tensor, generator: torch.Generator, strength: float = 0.75, compiled: bool = False) -> Tensor:
    """Return images [b, 3, h, w], 0 to 255, as one of many cameras would have taken them."""
    count, device = len(images), images.device

    def uniform(*shape: int) -> Tensor:
        return torch.rand((count, *shape), generator=generator, device=device)

    def normal(*shape: int) -> Tensor:
        return torch.randn((count, *shape), generator=generator, device=device)

    contrast, cast = torch.exp(0.15 * strength * normal(1)), torch.exp(0.06 * strength * normal(3))
    gamma = torch.exp(0.25 * strength * normal(1))
    brightness = 0.06 * strength * normal(1)
    grey = (uniform(1) < 0.08 * strength).float()
    # A little blur in many images, much along one axis, as when the camera moves, in a few.
    soft = torch.where(uniform(1) < 0.35 * strength, 0.3 + 0.9 * strength * uniform(1), 0.05)
    moved = torch.where(uniform(2) < 0.06 * strength, 0.8 + 1.5 * uniform(2), 0.0)
    sigma = (soft.square() + moved.square()).sqrt()
    noise = torch.where(uniform(1) < 0.4 * strength, strength * (1.0 + 11.0 * uniform(1)), 0.0)
    mono = (uniform(1) < 0.5).float()
    apply = _compiled_expose if compiled else _expose
    grains = torch.randn(images.shape, generator=generator, device=device)
    images = apply(images, grains, contrast, cast, gamma, brightness, grey, sigma, noise, mono)
    quality = 95.0 - 70.0 * strength * uniform(1)[::_PACKED_EVERY]
    images[::_PACKED_EVERY] = _packed(images[::_PACKED_EVERY], quality)
    return images


def _expose(
    images: Tensor,
    grains: Tensor,
    contrast: Tensor,
    cast: Tensor,
    gamma: Tensor,
    brightness: Tensor,
    grey: Tensor,
    sigma: Tensor,
    noise: Tensor,
    mono: Tensor,
) -> Tensor:
    values = (images / 255.0).clamp(1e-4, 1.0) ** gamma[..., None, None]
    values = (values - 0.5) * contrast[..., None, None] + 0.5 + brightness[..., None, None]
    values = values * cast[..., None, None]
    luminance = values[:, 0:1] * 0.299 + values[:, 1:2] * 0.587 + values[:, 2:3] * 0.114
    values = torch.lerp(values, luminance.expand_as(values), grey[..., None, None])
    for axis, spread in ((2, sigma[:, 0]), (3, sigma[:, 1])):
        offsets = torch.arange(-_REACH, _REACH + 1, device=values.device)
        shares = torch.exp(-0.5 * (offsets / spread[:, None]).square())
        shares = shares / shares.sum(dim=1, keepdim=True)
        padding = (0, 0, _REACH, _REACH) if axis == 2 else (_REACH, _REACH, 0, 0)
        padded = functional.pad(values, padding, mode="replicate")
        length = values.shape[axis]
        blurred = torch.zeros_like(values)
        for number in range(2 * _REACH + 1):
            blurred = blurred + padded.narrow(axis, number, length) * shares[:, number, None, None, None]
        values = blurred
    grains = torch.lerp(grains, grains[:, :1].expand_as(grains), mono[..., None, None])
    return (values * 255.0 + grains * noise[..., None, None]).clamp(0.0, 255.0)


_compiled_expose = torch.compile(_expose, dynamic=False)


def _packed(images: Tensor, quality: Tensor) -> Tensor:
    """Return the images as JPEG of a quality [b, 1], 1 to 100, would bring them back, colours at full resolution."""
    count, channels, height, width = images.shape
    device = images.device
    to_ycc, from_ycc = numbers(_TO_YCC, device).reshape(3, 3), numbers(_FROM_YCC, device).reshape(3, 3)
    table = numbers(_QUANTISATION, device).reshape(_BLOCK, _BLOCK)
    factor = torch.where(quality < 50.0, 50.0 / quality, 2.0 - quality / 50.0)
    steps = (table * factor[:, :, None]).clamp(min=1.0)[:, None, None, None]
    place = torch.arange(_BLOCK, device=device)
    cosines = torch.cos((2.0 * place[None] + 1.0) * place[:, None] * math.pi / (2.0 * _BLOCK)) * math.sqrt(2.0 / _BLOCK)
    cosines[0] /= math.sqrt(2.0)
    ycc = torch.einsum("ij,bjhw->bihw", to_ycc, images - 128.0)
    padded = functional.pad(ycc, (0, -width % _BLOCK, 0, -height % _BLOCK), mode="replicate")
    rows, columns = padded.shape[2] // _BLOCK, padded.shape[3] // _BLOCK
    blocks = padded.reshape(count, channels, rows, _BLOCK, columns, _BLOCK).transpose(3, 4)
    frequencies = cosines @ blocks @ cosines.T
    blocks = cosines.T @ (torch.round(frequencies / steps) * steps) @ cosines
    restored = blocks.transpose(3, 4).reshape(padded.shape)[..., :height, :width]
    return (torch.einsum("ij,bjhw->bihw", from_ycc, restored) + 128.0).clamp(0.0, 255.0)
