# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The server in a thread of its own, and the way to it from others."""

from __future__ import annotations

import asyncio
import errno
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from posenet_ros.errors import WebError
from posenet_ros.settings.web import PageSettings
from posenet_ros.web.hub import Hub
from posenet_ros.web.server import PageServer
from posenet_ros.web.status import ParameterSetter

_START_TIMEOUT_S = 10.0
_STOP_TIMEOUT_S = 5.0


class ServerThread:
    """Serves the page until it is stopped; every method may be called from any thread.

    :param on_watched: called in the server's thread with the names of the cameras that somebody watches
    :param set_parameter: called in the server's thread
    :raises WebError: if the address cannot be listened on
    """

    def __init__(
        self,
        settings: PageSettings,
        on_watched: Callable[[frozenset[str]], None],
        set_parameter: ParameterSetter,
    ) -> None:
        self.hub = Hub(on_watched)
        self._settings = settings
        self._loop = asyncio.new_event_loop()
        self._server = PageServer(settings, self.hub, set_parameter)
        self._thread = threading.Thread(target=self._run, name="page_server", daemon=True)
        self._thread.start()
        started: Future[None] = asyncio.run_coroutine_threadsafe(self._server.start(), self._loop)
        try:
            started.result(_START_TIMEOUT_S)
        except OSError as error:
            self.stop()
            raise WebError(_explain(error, settings)) from error

    @property
    def url(self) -> str:
        """Where the page is."""
        host = f"[{self._settings.address}]" if ":" in self._settings.address else self._settings.address
        return f"http://{host}:{self._server.port}/"

    @property
    def images_encoded(self) -> int:
        """How many images were compressed since the start."""
        return self._server.encoder.encoded

    def post(self, call: Callable[..., Any], *arguments: Any) -> None:
        """Call a method of the hub in the server's thread, later; nothing happens once the server is stopped."""
        try:
            self._loop.call_soon_threadsafe(call, *arguments)
        except RuntimeError:
            if not self._loop.is_closed():
                raise

    def stop(self) -> None:
        """Close every page's connection and end the thread."""
        if not self._thread.is_alive():
            return
        stopped: Future[None] = asyncio.run_coroutine_threadsafe(self._server.stop(), self._loop)
        try:
            stopped.result(_STOP_TIMEOUT_S)
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(_STOP_TIMEOUT_S)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
        finally:
            self._loop.close()


def _explain(error: OSError, settings: PageSettings) -> str:
    place = f"{settings.address}:{settings.port}"
    if error.errno == errno.EADDRINUSE:
        return f"port {settings.port} is in use by another program: choose another port, or 0 for any free one"
    return f"cannot serve the page on {place}: {error.strerror or error}; check address and port"
