# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""From people in single images to people over time: ids and filtered keypoints."""
