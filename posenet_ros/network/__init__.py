# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A model file on a TensorFlow Lite runtime: from an image of the input size to heads."""
