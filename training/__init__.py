# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A small PoseNet of our own, trained on people that are rendered with exact keypoints.

From a body to a model file: ``body_data`` and ``body`` (a person's shape), ``poses``, ``clothes``,
``camera`` and ``light`` (what is drawn at random), ``rasteriser`` and ``render`` (one person as a layer),
``background`` and ``occluders`` (all else), ``cache`` (renders on disk), ``compose`` and ``photometry``
(layers to training images), ``targets``, ``network``, ``losses`` and ``train`` (learning), ``calibrate``,
``tflite_file`` and ``export`` (the model file), ``metrics`` and ``evaluate`` (held-out figures).
"""
