# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The page's server, spoken to as browsers and others do."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import http.client
import json
import socket
import struct
import time
from concurrent.futures import Future
from email.message import Message
from urllib.parse import urlsplit

import numpy as np
import pytest

pytest.importorskip("aiohttp", reason="aiohttp is not installed; only the page's server needs it")

import aiohttp
import aiohttp.web

from posenet_ros.errors import WebError
from posenet_ros.people import People
from posenet_ros.settings.web import PageSettings
from posenet_ros.web.client import Client
from posenet_ros.web.frames import Frame, LazyImage
from posenet_ros.web.server_thread import ServerThread
from posenet_ros.web.status import Status, TunableParameter

TIMEOUT_S = 10.0


class Served:
    """A running server, and what it asked of its node."""

    def __init__(self, **options):
        self.watched = []
        self.changes = []
        self.reason = ""
        self.server = ServerThread(PageSettings(port=0, **options), self.watched.append, self._set)
        self.post("set_cameras", {"": "/image"})
        self.post("set_parameters", [TunableParameter("max_poses", "integer", 5, minimum=1, maximum=100)])

    def _set(self, name, value):
        self.changes.append((name, value))
        answer = Future()
        answer.set_result(self.reason)
        return answer

    def post(self, call, *arguments):
        self.server.post(getattr(self.server.hub, call), *arguments)

    def show(self, stamp, to_bgr=lambda: np.full((48, 64, 3), 128, np.uint8)):
        self.post("add_image", "", Frame(stamp, 0.01, LazyImage(to_bgr, 9216, 64)))
        self.post("add_people", "", Frame(stamp, 0.02, None, People.nobody(), (48, 64)))

    def run(self, visit):
        """Run a coroutine function with a client session and the server's address."""

        async def visiting():
            async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
                await asyncio.wait_for(visit(session, self.server.url), TIMEOUT_S)

        asyncio.run(visiting())


@pytest.fixture
def serve():
    """Return a function that starts a server with options."""
    started = []

    def start(**options):
        started.append(Served(**options))
        return started[-1]

    yield start
    for served in started:
        served.server.stop()


async def heard(page, kind):
    """Return the next message of a kind; 'frame' is a header."""
    while True:
        message = await page.receive()
        if message.type == aiohttp.WSMsgType.BINARY and kind == "frame":
            length = struct.unpack_from("<I", message.data)[0]
            return json.loads(message.data[4 : 4 + length])
        assert message.type in {aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY}, f"{message} instead of {kind}"
        if message.type == aiohttp.WSMsgType.TEXT and json.loads(message.data)["type"] == kind:
            return json.loads(message.data)


async def until(condition):
    while not condition():
        await asyncio.sleep(0.01)


