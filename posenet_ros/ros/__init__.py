# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The ROS 2 shell: nodes that wire topics and parameters to the core. Nothing in the core imports it."""
