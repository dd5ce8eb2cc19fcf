# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Bags in, bags out: people in recorded images, without ROS."""
