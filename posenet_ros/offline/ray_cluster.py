# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Workers on many machines: actors of a Ray cluster, each of which holds the model."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from posenet_ros.errors import BagError
from posenet_ros.offline.dispatch import Event
from posenet_ros.offline.units import Unit, UnitRunner

AUTO = "auto"
_REACHABLE_S = 5.0


class RayPool:
    """Actors that do units. posenet_ros must be installed on every machine of the cluster.

    :param address: of the cluster; ``auto`` for the one that this machine belongs to, or else a new one of this machine
    :param size: how many actors there are; 0 for one on each core of the cluster
    :param cores: of an actor
    :raises BagError: if Ray is not installed, or the cluster cannot be reached
    """

    def __init__(self, address: str, size: int, cores: int) -> None:
        # Before the import: nothing is reported to anybody.
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        try:
            import ray  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise BagError(f"--ray needs Ray ({error}); install posenet_ros[ray]") from error
        self._ray: Any = ray
        options = {"log_to_driver": False, "logging_level": "ERROR"}
        try:
            if address == AUTO:
                try:
                    ray.init(address=AUTO, **options)
                except ConnectionError:
                    ray.init(dashboard_host="127.0.0.1", **options)
            else:
                _check_reachable(address)
                ray.init(address=address, **options)
        except (ConnectionError, ValueError, RuntimeError, OSError) as error:
            raise BagError(f"the Ray cluster '{address}' cannot be reached: {' '.join(str(error).split())}") from error
        self.size = size or max(int(ray.cluster_resources().get("CPU", 1)) // cores, 1)
        self._actor: Any = ray.remote(num_cpus=cores, max_restarts=0)(UnitRunner)
        self._workers: dict[int, Any] = {}
        self._pending: dict[Any, int] = {}
        self._started = 0

    def start(self) -> int:
        """Start an actor."""
        self._started += 1
        self._workers[self._started] = self._actor.remote()
        return self._started

    def give(self, worker: int, unit: Unit) -> None:
        """Send a unit to an actor."""
        self._pending[self._workers[worker].run.remote(unit)] = worker

    def wait(self, seconds: float) -> Iterable[Event]:
        """Return what actors have done, and which are lost."""
        ready, _ = self._ray.wait(list(self._pending), num_returns=1, timeout=seconds)
        events = []
        for reference in ready:
            worker = self._pending.pop(reference)
            try:
                events.append(Event(worker, report=self._ray.get(reference)))
            except self._ray.exceptions.RayError as error:
                del self._workers[worker]
                events.append(Event(worker, lost=f"its actor was lost: {_first_line(error)}"))
        return events

    def stop(self) -> None:
        """End the actors, and leave the cluster."""
        self._ray.shutdown()


def _check_reachable(address: str) -> None:
    """Raise an error at once where Ray would wait for minutes."""
    place = urlsplit(address if "://" in address else f"ray://{address}")
    if place.hostname is None or place.port is None:
        raise ValueError("expected host:port, ray://host:port or auto")
    with socket.create_connection((place.hostname, place.port), _REACHABLE_S):
        pass


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
