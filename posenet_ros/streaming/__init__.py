# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A stream of images that comes faster than it is processed: the newest first, and statistics."""
