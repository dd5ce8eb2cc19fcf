# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""From head tensors to people."""

from posenet_ros.decoding.multi import decode_multiple_poses
from posenet_ros.decoding.multi_refined import decode_multiple_poses_refined
from posenet_ros.decoding.single import decode_single_pose

__all__ = ["decode_multiple_poses", "decode_multiple_poses_refined", "decode_single_pose"]
