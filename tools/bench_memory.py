# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Memory of the nodes while images flow: each in a process of its own, and all in one."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

from node_load import memory_mb
from node_processes import executable

from posenet_ros.ros.middleware import large_image_environment

CLIP = Path(__file__).resolve().parents[1] / "test" / "data" / "clip"
NODES = ("pose_node", "camera_node", "visualizer_node")
COMPOSED = "posenet_all"
_SETTLED_S = 8.0


def bench_memory(model: str, profile: bool) -> dict[str, float]:
    """Return the resident memory in MB of each node alone, of them together and of the composed process.

    :param profile: whether the processes use config/fastdds.xml and the malloc settings; their shared memory counts
    """
    environment = os.environ | (large_image_environment(os.environ) if profile else {})
    figures = _run(NODES, model, environment)
    figures["together"] = sum(figures.values())
    return figures | _run((COMPOSED,), model, environment)


def _run(executables: tuple[str, ...], model: str, environment: dict[str, str]) -> dict[str, float]:
    values = {"source": CLIP, "frame_rate": 15.0, "model": model, "num_threads": 2}
    arguments = [part for name, value in values.items() for part in ("-p", f"{name}:={value}")]
    processes = {
        name: subprocess.Popen(
            [executable(name), "--ros-args", *arguments],
            env=environment,
            stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        for name in executables
    }
    try:
        time.sleep(_SETTLED_S)
        return {name: sum(memory_mb(process.pid).values()) for name, process in processes.items()}
    finally:
        for process in processes.values():
            process.terminate()
        for process in processes.values():
            process.wait()
