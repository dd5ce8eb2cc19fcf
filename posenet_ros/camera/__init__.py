# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Sources of images for machines without a camera driver, and their calibration."""
