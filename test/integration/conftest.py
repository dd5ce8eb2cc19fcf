# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Real nodes in processes of their own, and a node of the test's that listens."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
import rclpy
from ament_index_python.packages import get_package_prefix
from rcl_interfaces.srv import GetParameters
from rclpy.client import Client
from rclpy.node import Node

from node_forks import ForkedNode, ForkServer
from posenet_ros.ros.middleware import large_image_environment
from posenet_ros.ros.qos import OUTPUT
from posenet_ros.store.catalogue import bundled_path

# Discovery alone can take seconds on a busy machine.
TIMEOUT_S = 30.0
# Half of the domains that have ports below the ones that the system gives away.
_DOMAINS = 50


class Listener(Node):
    """Keeps what comes on topics; every wait ends with an assertion, never for ever."""

    def __init__(self) -> None:
        super().__init__("listener")
        self.received: dict[str, list] = {}
        self._callers: dict[str, Client] = {}

    def listen(self, message_type: type, topic: str) -> list:
        messages = self.received.setdefault(topic, [])
        self.create_subscription(message_type, topic, messages.append, OUTPUT)
        return messages

    def wait_until(self, condition: Callable[[], object], what: str, timeout: float = TIMEOUT_S) -> None:
        deadline = time.monotonic() + timeout
        while not condition():
            assert time.monotonic() < deadline, f"{what}: not within {timeout:g} s; {self._in_sight()}"
            rclpy.spin_once(self, timeout_sec=0.05)

    def _in_sight(self) -> str:
        """Tell what this node knows of others: no node, a node without its topics, or topics that stay silent."""
        topics = {
            name: [(end.node_namespace, end.node_name) for end in self.get_publishers_info_by_topic(name)]
            for name, _ in self.get_topic_names_and_types()
        }
        return f"nodes in sight: {self.get_node_names()}, publishers by topic: {topics}"

    def spin_for(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0.0:
            rclpy.spin_once(self, timeout_sec=left)

    def call(self, service_type: type, name: str, request: object) -> object:
        """Call a service and return its answer; the client is kept for the next call."""
        if name not in self._callers:
            self._callers[name] = self.create_client(service_type, name)
            self.wait_until(self._callers[name].service_is_ready, f"service {name}")
            self._become_known(name.rpartition("/")[0])
        answer = self._callers[name].call_async(request)
        self.wait_until(answer.done, f"answer of {name}")
        return answer.result()

    def _become_known(self, node: str) -> None:
        """Wait until a node knows all clients made so far: it drops answers to those it does not know yet.

        It learns of them in the order in which they were made. So it knows all once it answers one made now.
        """
        client = self.create_client(GetParameters, f"{node}/get_parameters")
        self.wait_until(client.service_is_ready, f"service of {node}")
        answers = []

        def answered() -> bool:
            answers.append(client.call_async(GetParameters.Request()))
            self.spin_for(0.05)
            return any(answer.done() for answer in answers)

        self.wait_until(answered, f"an answer of {node}")
        self.destroy_client(client)

    def forget(self) -> None:
        """Drop the clients, as after a restart of their node."""
        for client in self._callers.values():
            self.destroy_client(client)
        self._callers.clear()


class RunningNode:
    """An executable of the package.

    :param launch: starts it, given its path and arguments, and the file for its output
    """

    def __init__(
        self,
        launch: Callable[[list[str], int], subprocess.Popen | ForkedNode],
        executable: str,
        parameters: dict[str, object],
        arguments: list[str],
        log: Path,
    ) -> None:
        path = Path(get_package_prefix("posenet_ros")) / "lib" / "posenet_ros" / executable
        settings = [part for name, value in parameters.items() for part in ("-p", f"{name}:={value}")]
        self._log = log
        with log.open("w") as output:
            self.process = launch([str(path), "--ros-args", *settings, *arguments], output.fileno())

    @property
    def output(self) -> str:
        return self._log.read_text()

    def end(self, signal_number: int = signal.SIGINT) -> int:
        """Ask the node to end and return its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal_number)
        return self.wait()

    def wait(self) -> int:
        try:
            return self.process.wait(TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise


class Ending:
    """Ends the nodes of a test, one after the other, while the next test runs."""

    def __init__(self, thread: ThreadPoolExecutor) -> None:
        self._thread = thread
        self._ends: list[Future[int]] = []

    def begin(self, nodes: list[RunningNode]) -> None:
        """End these nodes; returns when those of the last call have ended."""
        # Not killed: Fast DDS would leave its shared memory behind.
        earlier, self._ends = self._ends, [self._thread.submit(node.end, signal.SIGTERM) for node in nodes]
        for end in earlier:
            end.result()


@pytest.fixture(scope="session", autouse=True)
def isolated_ros() -> None:
    """Keep tests from hearing other nodes on this machine, and other runs of themselves."""
    os.environ["ROS_DOMAIN_ID"] = str(1 + os.getpid() % _DOMAINS)
    os.environ["ROS_AUTOMATIC_DISCOVERY_RANGE"] = "LOCALHOST"
    os.environ.update(large_image_environment(os.environ))


@pytest.fixture(scope="session")
def any_model() -> Path:
    """Return the bundled model. It is known by its hash, so no node tries it in another process first."""
    return bundled_path()


@pytest.fixture(scope="session")
def fork_server(isolated_ros: None) -> Iterator[ForkServer]:
    server = ForkServer()
    yield server
    server.end()


@pytest.fixture(scope="session")
def ending(fork_server: ForkServer) -> Iterator[Ending]:
    with ThreadPoolExecutor(1) as thread:
        ending = Ending(thread)
        yield ending
        ending.begin([])


@pytest.fixture
def running(isolated_ros: None, ending: Ending) -> Iterator[list[RunningNode]]:
    """Return a list for nodes; those that still run are ended afterwards."""
    # The nodes of the test before may still be ending: they are in the other domain.
    domain = int(os.environ["ROS_DOMAIN_ID"])
    os.environ["ROS_DOMAIN_ID"] = str(domain + _DOMAINS if domain <= _DOMAINS else domain - _DOMAINS)
    running: list[RunningNode] = []
    yield running
    for node in running:
        print(f"--- {node.process.args}\n{node.output}")
    ending.begin(running)


@pytest.fixture
def listener(running: list[RunningNode]) -> Iterator[Listener]:
    """Return a node, which goes before those of the test: in Fast DDS 2.14 one that ends while others do can hang."""
    rclpy.init()
    node = Listener()
    yield node
    node.destroy_node()
    rclpy.shutdown()


def _starter(launch: Callable, running: list[RunningNode], folder: Path) -> Callable[..., RunningNode]:
    def start_node(executable: str, *arguments: str, **parameters: object) -> RunningNode:
        log = folder / f"{len(running)}_{executable}.log"
        running.append(RunningNode(launch, executable, parameters, list(arguments), log))
        return running[-1]

    return start_node


@pytest.fixture
def start(fork_server: ForkServer, running: list[RunningNode], tmp_path: Path) -> Callable[..., RunningNode]:
    """Return a function that starts a node in a process of its own, with parameters."""
    return _starter(fork_server.start, running, tmp_path)


@pytest.fixture
def start_program(running: list[RunningNode], tmp_path: Path) -> Callable[..., RunningNode]:
    """Return a function like that of ``start``, which runs the executable itself, as ``ros2 run`` does."""
    return _starter(_run_program, running, tmp_path)


def _run_program(command: list[str], output: int) -> subprocess.Popen:
    # pytest may run where SIGINT is ignored, as in a background job.
    return subprocess.Popen(["env", "--default-signal=INT", *command], stdout=output, stderr=subprocess.STDOUT)
