#!/usr/bin/env python3
# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Prints who raises a hand, and where they are: metres if depth is on, else pixels of the image."""

import contextlib
import math

import rclpy
from rclpy.executors import ExternalShutdownException
from rclpy.node import Node

from posenet_ros.body.attributes import hands_raised
from posenet_ros.msg import PoseArray
from posenet_ros.ros.messages.poses import from_pose_array


class RaisedHands(Node):
    def __init__(self) -> None:
        super().__init__("raised_hands")
        self.create_subscription(PoseArray, "pose", self.on_poses, 1)

    def on_poses(self, message: PoseArray) -> None:
        for pose, (left, right) in zip(message.poses, hands_raised(from_pose_array(message)), strict=True):
            where = f"x {pose.position.x:.2f}, y {pose.position.y:.2f}, z {pose.position.z:.2f} m"
            if math.isnan(pose.position.z):
                where = f"column {pose.roi.x_offset + pose.roi.width // 2} of the image"
            if left or right:
                print(f"person {pose.id} raises {'both hands' if left and right else 'a hand'}: {where}", flush=True)


rclpy.init()
with contextlib.suppress(KeyboardInterrupt, ExternalShutdownException):
    rclpy.spin(RaisedHands())
