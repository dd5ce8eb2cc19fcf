# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The messages that markers consist of."""

from geometry_msgs.msg import Point
from std_msgs.msg import ColorRGBA
from visualization_msgs.msg import Marker

from posenet_ros.figures.markers import MarkerMessages

ROS_MARKERS = MarkerMessages(Marker, Point, ColorRGBA)
