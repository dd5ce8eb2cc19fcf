# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The HTTP server: the page's files, and a WebSocket for each open page."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import WSCloseCode, web

from posenet_ros.settings.web import PageSettings
from posenet_ros.skeleton import KEYPOINT_NAMES, LIMBS
from posenet_ros.web.access import AccessPolicy
from posenet_ros.web.client import Client
from posenet_ros.web.encoder import FrameEncoder
from posenet_ros.web.hub import Hub
from posenet_ros.web.page_files import read_page
from posenet_ros.web.requests import MAX_REQUEST_BYTES
from posenet_ros.web.status import ParameterSetter

SOCKET_PATH = "/socket"
_TICK_S = 0.5
_CLOSE_TIMEOUT_S = 1.0
_SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self';"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
    # Versions are nobody's business.
    "Server": "posenet_ros",
}
# Its lines about broken requests are for whoever sent them.
_logger = logging.getLogger("posenet_ros.web")
_logger.addHandler(logging.NullHandler())
_logger.propagate = False

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class PageServer:
    """Answers browsers; start and stop belong to the thread of the event loop."""

    def __init__(self, settings: PageSettings, hub: Hub, set_parameter: ParameterSetter) -> None:
        self.port = settings.port
        self.encoder = FrameEncoder(settings.jpeg_quality)
        self._settings = settings
        self._hub = hub
        self._set_parameter = set_parameter
        self._access = AccessPolicy(settings)
        self._page = read_page()
        self._runner: web.AppRunner | None = None
        self._ticker: asyncio.Future[None] | None = None
        self._sockets: set[web.WebSocketResponse] = set()

    async def start(self) -> None:
        """Listen.

        :raises OSError: if the address cannot be used
        """
        app = web.Application(middlewares=[self._guard], client_max_size=MAX_REQUEST_BYTES, logger=_logger)
        app.on_response_prepare.append(_add_security_headers)
        app.router.add_get(SOCKET_PATH, self._serve_socket)
        for path in self._page.files:
            app.router.add_get(path, self._serve_file)
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, logger=_logger)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._settings.address, self._settings.port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self._ticker = asyncio.ensure_future(self._tick())

    async def stop(self) -> None:
        """Close every page's connection and stop listening."""
        if self._ticker is not None:
            self._ticker.cancel()
        goodbyes = [
            socket.close(code=WSCloseCode.GOING_AWAY, message=b"the server ends") for socket in set(self._sockets)
        ]
        if goodbyes:
            await asyncio.wait([asyncio.ensure_future(goodbye) for goodbye in goodbyes], timeout=_CLOSE_TIMEOUT_S)
        if self._runner is not None:
            await self._runner.cleanup()
        self.encoder.close()

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        refusal = self._access.refusal(request.headers)
        if refusal:
            raise web.HTTPForbidden(text=f"{refusal}\n")
        if not self._access.is_cookie(request.cookies.get(self._access.cookie_name)):
            token = request.query.get("token")
            if token is None or not self._access.is_token(token):
                raise web.HTTPUnauthorized(
                    text="This page needs its token: open it once as http://ADDRESS:PORT/?token=TOKEN, with the"
                    " value of the node's parameter token.\n"
                )
            response = web.HTTPSeeOther("/")
            response.set_cookie(self._access.cookie_name, self._access.cookie, httponly=True, samesite="Lax", path="/")
            raise response
        if "token" in request.query:
            # It must not stay where people see it.
            raise web.HTTPSeeOther("/")
        return await handler(request)

    async def _serve_file(self, request: web.Request) -> web.Response:
        file = self._page.files[request.path]
        return web.Response(body=file.content, content_type=file.media_type, charset="utf-8")

    async def _serve_socket(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(
            autoping=False, timeout=_CLOSE_TIMEOUT_S, max_msg_size=MAX_REQUEST_BYTES, compress=False
        )
        await socket.prepare(request)
        if len(self._hub.watchers) >= self._settings.max_clients:
            reason = f"{len(self._hub.watchers)} pages are open, as many as max_clients allows"
            await socket.close(code=WSCloseCode.TRY_AGAIN_LATER, message=reason.encode())
            return socket
        client = Client(socket, self._hub, self.encoder, self._settings, self._set_parameter)
        self._sockets.add(socket)
        self._hub.watchers.append(client)
        try:
            client.wake()
            await client.run(self._greeting())
        finally:
            self._sockets.discard(socket)
            self._hub.watchers.remove(client)
            self._hub.update_watched()
        return socket

    def _greeting(self) -> dict[str, Any]:
        return {
            "type": "hello",
            "page": self._page.version,
            "allow_changes": self._settings.allow_changes,
            "keypoint_names": list(KEYPOINT_NAMES),
            "limbs": [[int(a), int(b)] for a, b in LIMBS],
        }

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(_TICK_S)
            if self._hub.watchers:
                self._hub.tick()


async def _add_security_headers(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_SECURITY_HEADERS)
