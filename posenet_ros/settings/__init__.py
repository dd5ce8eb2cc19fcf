# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The settings of every node: one frozen dataclass each, whose fields are the node's parameters."""
