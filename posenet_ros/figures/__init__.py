# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How people are shown: colours, labels, figures of limbs, markers and trails."""
