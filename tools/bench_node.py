# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Times of the real pose node in a process of its own, under a camera in this one."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass

import numpy as np
import rclpy
from node_load import Camera, Load, memory_mb, run_load
from node_processes import executable

from posenet_ros.ros.middleware import large_image_environment

LONGEST_START_S = 60.0


@dataclass(frozen=True)
class NodeFigures:
    """What was seen of the node; times in ms."""

    first_pose_s: float
    sent_rate: float
    pose_rate: float
    inference_ms: float
    total_ms: float
    age_ms: float
    age_p95_ms: float
    own_mb: float
    """Resident memory but for the middleware's shared memory."""
    transport_mb: float


def bench_node(
    model: str,
    parameters: dict[str, object],
    rate: float,
    seconds: float,
    profile: bool,
    size: tuple[int, int],
    cameras: tuple[str, ...] = ("",),
) -> NodeFigures:
    """Run the node under a camera.

    :param parameters: of the pose node
    :param rate: images a second
    :param profile: whether both processes use config/fastdds.xml and the malloc settings
    :param size: (width, height) of the images
    :param cameras: names of the cameras, each with images at the rate
    """
    added = large_image_environment(os.environ) if profile else {}
    environment = dict(os.environ)
    os.environ.update(added)
    names = "[" + ", ".join(f"'{name}'" for name in cameras) + "]"
    values = {"model": model, "num_threads": 2, "cameras": names, **parameters}
    arguments = [part for name, value in values.items() for part in ("-p", f"{name}:={value}")]
    rclpy.init()
    camera = Camera(size, cameras)
    begin = time.monotonic()
    process = subprocess.Popen(
        [executable("pose_node"), "--ros-args", *arguments], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    try:
        first = _first_pose(camera, begin)
        load = Load("bench", rate, seconds)
        run_load(camera, load, process.pid, quiet=True)
        memory = memory_mb(process.pid)
    finally:
        process.terminate()
        process.wait()
        camera.destroy_node()
        rclpy.try_shutdown()
        os.environ.clear()
        os.environ.update(environment)
    ages = 1e3 * np.array(load.ages)
    return NodeFigures(
        first_pose_s=first,
        sent_rate=load.sent / seconds,
        pose_rate=load.pose_rate,
        inference_ms=1e3 * float(np.median(load.inferences)),
        total_ms=1e3 * float(np.median(load.totals)),
        age_ms=float(np.median(ages)) if len(ages) else float("nan"),
        age_p95_ms=float(np.percentile(ages, 95)) if len(ages) else float("nan"),
        own_mb=memory["RssAnon"] + memory["RssFile"],
        transport_mb=memory["RssShmem"],
    )


def _first_pose(camera: Camera, begin: float) -> float:
    """Send images until poses come; return the seconds since the process was started."""
    load = camera.load = Load("start", 30.0, 0.0)
    while not load.ages and time.monotonic() - begin < LONGEST_START_S:
        camera.send()
        rclpy.spin_once(camera, timeout_sec=1.0 / load.rate)
    if not load.ages:
        raise RuntimeError("the pose node makes no poses: start it by hand to see why")
    return time.monotonic() - begin
