# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Which inputs of a linear layer can be left out, and the weights for those that stay, both by least squares.

As in He, Zhang and Sun, Channel pruning for accelerating very deep neural networks, ICCV 2017; the inputs are left out
one by one, each time the one that costs least when all other weights make up for it (Hassibi and Stork, Second order
derivatives for network pruning: Optimal brain surgeon, 1992).
"""

from __future__ import annotations

import torch
from torch import Tensor

# Of each input's own square: keeps inputs that are nearly the same from getting large weights against each other.
_RIDGE = 1e-4


class LeastSquares:
    """Sums over samples of n inputs and m outputs; a constant input is added."""

    def __init__(self, inputs: int, outputs: int) -> None:
        self._squares = torch.zeros((inputs + 1, inputs + 1), dtype=torch.float64)
        self._products = torch.zeros((inputs + 1, outputs), dtype=torch.float64)

    def add(self, inputs: Tensor, outputs: Tensor, weights: Tensor) -> None:
        """Take in samples: inputs [s, n], outputs [s, m] and how much each sample counts [s]."""
        columns = torch.cat((inputs, inputs.new_ones(len(inputs), 1)), dim=1).double()
        weighted = columns * weights[:, None]
        self._squares += weighted.T @ columns
        self._products += weighted.T @ outputs.double()

    def choose(self, count: int, scale: Tensor) -> Tensor:
        """Return the indices, in order, of so many inputs that give the outputs best.

        :param scale: [m] how much an error of each output counts
        """
        inverse = torch.linalg.inv(self._regular(torch.arange(len(self._squares))))
        weights = inverse @ (self._products * scale.double())
        stays = torch.ones(len(weights) - 1, dtype=torch.bool)
        for _ in range(len(stays) - count):
            cost = weights[:-1].square().sum(dim=1) / inverse.diagonal()[:-1]
            gone = int(torch.where(stays, cost, torch.inf).argmin())
            stays[gone] = False
            column = inverse[:, gone] / inverse[gone, gone]
            weights = weights - column[:, None] * weights[gone]
            inverse = inverse - column[:, None] * inverse[gone]
            # What is gone has no part in what follows; the diagonal is divided by.
            inverse[gone, gone] = 1.0
        return stays.nonzero()[:, 0]

    def fit(self, chosen: Tensor) -> tuple[Tensor, Tensor]:
        """Return weights [m, chosen] and bias [m] with which the chosen inputs give the outputs."""
        rows = torch.cat((chosen, torch.tensor([len(self._squares) - 1])))
        solved = torch.linalg.solve(self._regular(rows), self._products[rows])
        return solved[:-1].T, solved[-1]

    def _regular(self, rows: Tensor) -> Tensor:
        squares = self._squares[rows][:, rows]
        diagonal = squares.diagonal()
        # Inputs that are always 0 get the weight 0.
        return squares + torch.diag(_RIDGE * diagonal + 1e-9 * diagonal.max())
