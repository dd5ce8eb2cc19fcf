#!/usr/bin/env python3
# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Measures what the page costs: with no, one and five pages open, images of 640x480 at 30 Hz.

Prints the rate and the image age at the pose node, the time from the stamp of an image until a page has it (drawn, in
a browser), and the processor time and memory of the web node. Browsers share the cores with the nodes here, so that
there are also light pages, which only acknowledge. Then come broken messages and connections that are dropped. Needs
Chromium and requirements/browser.txt. Compare the lines of one run.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import re
import shutil
import struct
import sys
import threading
import time
from pathlib import Path

import aiohttp
import numpy as np
import rclpy
from playwright.async_api import Browser, Page, async_playwright
from rclpy.node import Node

sys.path.insert(0, str(Path(__file__).parent))
from clip import CLIP
from node_processes import NodeProcesses

from posenet_ros.msg import PoseArray
from posenet_ros.ros.middleware import large_image_environment
from posenet_ros.ros.qos import OUTPUT

PORT = 8092
URL = f"http://127.0.0.1:{PORT}/"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
# Tells these browsers from others.
MARK = "--user-agent=bench_web"
BROKEN = (b"{", b"[" * 4000, b"x" * 5000, b'{"type":"set"}', b"\xff\xfe", b'{"type":"watch","camera":1,"width":2}')


class Poses(Node):
    """Notes when poses come and how old their images are."""

    def __init__(self) -> None:
        super().__init__("bench_web")
        self.ages: list[float] = []
        self.create_subscription(PoseArray, "pose", self._take, OUTPUT)

    def _take(self, message: PoseArray) -> None:
        stamp = message.header.stamp
        self.ages.append(1e3 * (time.time() - stamp.sec - 1e-9 * stamp.nanosec))


