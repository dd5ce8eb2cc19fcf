# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Installs the Python core (no ROS): ``pip install .[litert]``. ROS builds use CMakeLists.txt."""

import re
from pathlib import Path

from setuptools import find_packages, setup

VERSION = re.search(r"<version>(.+?)</version>", Path(__file__).with_name("package.xml").read_text())
BAGS = ["rosbags>=0.11", "lz4>=4", "mcap>=1.1", "zstandard>=0.20"]
DEFINITIONS = "posenet_ros.message_definitions"

setup(
    name="posenet_ros",
    version=VERSION.group(1),
    description="PoseNet human pose estimation on the CPU: the core of the ROS 2 package posenet_ros",
    license="Apache-2.0",
    packages=[
        *find_packages(include=["posenet_ros", "posenet_ros.*"], exclude=["posenet_ros.ros", "posenet_ros.ros.*"]),
        DEFINITIONS,
    ],
    # What writes bags needs the definitions.
    package_dir={DEFINITIONS: "msg"},
    package_data={"posenet_ros": ["models/*.tflite"], "posenet_ros.web": ["page/*"], DEFINITIONS: ["*.msg"]},
    python_requires=">=3.10",
    # OpenCV has several interchangeable wheels (with and without a GUI), so that the choice is an extra.
    install_requires=["numpy>=1.21", "platformdirs>=2", "PyYAML>=5.4", "scipy>=1.8"],
    extras_require={
        "litert": ["ai-edge-litert>=1.0", "opencv-python-headless>=4.5"],
        "bags": BAGS,
        "tables": ["pyarrow>=14"],
        "remote": ["universal_pathlib>=0.2"],
        "ray": [*BAGS, "ray>=2.9"],
        "web": ["aiohttp>=3.8"],
    },
    entry_points={
        "console_scripts": [
            "posenet-bag = posenet_ros.offline.command:main",
            "posenet-models = posenet_ros.store.command:main",
        ]
    },
)
