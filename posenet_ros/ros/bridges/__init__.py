# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Poses as messages of other packages, one file for each kind; none of these packages is needed elsewhere."""
