# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Workers on one machine: this process, or processes of their own."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from posenet_ros.offline.dispatch import Event
from posenet_ros.offline.units import Unit, UnitRunner

# Threads of a runtime do not survive a fork.
_CONTEXT = multiprocessing.get_context("spawn")
_END_S = 2.0


class InlinePool:
    """Does the units in this process.

    :param on_progress: called with unit, images and share while one is done
    """

    size = 1

    def __init__(self, on_progress: Callable[[Unit, int, float], None]) -> None:
        self._runner = UnitRunner()
        self._on_progress = on_progress
        self._unit: Unit | None = None

    def start(self) -> int:
        """Return the number of the only worker."""
        return 0

    def give(self, worker: int, unit: Unit) -> None:
        """Take a unit."""
        self._unit = unit

    def wait(self, seconds: float) -> Iterable[Event]:
        """Do the unit."""
        unit = self._unit
        assert unit is not None
        report = self._runner.run(unit, lambda images, share: self._on_progress(unit, images, share))
        return (Event(0, report=report),)

    def stop(self) -> None:
        """Do nothing."""


class ProcessPool:
    """Processes that do units.

    :param size: how many there are
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._workers: dict[int, tuple[BaseProcess, Connection]] = {}
        self._started = 0

    def start(self) -> int:
        """Start a process."""
        ours, theirs = _CONTEXT.Pipe()
        process = _CONTEXT.Process(target=_serve, args=(theirs,), name="posenet-bag worker", daemon=True)
        process.start()
        theirs.close()
        self._started += 1
        self._workers[self._started] = process, ours
        return self._started

    def give(self, worker: int, unit: Unit) -> None:
        """Send a unit; one that is lost in a process that just ended comes back as an event."""
        with suppress(OSError):
            self._workers[worker][1].send(unit)

    def wait(self, seconds: float) -> Iterable[Event]:
        """Return what processes have sent, and which have ended."""
        ready: list[Any] = wait([connection for _, connection in self._workers.values()], seconds)
        events = []
        for number, (process, connection) in list(self._workers.items()):
            if connection not in ready:
                continue
            try:
                content = connection.recv()
            except (EOFError, OSError):
                del self._workers[number]
                connection.close()
                process.join(_END_S)
                events.append(Event(number, lost=_ending(process.exitcode)))
            else:
                if isinstance(content, tuple):
                    events.append(Event(number, images=content[0], share=content[1]))
                else:
                    events.append(Event(number, report=content))
        return events

    def stop(self) -> None:
        """End the processes."""
        for process, connection in self._workers.values():
            process.terminate()
            connection.close()
        for process, _ in self._workers.values():
            process.join(_END_S)
            if process.is_alive():
                process.kill()
                process.join()
        self._workers.clear()


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        return f"its process was killed by signal {signal.Signals(-code).name}"
    return f"its process ended with exit code {code}"


def _serve(connection: Connection) -> None:
    """Do the units that come, in a process of its own."""
    # The parent hears of Ctrl-C, too, and ends this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    runner = UnitRunner()
    try:
        while True:
            unit = connection.recv()
            connection.send(runner.run(unit, lambda images, share: connection.send((images, share))))
    except (EOFError, OSError):
        return


def _end_with_parent() -> None:
    """End this process when the parent is killed: it could not say so."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
