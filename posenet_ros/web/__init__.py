# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A live page of images and people, and the server that shows it to browsers; knows nothing of ROS."""
