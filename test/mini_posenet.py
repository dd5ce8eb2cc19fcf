# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A PoseNet that is built, not trained, and the images that it reads without an error.

The images say themselves where keypoints are: in a block around each one, a pixel's red and green are the way to
the keypoint (y, x; 128 is none), and its blue is the keypoint's number. The network's 27 layers do nothing but
take every 8th, 16th or 32nd pixel, as the strides of its trunk want it; the last ones turn colours into heads. All
people have the same shape, so that displacements are constant. What comes out is exact at every output stride.
"""

from __future__ import annotations

import numpy as np

from posenet_ros.network.restride import plan_trunk
from posenet_ros.skeleton import NUM_KEYPOINTS, TREE_EDGES
from training.tflite_file import TfliteFile

NATIVE_STRIDE = 16
# A block reaches the nearest cell at stride 32.
BLOCK_RADIUS = 16
# Keypoints of everybody, (x, y) from the first; no two blocks overlap.
FIGURE = np.array([(40 * (part % 4) + part % 3, 38 * (part // 4) + part % 5) for part in range(NUM_KEYPOINTS)])
FIGURE_SIZE = np.ptp(FIGURE, axis=0) + 1
SCORE = 1.0 / (1.0 + np.exp(-4.0))
"""Of every keypoint of a person."""

_NO_OFFSET = 128
# Number k is at blue 10 + 14 k, and 8 away it counts as nothing.
_FIRST_BLUE, _BLUE_STEP, _BLUE_WIDTH = 10, 14, 8
# The stem makes of a colour value v, which reaches it as v / 127.5 - 1, the number v / 64: below the 6 where the
# activations of MobileNet end, and such that half floats hold all weights without an error.
_UNIT = 64.0
_STEM = 127.5 / _UNIT


def paint(size: tuple[int, int], places: list[tuple[int, int]]) -> np.ndarray:
    """Return an image, [height, width, 3] uint8 BGR, of people whose first keypoints are at the places (x, y)."""
    image = np.zeros((*size, 3), np.uint8)
    rows, columns = np.indices(size)
    for place in places:
        for part, (x, y) in enumerate(FIGURE + place):
            down, right = y - rows, x - columns
            block = (np.abs(down) <= BLOCK_RADIUS) & (np.abs(right) <= BLOCK_RADIUS)
            blue = np.full(size, _FIRST_BLUE + _BLUE_STEP * part)
            image[block] = np.stack((blue, right + _NO_OFFSET, down + _NO_OFFSET), axis=-1)[block]
    return image


def keypoints_of(places: list[tuple[int, int]]) -> np.ndarray:
    """Return the keypoints of these people, [n, 17, 2] pixels."""
    return np.array([FIGURE + place for place in places], float)


def build(size: tuple[int, int] = (257, 257)) -> bytes:
    """Return the model file, native to stride 16."""
    file = TfliteFile("exact by construction")
    pick = np.zeros((3, 3))
    pick[1, 1] = 1.0
    tensor = file.add_input("sub_2", (1, *size, 3))
    weights = _STEM * np.eye(3)[:, :, None, None] * pick  # [out, in, 3, 3]
    tensor = file.add_convolution("stem", tensor, weights, np.full(3, _STEM), stride=2)
    each = np.broadcast_to(pick, (3, 1, 3, 3))
    steps = plan_trunk(NATIVE_STRIDE, NATIVE_STRIDE)
    for layer, step in enumerate(steps):
        name = f"trunk_{layer}"
        tensor = file.add_convolution(name, tensor, each, np.zeros(3), stride=step.stride, depthwise=True)
        weights, bias = (np.eye(3), np.zeros(3)) if layer < len(steps) - 1 else _ramps()
        tensor = file.add_convolution(f"{name}_mix", tensor, weights[:, :, None, None], bias)
    for name, (weights, bias) in _heads().items():
        file.mark_output(file.add_convolution(name, tensor, weights[:, :, None, None], bias, relu6=False))
    return file.to_bytes()


def _ramps() -> tuple[np.ndarray, np.ndarray]:
    """Return the layer that keeps red and green and gives, for each number, blue above three thresholds."""
    weights, bias = np.zeros((2 + 3 * NUM_KEYPOINTS, 3)), np.zeros(2 + 3 * NUM_KEYPOINTS)
    weights[0, 0] = weights[1, 1] = 1.0
    weights[2:, 2] = 1.0
    for part in range(NUM_KEYPOINTS):
        peak = _FIRST_BLUE + _BLUE_STEP * part
        bias[2 + 3 * part : 5 + 3 * part] = -(peak + np.array((-_BLUE_WIDTH, 0.0, _BLUE_WIDTH))) / _UNIT
    return weights, bias


def _heads() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    features = 2 + 3 * NUM_KEYPOINTS
    # A tent over each number: up to its blue value and down again.
    tent = np.array((1.0, -2.0, 1.0)) * _UNIT / _BLUE_WIDTH
    heatmap = np.zeros((NUM_KEYPOINTS, features))
    offset = np.zeros((2 * NUM_KEYPOINTS, features))
    for part in range(NUM_KEYPOINTS):
        heatmap[part, 2 + 3 * part : 5 + 3 * part] = 8.0 * tent
        offset[part, 0] = offset[NUM_KEYPOINTS + part, 1] = _UNIT
    forward = np.array([FIGURE[child] - FIGURE[parent] for parent, child in TREE_EDGES], float)
    displacement = np.concatenate((forward[:, 1], forward[:, 0]))
    nothing = np.zeros((len(displacement), features))
    return {
        "heatmap": (heatmap, np.full(NUM_KEYPOINTS, -4.0)),
        "offset": (offset, np.full(2 * NUM_KEYPOINTS, -float(_NO_OFFSET))),
        "displacement_fwd": (nothing, displacement),
        "displacement_bwd": (nothing, -displacement),
    }
