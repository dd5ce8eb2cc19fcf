# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Nodes as processes of their own."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType, TracebackType

from ament_index_python.packages import get_package_prefix

# Time to end after Ctrl-C, before stronger means are used.
END_TIMEOUT_S = 5.0


def executable(name: str) -> str:
    """Return the path of one of the package's executables."""
    return str(Path(get_package_prefix("posenet_ros")) / "lib" / "posenet_ros" / name)


class DemoError(Exception):
    """The demo cannot show poses; the message says why."""


class NodeProcesses:
    """The nodes under demonstration, ended together with this object.

    :param shown_by: the executables beside camera and pose node, with their parameters
    :param camera_settings: parameters of the camera node
    """

    def __init__(
        self,
        camera_source: str,
        model: str,
        depth_picture: Path | None,
        shown_by: Mapping[str, Mapping[str, str]] = MappingProxyType({"visualizer_node": {}}),
        camera_settings: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        camera, pose = {"source": _yaml_string(camera_source), **camera_settings}, {}
        if model:
            pose["model"] = _yaml_string(model)
        if depth_picture:
            camera["depth_picture"] = _yaml_string(str(depth_picture))
            pose["depth"] = "true"
        commands = {
            program: ["--ros-args", *(part for name in values for part in ("-p", f"{name}:={values[name]}"))]
            for program, values in {"camera_node": camera, "pose_node": pose, **shown_by}.items()
        }
        self._processes = {
            # In sessions of their own: Ctrl-C reaches this program, which ends them in order.
            name: subprocess.Popen([executable(name), *arguments], start_new_session=True)
            for name, arguments in commands.items()
        }

    def __enter__(self) -> NodeProcesses:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for signal_number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            running = [process for process in self._processes.values() if process.poll() is None]
            for process in running:
                process.send_signal(signal_number)
            deadline = time.monotonic() + END_TIMEOUT_S
            for process in running:
                try:
                    process.wait(max(deadline - time.monotonic(), 0.0))
                except subprocess.TimeoutExpired:
                    continue
        failed = {name: process.returncode for name, process in self._processes.items() if process.returncode}
        if failed and kind is None:
            raise DemoError(f"these did not end cleanly (exit status): {failed}")

    def check(self) -> None:
        """Raise DemoError if a node has ended."""
        for name, process in self._processes.items():
            if process.poll() is not None:
                raise DemoError(f"{name} ended with exit status {process.returncode}; its last message says why")


def _yaml_string(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