class LightPages:
    """Pages that only acknowledge: what watching costs the nodes where the browsers run on other machines."""

    def __init__(self, count: int) -> None:
        self.delays: list[float] = []
        self._tasks = [asyncio.ensure_future(self._watch()) for _ in range(count)]

    async def _watch(self) -> None:
        async with aiohttp.ClientSession() as session, session.ws_connect(f"{URL}socket") as page:
            await page.send_json({"type": "watch", "camera": "", "width": 640})
            async for message in page:
                if message.type == aiohttp.WSMsgType.BINARY:
                    length = struct.unpack_from("<I", message.data)[0]
                    stamp = json.loads(message.data[4 : 4 + length])["stamp"]
                    self.delays.append(1e3 * (time.time() - stamp))
                    await page.send_json({"type": "ready"})

    async def close(self) -> None:
        """Close the connections."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def measure(poses: Poses, pages: list[Page], seconds: float) -> tuple[list[float], list[float]]:
    """Return the ages of images at the poses, and the delays of drawn frames, in milliseconds."""
    poses.ages, delays = [], []
    seen = [""] * len(pages)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        await asyncio.sleep(0.005)
        for index, page in enumerate(pages):
            sequence, delay = await page.evaluate("Object.values(document.getElementById('image').dataset)")
            if sequence != seen[index]:
                seen[index] = sequence
                delays.append(float(delay))
    return poses.ages, delays


async def open_pages(browser: Browser, count: int) -> list[Page]:
    """Return pages that show frames."""
    pages = []
    for _ in range(count):
        page = await (await browser.new_context(viewport={"width": 1024, "height": 768})).new_page()
        await page.goto(URL)
        while not await page.evaluate("document.getElementById('image').dataset.sequence"):
            await asyncio.sleep(0.05)
        pages.append(page)
    return pages


def spread(values: list[float]) -> str:
    """Return median and 95th percentile."""
    return "{:.0f} / {:.0f}".format(*np.percentile(values, (50, 95))) if values else "-"


def give_way(name: bytes) -> None:
    """Let processes have only what others leave: browsers are on other machines, where it matters."""
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if name in (folder / "cmdline").read_bytes() and folder.stat().st_uid == os.getuid():
                os.setpriority(os.PRIO_PROCESS, int(folder.name), 19)


class WebProcess:
    """Memory and processor time of the web node, from /proc."""

    def __init__(self) -> None:
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                command = (folder / "cmdline").read_bytes()
            except OSError:
                continue
            if b"lib/posenet_ros/web_node" in command and f"port:={PORT}".encode() in command:
                self._folder = folder

    @property
    def megabytes(self) -> float:
        """Resident memory."""
        text = (self._folder / "status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", text)[1]) / 1e3

    @property
    def seconds(self) -> float:
        """Processor time since the start."""
        fields = (self._folder / "stat").read_text().rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def attack(web: WebProcess) -> None:
    """Send broken messages, and open and drop connections; print what becomes of the memory."""
    rng = random.Random(1)  # noqa: S311 - for a benchmark
    print(f"{'':24}{'memory (MB)':>12}")
    print(f"{'before':24}{web.megabytes:12.1f}")
    async with aiohttp.ClientSession() as session:
        for done in range(1, 4001):
            async with session.ws_connect(f"{URL}socket") as page:
                message = rng.choice(BROKEN) if done % 2 else rng.randbytes(rng.randrange(1, 4000))
                await (page.send_bytes(message) if done % 3 else page.send_str(message.decode("latin-1")))
                while (await page.receive()).type in {aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY}:
                    pass
            if done % 1000 == 0:
                print(f"{f'{done} broken messages':24}{web.megabytes:12.1f}")
    request = f"GET /socket HTTP/1.1\r\nHost: 127.0.0.1:{PORT}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    request += "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    held = []
    for done in range(1, 201):
        _, writer = await asyncio.open_connection("127.0.0.1", PORT)
        writer.write(request.encode()[: None if done % 2 else 40])
        await writer.drain()
        held.append(writer)
        if done % 20 == 0:
            for dropped in held:
                dropped.transport.abort()
            held.clear()
    await asyncio.sleep(1.0)
    print(f"{'200 dropped connections':24}{web.megabytes:12.1f}")
    async with aiohttp.ClientSession() as session, session.get(URL) as answer:
        print(f"the page still answers: {answer.status}")


async def run(poses: Poses, seconds: float) -> None:
    """Measure with no, one and five browsers."""
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=shutil.which("chromium"), args=[*ARGUMENTS, MARK])
        give_way(MARK.encode())
        web = WebProcess()
        print(f"{'pages':12}{'poses (Hz)':>12}{'age (ms)':>12}{'shown (Hz)':>12}{'delay (ms)':>12}{'CPU':>7}{'MB':>7}")
        for kind, count in (("", 0), ("light", 1), ("light", 5), ("", 0), ("browser", 1), ("browser", 5), ("", 0)):
            light = LightPages(count if kind == "light" else 0)
            pages = await open_pages(browser, count if kind == "browser" else 0)
            await measure(poses, pages, 2.0)
            before = web.seconds
            light.delays.clear()
            ages, delays = await measure(poses, pages, seconds)
            delays += light.delays
            busy = (web.seconds - before) / seconds
            drawn = len(delays) / seconds / max(count, 1)
            print(
                f"{f'{count} {kind}':12}{len(ages) / seconds:12.1f}{spread(ages):>12}{drawn:12.1f}{spread(delays):>12}"
                f"{100 * busy:6.0f}%{web.megabytes:7.0f}",
                flush=True,
            )
            await light.close()
            for page in pages:
                await page.context.close()
            await asyncio.sleep(1.0)
        await browser.close()
        await attack(web)


def main() -> int:
    """Run the nodes and measure; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="bundled", help=".tflite file or name")
    parser.add_argument("--seconds", type=float, default=15.0, help="for each number of browsers")
    options = parser.parse_args()
    os.environ.update(large_image_environment(os.environ))
    camera = {"frame_rate": "30.0"}
    with NodeProcesses(str(CLIP), options.model, None, {"web_node": {"port": str(PORT)}}, camera):
        time.sleep(4.0)
        rclpy.init()
        poses = Poses()
        # In a thread of its own: browsers can keep the event loop waiting.
        threading.Thread(target=rclpy.spin, args=(poses,), daemon=True).start()
        asyncio.run(run(poses, options.seconds))
        rclpy.try_shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(main())
