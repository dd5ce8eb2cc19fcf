# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Model files: those known by name, their cache, their download, and the command for them."""
