# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Nodes in processes of their own, forked from one that has imported them: imports are most of a node's start.

Run as a program, this is that process: it takes requests from its standard input, a socket.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import inspect
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
from importlib import import_module
from pathlib import Path

from diagnostic_msgs.msg import DiagnosticArray
from lifecycle_msgs.msg import State
from rcl_interfaces.msg import ParameterEvent
from rclpy.type_support import check_for_type_support
from sensor_msgs.msg import Image
from std_srvs.srv import SetBool
from visualization_msgs.msg import MarkerArray

from posenet_ros.msg import PoseArray
from posenet_ros.network.runtime import find_runtime
from posenet_ros.ros.message_generator import keep_generator_out

NODES = ("camera_node", "pose_node", "visualizer_node", "bridge_node", "web_node")
_MODULE = re.compile(r"from (\S+) import main")
_MAXIMUM_REQUEST = 1 << 20
_TYPES = (DiagnosticArray, State, ParameterEvent, Image, SetBool, MarkerArray, PoseArray)
"""One of each package that nodes talk with; those in them come along."""


class ForkedNode:
    """The process of a node, used like :class:`subprocess.Popen`.

    :param server: the socket of the process that forks it
    :param arguments: path of the executable and its arguments
    :param output: descriptor of the file for its output
    """

    def __init__(self, server: socket.socket, arguments: list[str], output: int) -> None:
        self.args = arguments
        self.returncode: int | None = None
        request = {"arguments": arguments, "environment": dict(os.environ), "folder": os.getcwd()}
        reader, writer = os.pipe()
        self._reports = os.fdopen(reader)
        socket.send_fds(server, [json.dumps(request).encode()], [output, writer])
        os.close(writer)
        self.pid = self._report()

    def _report(self) -> int:
        line = self._reports.readline()
        assert line, f"the process that forks nodes has ended: no {self.args[0]}"
        return int(line)

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            if not select.select([self._reports], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(self.args, timeout)
            self.returncode = self._report()
            self._reports.close()
        return self.returncode

    def poll(self) -> int | None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0.0)
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            # It may end in between.
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class ForkServer:
    """The process that has imported the nodes."""

    def __init__(self) -> None:
        # A message of this kind of socket is read as a whole.
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        # pytest may run where SIGINT is ignored, as in a background job.
        command = ["env", "--default-signal=INT", sys.executable, str(Path(__file__).resolve())]
        with theirs:
            self._process = subprocess.Popen(command, stdin=theirs)

    def start(self, arguments: list[str], output: int) -> ForkedNode:
        return ForkedNode(self._socket, arguments, output)

    def end(self) -> None:
        self._socket.close()
        self._process.wait()


def _become_node(output: int, arguments: list[str], environment: dict[str, str], folder: str) -> int:
    """Run what an executable runs; returns the exit status of this process."""
    for standard in (1, 2):
        os.dup2(output, standard)
    os.close(output)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = arguments
    module = _MODULE.search(Path(arguments[0]).read_text()).group(1)
    return import_module(module).main()


def _watch(node: int, reports: int) -> None:
    """Report the id of a child and, once it has ended, its exit status."""
    os.write(reports, f"{node}\n".encode())
    _, status = os.waitpid(node, 0)
    os.write(reports, f"{os.waitstatus_to_exitcode(status)}\n".encode())


def _prepare() -> None:
    """Do what each node would do first, as far as a fork inherits it."""
    for node in NODES:
        import_module(f"posenet_ros.ros.{node}")
    keep_generator_out()
    find_runtime()
    for kind in _TYPES:
        check_for_type_support(kind)
    # To name the caller, the first line that is logged looks at every module.
    inspect.getmodule(inspect.currentframe())
    gc.collect()
    gc.freeze()


def serve() -> int:
    """Fork a node for each request; returns, in a node's process too, the exit status."""
    requests = socket.socket(fileno=os.dup(0))
    with open(os.devnull) as nothing:
        os.dup2(nothing.fileno(), 0)
    _prepare()
    while True:
        request, descriptors, *_ = socket.recv_fds(requests, _MAXIMUM_REQUEST, 2)
        if not request:
            return 0
        output, reports = descriptors
        # The process between waits for the node, so that this one need not.
        if os.fork() == 0:
            requests.close()
            node = os.fork()
            if node == 0:
                os.close(reports)
                return _become_node(output, **json.loads(request))
            _watch(node, reports)
            os._exit(0)
        os.close(output)
        os.close(reports)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def _leave(status: list[int]) -> None:
    """End without the exit handlers of native code: LTTng's, in rcl of Kilted, crashes in a process that was forked."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status[-1])


def main() -> None:
    status = [1]
    # Registered first, it is called last, when all threads have ended.
    atexit.register(_leave, status)
    try:
        status.append(serve())
    except SystemExit as end:
        status.append(end.code or 0)


if __name__ == "__main__":
    main()
