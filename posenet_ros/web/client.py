# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""One open page: it gets the newest frame each time it has drawn the one before, so that a slow one skips."""

from __future__ import annotations

import asyncio
import json
import time
from functools import partial
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from posenet_ros.errors import BadRequestError
from posenet_ros.settings.web import PageSettings
from posenet_ros.streaming.rate_limit import RateLimit
from posenet_ros.web.encoder import FrameEncoder
from posenet_ros.web.hub import Hub
from posenet_ros.web.requests import Change, Pause, Ready, Request, Watch, parse_request
from posenet_ros.web.status import ParameterSetter
from posenet_ros.web.token_bucket import TokenBucket

_REQUESTS_PER_S = 30.0
_REQUESTS_AT_ONCE = 60
_CHANGES_PER_S = 20.0
_CHANGES_AT_ONCE = 20
_CHANGE_TIMEOUT_S = 5.0
_MAX_REASON_BYTES = 120
_PING_PERIOD_S = 5.0
# A page that has not answered for so long is gone.
_SILENCE_S = 15.0


class Client:
    """Sends what is new over a WebSocket, and does what the page asks."""

    def __init__(
        self,
        socket: web.WebSocketResponse,
        hub: Hub,
        encoder: FrameEncoder,
        settings: PageSettings,
        set_parameter: ParameterSetter,
    ) -> None:
        self.camera: str | None = None
        self._socket = socket
        self._hub = hub
        self._encoder = encoder
        self._settings = settings
        self._set_parameter = set_parameter
        self._news = asyncio.Event()
        self._width = 0
        self._may_send = True
        self._sequence = 0
        self._rate = RateLimit()
        self._state_version = self._parameters_version = -1
        now = time.monotonic()
        self._change_tasks: set[asyncio.Future[None]] = set()
        self._heard = now
        self._requests = TokenBucket(_REQUESTS_PER_S, _REQUESTS_AT_ONCE, now)
        self._changes = TokenBucket(_CHANGES_PER_S, _CHANGES_AT_ONCE, now)

    def wake(self) -> None:
        """Look at the hub again."""
        self._news.set()

    async def run(self, greeting: dict[str, Any]) -> None:
        """Serve the page until either side ends."""
        sender = asyncio.ensure_future(self._send(greeting))
        receiver = asyncio.ensure_future(self._receive())
        pinger = asyncio.ensure_future(self._ping())
        try:
            done, _ = await asyncio.wait((sender, receiver, pinger), return_when=asyncio.FIRST_COMPLETED)
            for ended in done:
                ended.result()
        except ConnectionError:
            pass  # The page was closed while something was on its way.
        finally:
            tasks = (sender, receiver, pinger, *self._change_tasks)
            for unfinished in tasks:
                unfinished.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _send(self, greeting: dict[str, Any]) -> None:
        await self._send_json(greeting)
        while True:
            await self._news.wait()
            self._news.clear()
            hub = self._hub
            if self._state_version != hub.state_version:
                self._state_version = hub.state_version
                await self._send_json(hub.state(self.camera))
            if self._parameters_version != hub.parameters_version:
                self._parameters_version = hub.parameters_version
                await self._send_json(hub.parameter_list())
            camera = hub.cameras.get(self.camera) if self.camera is not None else None
            frame = camera.frame if camera is not None else None
            if camera is None or frame is None or not self._may_send or frame.sequence <= self._sequence:
                continue
            if not self._rate.passes(time.monotonic(), self._settings.max_rate):
                continue
            self._sequence, self._may_send = frame.sequence, False
            payload = await self._encoder.payload(frame, self._width, partial(camera.describe, frame))
            await self._socket.send_bytes(payload, compress=False)

    async def _ping(self) -> None:
        # aiohttp's own heartbeat holds each closed connection until its next turn.
        while time.monotonic() - self._heard < _SILENCE_S:
            await self._socket.ping()
            await asyncio.sleep(_PING_PERIOD_S)

    async def _receive(self) -> None:
        async for message in self._socket:
            self._heard = time.monotonic()
            if message.type == WSMsgType.ERROR:
                return
            if message.type in {WSMsgType.PING, WSMsgType.PONG}:
                if message.type == WSMsgType.PING:
                    await self._socket.pong(message.data)
                continue
            try:
                if message.type != WSMsgType.TEXT:
                    raise BadRequestError("not text")
                request = parse_request(message.data)
                # The answers to frames are as many as the frames.
                answer = isinstance(request, Ready) and not self._may_send
                if not answer and not self._requests.allows(time.monotonic()):
                    raise BadRequestError("too many messages")
                self._do(request)
            except BadRequestError as error:
                reason = str(error).encode()[:_MAX_REASON_BYTES]
                await self._socket.close(code=WSCloseCode.POLICY_VIOLATION, message=reason)
                return

    def _do(self, request: Request) -> None:
        if isinstance(request, Ready):
            self._may_send = True
        elif isinstance(request, Watch):
            if request.camera != self.camera:
                self._sequence = 0
            self.camera, self._width = request.camera, request.width
            self._hub.update_watched()
        elif isinstance(request, Pause):
            self.camera = None
            self._hub.update_watched()
        else:
            # Frames go on while the node makes up its mind.
            task: asyncio.Future[None] = asyncio.ensure_future(self._change(request))
            self._change_tasks.add(task)
            task.add_done_callback(self._change_tasks.discard)
        self.wake()

    async def _change(self, change: Change) -> None:
        reason = await self._try(change)
        await self._send_json({"type": "set", "name": change.name, "reason": reason})
        # The page shows the value in force again, whatever it was.
        self._parameters_version = -1
        self.wake()

    async def _try(self, change: Change) -> str:
        if not self._settings.allow_changes:
            return "changes are off: start the page's node with allow_changes:=true"
        if change.name not in {parameter.name for parameter in self._hub.parameters if parameter.live}:
            return f"there is no parameter '{change.name}' that changes at run time"
        if not self._changes.allows(time.monotonic()):
            return "too many changes at once: try again"
        try:
            answer = asyncio.wrap_future(self._set_parameter(change.name, change.value))
            return await asyncio.wait_for(answer, _CHANGE_TIMEOUT_S)
        except asyncio.TimeoutError:
            return f"the node did not answer within {_CHANGE_TIMEOUT_S:g} s"

    async def _send_json(self, message: dict[str, Any]) -> None:
        await self._socket.send_str(json.dumps(message, allow_nan=False), compress=False)
