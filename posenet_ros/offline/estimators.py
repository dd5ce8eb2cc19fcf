# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The estimator that the pose node's settings describe."""

from __future__ import annotations

from typing import Any

from posenet_ros.estimator import PoseEstimator
from posenet_ros.settings.pose import PoseSettings
from posenet_ros.store.store import load_model


def make_estimator(settings: PoseSettings) -> Any:
    """Return the estimator.

    :raises ModelError: if the model cannot be found or run
    """
    file = load_model(settings.model)
    return PoseEstimator(
        file,
        settings.output_stride,
        settings.input_size,
        settings.num_threads,
        native_stride=None if file.known else settings.native_stride,
        delegate=settings.delegate,
        decoder=settings.decoder,
        max_poses=settings.max_poses,
        pose_threshold=settings.pose_threshold,
        keypoint_threshold=settings.keypoint_threshold,
        nms_radius=settings.nms_radius,
    )
