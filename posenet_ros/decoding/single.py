# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Decoding of one person: the best cell of each heat map."""

from __future__ import annotations

import numpy as np

from posenet_ros.decoding.tensors import Floats, check_heads, sigmoid
from posenet_ros.people import People
from posenet_ros.skeleton import NUM_KEYPOINTS


def decode_single_pose(heatmaps: Floats, offsets: Floats, stride: int) -> People:
    """Return the one person whose keypoints are the maxima of the heat maps.

    Follows ``decodeSinglePose`` of PoseNet for TensorFlow.js: fast, but right only for one person in the
    image, since each keypoint is searched for by itself.

    :param heatmaps: [h, w, 17] logits
    :param offsets: [h, w, 34] short offsets in input pixels, 17 y then 17 x
    :param stride: output stride in input pixels
    :returns: one person, in model-input pixels; the pose score is the mean of the keypoints'
    :raises ValueError: if the shapes do not belong together
    """
    check_heads(heatmaps, offsets)
    _, width, _ = heatmaps.shape
    parts = np.arange(NUM_KEYPOINTS)
    cells = heatmaps.reshape(-1, NUM_KEYPOINTS).argmax(axis=0)
    corners = np.stack(np.divmod(cells, width), axis=-1) * stride
    # TF.js adds these as float32 tensors, and its results are reproduced to the last digit.
    positions = corners.astype(np.float32) + offsets.reshape(-1, 2, NUM_KEYPOINTS)[cells, :, parts].astype(np.float32)
    keypoints = positions[:, ::-1].astype(np.float64)
    scores = sigmoid(heatmaps.reshape(-1, NUM_KEYPOINTS)[cells, parts])
    return People(keypoints[None], scores[None], scores.mean(keepdims=True))
