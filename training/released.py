# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A network that goes on from a model file, whose weights have their batch norm folded into them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from training.network import HEAD_CHANNELS, PAIRS, STRIDE, PoseNet
from training.teacher import fill_folded, read_teacher

if TYPE_CHECKING:
    from ai_edge_litert.interpreter import Interpreter

    from posenet_ros.network.graph import Graph


def read_released(path: Path, images: Tensor) -> PoseNet:
    """Return a network that computes what a model file does, ours or Google's, ready to be trained further.

    The heat maps keep the scaling that calibrated them: training moves them back.

    :param images: [b, 3, h, w] RGB from -1 to 1 as in training, on which the batch norm is measured anew
    :raises ModelError: if the file is no model
    :raises ValueError: if it is another network than this PoseNet at some width
    """
    network, weights = _read_weights(path)
    network.requires_grad_(False)
    blocks = [network.stem, *network.trunk]
    features = images
    for block, (kernel, bias) in zip(blocks, weights, strict=False):
        features = unfold(block, kernel, bias, features)
    heads = [network.heads[name] for name in HEAD_CHANNELS]
    for name, head, (kernel, bias) in zip(HEAD_CHANNELS, heads, weights[len(blocks) :], strict=True):
        unit = 1.0 if name == "heatmap" else STRIDE
        head.weight.copy_(kernel / unit)
        head.bias.copy_(bias / unit)
    return network.requires_grad_(True)


def read_as_teacher(path: Path) -> PoseNet:
    """Return the network of a model file, Google's or ours, or of a teacher's weights (.pt), for inference only.

    :raises ModelError: if the file is no model
    :raises ValueError: if it is another network than this PoseNet at some width, or holds no teacher's weights
    """
    if path.suffix == ".pt":
        return read_teacher(path)
    return fill_folded(*_read_weights(path))


def _read_weights(path: Path) -> tuple[PoseNet, list[tuple[Tensor, Tensor]]]:
    """Return a new network of the file's widths, and kernels and biases of its trunk and then of our heads."""
    # Machines that only train have no runtime for model files.
    from ai_edge_litert.interpreter import Interpreter  # noqa: PLC0415

    from posenet_ros.network.graph import read_graph  # noqa: PLC0415

    content = path.read_bytes()
    graph = read_graph(content)
    interpreter = Interpreter(model_content=content)
    interpreter.allocate_tensors()
    found = list(_convolutions(graph, interpreter))
    heads = dict(found[-len(HEAD_CHANNELS) :])
    ordered = [next((w for given, w in heads.items() if name in given), None) for name in HEAD_CHANNELS]
    weights = [given for _, given in found[: -len(HEAD_CHANNELS)]] + [given for given in ordered if given is not None]
    shapes = [tuple(kernel.shape) for kernel, _ in weights]
    width = shapes[0][0] / PoseNet(1.0).stem[0].weight.shape[0]
    network = PoseNet(width, round(shapes[min(2 * PAIRS, len(shapes) - 1)][0] / width))
    layers = [block[0] for block in (network.stem, *network.trunk)] + [network.heads[name] for name in HEAD_CHANNELS]
    if shapes != [tuple(layer.weight.shape) for layer in layers]:
        raise ValueError(f"{path} is no PoseNet of width {width:g}: its convolutions have the shapes {shapes}")
    return network, weights


def _convolutions(graph: Graph, interpreter: Interpreter) -> Iterator[tuple[str, tuple[Tensor, Tensor]]]:
    """Yield output name, weights [out, in, k, k] and bias [out] of the convolutions in their order."""
    for operator in graph.operators:
        if operator.name not in ("CONV_2D", "DEPTHWISE_CONV_2D"):
            continue
        kernel, bias = (_constant(graph, interpreter, index) for index in operator.inputs[1:3])
        axes = (0, 3, 1, 2) if operator.name == "CONV_2D" else (3, 0, 1, 2)
        tensors = torch.from_numpy(np.ascontiguousarray(kernel.transpose(axes))), torch.from_numpy(bias)
        yield graph.tensors[operator.outputs[0]].name, tensors


def _constant(graph: Graph, interpreter: Interpreter, index: int) -> np.ndarray:
    unpacked = graph.producer(index)
    stored = unpacked.inputs[0] if unpacked is not None else index
    return np.array(interpreter.get_tensor(stored), np.float32)


def unfold(block: nn.Sequential, kernel: Tensor, bias: Tensor, features: Tensor) -> Tensor:
    """Fill a block such that it gives what the folded weights do, and return what it gives.

    Weights before a batch norm learn as slowly as they are long: each channel gets the length that a new
    network's has, and the batch norm undoes it.
    """
    convolution, norm = block[0], block[1]
    long = convolution.weight.flatten(1).norm(dim=1).mean()
    factor = long / kernel.flatten(1).norm(dim=1).clamp(min=1e-6)
    convolution.weight.copy_(kernel * factor[:, None, None, None])
    values = convolution(features)
    variance, mean = torch.var_mean(values, dim=(0, 2, 3), unbiased=False)
    norm.running_mean.copy_(mean)
    norm.running_var.copy_(variance)
    norm.weight.copy_((variance + norm.eps).sqrt() / factor)
    norm.bias.copy_(bias + mean / factor)
    return block.eval()(features)