def get_as_is(url: str, path: str) -> tuple[int, Message]:
    """Return status and headers of a path that is sent as it is: aiohttp's client resolves dots, or refuses them."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=TIMEOUT_S)
    try:
        connection.request("GET", f"/{path}")
        answer = connection.getresponse()
        return answer.status, answer.headers
    finally:
        connection.close()


def test_files_come_with_their_types_and_a_strict_policy(serve):
    async def visit(session, url):
        for path, kind in (("", "text/html"), ("main.js", "text/javascript"), ("style.css", "text/css")):
            async with session.get(url + path) as answer:
                assert answer.status == 200
                assert answer.content_type == kind
                policy = answer.headers["Content-Security-Policy"]
                assert "default-src 'none'" in policy
                assert "unsafe" not in policy
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
                assert "aiohttp" not in answer.headers["Server"]
        for path in ("nothing", "%2e%2e/options.py", "../options.py", "page/main.js", "index.html"):
            status, headers = await asyncio.to_thread(get_as_is, url, path)
            assert status == 404
            assert "Content-Security-Policy" in headers
        async with session.post(url) as answer:
            assert answer.status == 405

    serve().run(visit)


@pytest.mark.parametrize("path", ["", "main.js", "socket"])
@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}, {"Origin": "null"}])
def test_foreign_hosts_and_origins_are_refused_everywhere(serve, path, headers):
    async def visit(session, url):
        async with session.get(url + path, headers=headers) as answer:
            assert answer.status == 403
        if path == "socket":
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await session.ws_connect(url + path, headers=headers)
            assert refused.value.status == 403

    served = serve()
    served.run(visit)
    assert served.server.hub.watchers == []


def test_a_token_opens_the_page_once_and_a_cookie_from_then_on(serve):
    async def visit(session, url):
        for path in ("", "main.js", "socket", "?token=wrong", "?token=", "?token=sesame2"):
            async with session.get(url + path) as answer:
                assert answer.status == 401
                assert "Set-Cookie" not in answer.headers
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(f"{url}socket")
        async with session.get(f"{url}?token=sesame", allow_redirects=False) as answer:
            assert answer.status == 303
            assert answer.headers["Location"] == "/"
            cookie = answer.headers["Set-Cookie"]
            assert "HttpOnly" in cookie
            assert "SameSite=Lax" in cookie
            assert "sesame" not in cookie
        async with session.get(url) as answer:
            assert answer.status == 200
        async with session.get(f"{url}?token=sesame", allow_redirects=False) as answer:
            assert answer.status == 303
        async with session.ws_connect(f"{url}socket") as page:
            assert (await heard(page, "hello"))["allow_changes"] is False

    serve(token="sesame").run(visit)


def test_frames_come_one_at_a_time_and_only_while_somebody_watches(serve):
    served = serve(max_rate=0.0)
    encoded = []

    def to_bgr():
        encoded.append(time.monotonic())
        return np.full((48, 64, 3), 128, np.uint8)

    async def visit(session, url):
        async with session.ws_connect(f"{url}socket") as page:
            await heard(page, "state")
            served.show(1.0, to_bgr)
            await page.send_json({"type": "watch", "camera": "", "width": 640})
            await until(lambda: served.watched == [frozenset({""})])
            assert not encoded
            for stamp in range(2, 12):
                served.show(float(stamp), to_bgr)
                await asyncio.sleep(0.02)
            first = await heard(page, "frame")
            assert first["stamp"] == 2.0
            # It is not acknowledged: nothing more is sent, and what came meanwhile is skipped.
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(heard(page, "frame"), 0.3)
            assert len(encoded) == 1
            await page.send_json({"type": "ready"})

        async with session.ws_connect(f"{url}socket") as page:
            await page.send_json({"type": "watch", "camera": "", "width": 640})
            await until(lambda: served.watched[-1] == frozenset({""}))
            await page.send_json({"type": "pause"})
            await until(lambda: served.watched[-1] == frozenset())
            seen = len(encoded)
            served.show(30.0, to_bgr)
            await asyncio.sleep(0.1)
            assert len(encoded) == seen
        await until(lambda: not served.server.hub.watchers)

    served.run(visit)


def test_a_slow_page_skips_to_the_newest_frame(serve):
    served = serve(max_rate=0.0)

    async def visit(session, url):
        async with session.ws_connect(f"{url}socket") as page:
            await page.send_json({"type": "watch", "camera": "", "width": 0})
            await until(lambda: served.watched)
            served.show(1.0)
            assert (await heard(page, "frame"))["stamp"] == 1.0
            for stamp in (2.0, 3.0, 4.0):
                served.show(stamp)
            await page.send_json({"type": "ready"})
            assert (await heard(page, "frame"))["stamp"] in {2.0, 3.0, 4.0}
            await page.send_json({"type": "ready"})
            await asyncio.sleep(0.05)
            served.show(5.0)
            while (await heard(page, "frame"))["stamp"] != 5.0:
                await page.send_json({"type": "ready"})

    served.run(visit)


def test_watchers_of_a_size_share_the_work(serve):
    served = serve(max_rate=0.0)

    async def visit(session, url):
        pages = [await session.ws_connect(f"{url}socket") for _ in range(5)]
        for page in pages:
            await page.send_json({"type": "watch", "camera": "", "width": 640})
        await until(lambda: len([w for w in served.server.hub.watchers if w.camera == ""]) == 5)
        served.show(1.0)
        assert [(await heard(page, "frame"))["stamp"] for page in pages] == [1.0] * 5
        assert served.server.images_encoded == 1
        for page in pages:
            await page.close()

    served.run(visit)


def test_the_rate_is_limited(serve):
    served = serve(max_rate=10.0)

    async def visit(session, url):
        async with session.ws_connect(f"{url}socket") as page:
            await page.send_json({"type": "watch", "camera": "", "width": 0})
            await until(lambda: served.watched)
            got = 0
            start = time.monotonic()
            while time.monotonic() < start + 1.0:
                served.show(time.monotonic())
                try:
                    await asyncio.wait_for(heard(page, "frame"), 0.01)
                except asyncio.TimeoutError:
                    continue
                got += 1
                await page.send_json({"type": "ready"})
            assert 1 < got <= 12

    served.run(visit)


@pytest.mark.parametrize(
    ("message", "code"),
    [("{", 1008), ('{"type": "shutdown"}', 1008), (b"\x00\x01", 1008), ("x" * 5000, 1009), ("[" * 4000, 1008)],
)
def test_a_malformed_message_closes_that_page_only(serve, message, code):
    served = serve()

    async def visit(session, url):
        other = await session.ws_connect(f"{url}socket")
        page = await session.ws_connect(f"{url}socket")
        await heard(page, "hello")
        await (page.send_bytes(message) if isinstance(message, bytes) else page.send_str(message))
        while (answer := await page.receive()).type == aiohttp.WSMsgType.TEXT:
            pass
        assert answer.type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED}
        assert page.close_code == code
        await until(lambda: len(served.server.hub.watchers) == 1)
        await heard(other, "state")
        await other.close()

    served.run(visit)


def test_a_flood_closes_the_page(serve):
    async def visit(session, url):
        async with session.ws_connect(f"{url}socket") as page:
            # The server may close while there is still more to send.
            with contextlib.suppress(ConnectionError):
                for _ in range(200):
                    await page.send_json({"type": "pause"})
            while (await page.receive()).type == aiohttp.WSMsgType.TEXT:
                pass
            assert page.close_code == 1008

    serve().run(visit)


def test_more_pages_than_allowed_are_told_so(serve):
    async def visit(session, url):
        pages = [await session.ws_connect(f"{url}socket") for _ in range(2)]
        for page in pages:
            await heard(page, "hello")
        third = await session.ws_connect(f"{url}socket")
        message = await third.receive()
        assert message.data == 1013
        assert message.extra == "2 pages are open, as many as max_clients allows"
        await pages[0].close()
        await asyncio.sleep(0.1)
        again = await session.ws_connect(f"{url}socket")
        await heard(again, "hello")
        for page in (*pages, again):
            await page.close()

    serve(max_clients=2).run(visit)


@pytest.mark.parametrize(
    ("allowed", "name", "reason", "answer", "passed_on"),
    [
        (True, "max_poses", "", "", True),
        (True, "max_poses", "not today", "not today", True),
        (True, "model", "", "there is no parameter 'model' that changes at run time", False),
        (False, "max_poses", "", "changes are off: start the page's node with allow_changes:=true", False),
    ],
)
def test_changes_are_passed_on_where_they_are_allowed(serve, allowed, name, reason, answer, passed_on):
    served = serve(allow_changes=allowed)
    served.reason = reason

    async def visit(session, url):
        async with session.ws_connect(f"{url}socket") as page:
            assert (await heard(page, "parameters"))["parameters"][0]["value"] == 5
            await page.send_json({"type": "set", "name": name, "value": 3})
            assert await heard(page, "set") == {"type": "set", "name": name, "reason": answer}
            # The value in force is told again, whatever became of the change.
            await heard(page, "parameters")

    served.run(visit)
    assert served.changes == ([(name, 3)] if passed_on else [])


def test_rates_and_diagnostics_are_told(serve):
    served = serve()
    values = {"inference median (ms)": "12.5"}
    served.post("update_statuses", [Status("fine", "ok", "all is well"), Status("p", "error", "no", "/image", values)])

    async def visit(session, url):
        async with session.ws_connect(f"{url}socket") as page:
            await page.send_json({"type": "watch", "camera": "", "width": 0})
            await until(lambda: served.watched)
            for stamp in range(10):
                served.show(float(stamp))
            await heard(page, "state")
            state = await heard(page, "state")
            assert state["topic"] == "/image"
            assert state["cameras"] == [""]
            assert state["figures"] == {"image_rate": 5.0, "pose_rate": 5.0, "age": 20.0, "inference": 12.5}
            assert [status["level"] for status in state["diagnostics"]] == ["error", "ok"]

    served.run(visit)


def test_a_page_that_is_gone_without_a_word_is_dropped(serve, monkeypatch):
    monkeypatch.setattr("posenet_ros.web.client._SILENCE_S", 0.4)
    monkeypatch.setattr("posenet_ros.web.client._PING_PERIOD_S", 0.1)
    served = serve()

    async def visit(session, url):
        deaf = await session.ws_connect(f"{url}socket", autoping=False)
        async with session.ws_connect(f"{url}socket") as page:
            answering = asyncio.ensure_future(heard(page, "nothing"))
            await until(lambda: len(served.server.hub.watchers) == 2)
            # Whoever answers pings stays.
            await until(lambda: len(served.server.hub.watchers) == 1)
            await asyncio.sleep(0.6)
            assert len(served.server.hub.watchers) == 1
            answering.cancel()
        await deaf.close()

    served.run(visit)


def test_pings_are_answered(serve):
    async def visit(session, url):
        async with session.ws_connect(f"{url}socket", autoping=False) as page:
            await page.ping(b"hello")
            while (message := await page.receive()).type != aiohttp.WSMsgType.PONG:
                pass
            assert message.data == b"hello"

    serve().run(visit)


def test_closed_connections_are_let_go(serve):
    """Neither the page's state nor aiohttp's is kept, as its own heartbeat would do it."""
    served = serve()

    def sockets():
        gc.collect()
        return sum(isinstance(thing, aiohttp.web.WebSocketResponse | Client) for thing in gc.get_objects())

    async def visit(session, url):
        for _ in range(50):
            async with session.ws_connect(f"{url}socket") as page:
                await page.send_str("{")
                while (await page.receive()).type == aiohttp.WSMsgType.TEXT:
                    pass
        await until(lambda: not served.server.hub.watchers)

    served.run(visit)
    assert sockets() <= 4


def test_a_port_in_use_is_named():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(WebError, match=f"port {port} is in use"):
            ServerThread(PageSettings(port=port), lambda names: None, lambda name, value: Future())


def test_stopping_says_good_bye_and_is_quick(serve):
    served = serve()

    async def visit(session, url):
        page = await session.ws_connect(f"{url}socket", autoping=False)
        start = time.monotonic()
        await asyncio.get_running_loop().run_in_executor(None, served.server.stop)
        assert time.monotonic() - start < 4.0
        while (message := await page.receive()).type in {aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.PING}:
            pass
        assert message.data == 1001

    served.run(visit)
    served.post("tick")
