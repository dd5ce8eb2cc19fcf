# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The public path of :func:`posenet_ros.network.restride.restride`."""

from posenet_ros.network.restride import restride

__all__ = ["restride"]
