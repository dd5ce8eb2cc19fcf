# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
#
# Source me in bash: gives this shell ROS 2, the virtual environment and the built package,
# setting up and building what is missing first. See tools/setup.sh for the choices.

if _posenet_ros_activate=$(bash "$(dirname "${BASH_SOURCE[0]}")/setup.sh"); then
  . "$_posenet_ros_activate"
  unset _posenet_ros_activate
else
  unset _posenet_ros_activate
  return 1
fi
