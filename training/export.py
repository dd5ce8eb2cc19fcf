# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Turns a checkpoint into a model file in the layout of the starter model, its scores calibrated.

Batch norm is folded into the convolutions, the units of offsets and displacements become pixels, and the
heat maps' logits are scaled and shifted as :mod:`training.calibrate` says.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from posenet_ros.store.catalogue import bundled_path
from training.block import fold
from training.calibrate import Scaling, measure_scaling
from training.checkpoint import read_network
from training.network import HEAD_CHANNELS, STRIDE, PoseNet
from training.settings import photo_source, read_source
from training.tflite_file import TfliteFile

INPUT_SIZE = 257
_LARGEST_FILE = 4_000_000
_DESCRIPTION = "PoseNet of posenet_ros, trained on photos and renders. Apache-2.0."

Weights = tuple[NDArray[np.float64], NDArray[np.float64]]


def to_tflite(network: PoseNet, scaling: Scaling | None = None, size: int = INPUT_SIZE) -> bytes:
    """Return the ``.tflite`` file of a network, for images of size by size pixels.

    :param scaling: of the heat maps' logits; none leaves them as they were learnt
    """
    file = TfliteFile(_DESCRIPTION)
    tensor = file.add_input("sub_2", (1, size, size, 3))
    tensor = _add_block(file, "MobilenetV1/Conv2d_0/Relu6", tensor, network.stem)
    for index, block in enumerate(network.trunk):
        kind = "pointwise" if index % 2 else "depthwise"
        tensor = _add_block(file, f"MobilenetV1/Conv2d_{index // 2 + 1}_{kind}/Relu6", tensor, block)
    for name in HEAD_CHANNELS:
        weights, bias = _head(network, name, scaling or Scaling())
        file.mark_output(file.add_convolution(f"MobilenetV1/{name}_2/BiasAdd", tensor, weights, bias, relu6=False))
    return file.to_bytes()


def _add_block(file: TfliteFile, name: str, tensor: int, block: nn.Module) -> int:
    convolution = next(block.children())
    assert isinstance(convolution, nn.Conv2d)
    # As exactly as can be: the file is the same on all machines.
    weights, bias = (_numbers(part) for part in fold(block, torch.float64))
    depthwise = convolution.groups > 1
    return file.add_convolution(name, tensor, weights, bias, stride=convolution.stride[0], depthwise=depthwise)


def _head(network: PoseNet, name: str, scaling: Scaling) -> Weights:
    head = network.heads[name]
    assert isinstance(head, nn.Conv2d)
    weights, bias = _numbers(head.weight), _numbers(head.bias)
    if name == "heatmap":
        return weights * scaling.slope, bias * scaling.slope + scaling.shift
    return weights * STRIDE, bias * STRIDE


def _numbers(tensor: object) -> NDArray[np.float64]:
    assert hasattr(tensor, "detach")
    return tensor.detach().cpu().numpy().astype(np.float64)  # type: ignore[no-any-return]


def main() -> None:
    """Write the model file of a checkpoint."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--checkpoint", type=Path, default=Path("training_output/checkpoint.pt"))
    parser.add_argument(
        "--cache", type=Path, default=Path("training_output/cache"), help="its validation split calibrates"
    )
    parser.add_argument("--output", type=Path, default=bundled_path())
    parser.add_argument(
        "--calibration-images", type=int, default=500, help="of each kind; 0 leaves the scores as they were learnt"
    )
    parser.add_argument(
        "--photos", nargs="*", type=photo_source, default=(), metavar="SOURCE", help="what is held out calibrates, too"
    )
    options = parser.parse_args()
    network = read_network(options.checkpoint)
    scaling = Scaling()
    if options.calibration_images:
        photos = [photo for source in options.photos for photo in read_source(source)]
        scaling = measure_scaling(to_tflite(network), options.cache, options.calibration_images, photos)
        print(f"logits are scaled by {scaling.slope:.3f} and shifted by {scaling.shift:+.3f}")
    content = to_tflite(network, scaling)
    if len(content) > _LARGEST_FILE:
        raise SystemExit(
            f"the file would have {len(content)} bytes, more than {_LARGEST_FILE}: train a smaller --width"
        )
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_bytes(content)
    print(f"{options.output}: {len(content)} bytes, SHA-256 {hashlib.sha256(content).hexdigest()}")
    if options.output == bundled_path():
        print("write that SHA-256 into posenet_ros/store/catalogue.py, or the package takes the file for damaged")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        raise SystemExit("interrupted") from None
