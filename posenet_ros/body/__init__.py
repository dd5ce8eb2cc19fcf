# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What follows from a pose: where the person is, how the body is turned, how large it is, raised hands."""
