# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Training that can stop at any time: its state on disk, and the smoothed weights that are exported."""

from __future__ import annotations

import copy
import pickle
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn

from training.network import PoseNet, network_for

_STATES = {
    "averaged": "trained network: give a checkpoint.pt, weights.pt or narrow.pt",
    "teacher": "teacher: give a model file (.tflite), or a teacher.pt of training.gpu_folder",
}


class AveragedWeights:
    """The running mean of a network's weights over about the last ``1 / (1 - decay)`` steps.

    The mean of the steps around a minimum is nearer to it than any of them (Polyak and Juditsky, 1992).
    """

    def __init__(self, network: PoseNet, decay: float = 0.998) -> None:
        self.network = copy.deepcopy(network).eval().requires_grad_(False)
        self._decay = decay

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        """Take a step into the mean; early ones count less, so that the random start is forgotten."""
        share = 1.0 - min(self._decay, (1.0 + step) / (10.0 + step))
        pairs = list(zip(self.network.state_dict().values(), network.state_dict().values(), strict=True))
        numbers = [(mean, now) for mean, now in pairs if mean.dtype.is_floating_point]
        torch._foreach_lerp_([mean for mean, _ in numbers], [now for _, now in numbers], share)
        for mean, now in pairs:
            if not mean.dtype.is_floating_point:
                mean.copy_(now)


@dataclass(frozen=True)
class Checkpoint:
    """``network``, ``averaged`` and ``optimizer`` states; ``step`` so far.

    ``elapsed``: seconds of training so far; ``hints``: state of :class:`training.teacher.Hints`, if there is a teacher.
    """

    network: dict[str, Any]
    averaged: dict[str, Any]
    optimizer: dict[str, Any]
    step: int
    elapsed: float = 0.0
    hints: dict[str, Any] = field(default_factory=dict)

    def write(self, path: Path) -> None:
        """Write the file, which is whole at any time."""
        _write(path, vars(self))

    @classmethod
    def read(cls, path: Path) -> Checkpoint:
        """Return what the file holds.

        :raises FileNotFoundError: if there is no such file
        """
        saved = torch.load(path, map_location="cpu", weights_only=True)
        # Earlier checkpoints name the width, which the shapes say too.
        saved.pop("width", None)
        return cls(**saved)

    def write_weights(self, path: Path) -> None:
        """Write the smoothed weights alone, a quarter of the checkpoint, which is all that the export needs."""
        _write(path, {"averaged": self.averaged})


def write_network(path: Path, network: PoseNet) -> None:
    """Write a network's weights as :func:`read_network` reads them; the file is whole at any time."""
    _write(path, {"averaged": network.state_dict()})


def read_network(path: Path) -> PoseNet:
    """Return the network with the smoothed weights of a checkpoint, or of a file of weights, for inference.

    :raises FileNotFoundError: if there is no such file
    :raises ValueError: if it is another file
    """
    state = read_state(path, "averaged")
    network = network_for(state).eval().requires_grad_(False)
    network.load_state_dict(state)
    return network


def read_state(path: Path, name: str) -> dict[str, Tensor]:
    """Return the state of a network that a file has under a name.

    :raises FileNotFoundError: if there is no such file
    :raises ValueError: if it holds nothing of that name
    """
    try:
        return cast(dict[str, Tensor], torch.load(path, map_location="cpu", weights_only=True)[name])
    except (KeyError, TypeError, RuntimeError, pickle.UnpicklingError) as error:
        raise ValueError(f"{path} holds no {_STATES[name]} ({' '.join(str(error).split())[:100]})") from error


def _write(path: Path, content: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".part")
    torch.save(content, partial)
    partial.replace(path)
