# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The web node beside real nodes; test/browser looks at its page."""

from __future__ import annotations

import asyncio
import json
import re
import struct

import cv2
import numpy as np
import pytest

pytest.importorskip("aiohttp", reason="aiohttp is not installed; only the web node needs it")

import aiohttp

TIMEOUT_S = 30.0
_URL = re.compile(r"the page is at (http://\S+)")


@pytest.fixture
def serve(start, listener):
    """Return a function that starts the web node and returns it and the address of its page."""

    def serve_(*arguments, launch=start, **parameters):
        node = launch("web_node", *arguments, port=0, **parameters)
        listener.wait_until(lambda: _URL.search(node.output), "address of the page")
        return node, _URL.search(node.output).group(1)

    return serve_


def visit(url, talk, **options):
    """Run a coroutine function with the WebSocket of a page."""

    async def visiting():
        async with aiohttp.ClientSession() as session, session.ws_connect(f"{url}socket", **options) as page:
            return await asyncio.wait_for(talk(page), TIMEOUT_S)

    return asyncio.run(visiting())


async def next_frame(page):
    """Return the header and the image of the next frame that has people and an image."""
    while True:
        message = await page.receive()
        assert message.type in {aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY}
        if message.type == aiohttp.WSMsgType.BINARY:
            length = struct.unpack_from("<I", message.data)[0]
            header, content = json.loads(message.data[4 : 4 + length]), message.data[4 + length :]
            if header["people"] and content:
                return header, cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
            await page.send_json({"type": "ready"})


async def watch(page, camera=""):
    await page.send_json({"type": "watch", "camera": camera, "width": 0})


def test_frames_have_the_image_and_the_people_in_it(start, serve, person_path, person, person_keypoints, any_model):
    start("pose_node", model=any_model, depth=True)
    start("camera_node", source=person_path, depth_picture=person_path.with_name("person_depth.png"))
    _, url = serve()

    async def talk(page):
        await watch(page)
        return await next_frame(page)

    header, image = visit(url, talk)
    assert image.shape == person.shape
    assert np.abs(image.astype(int) - person).mean() < 4
    found = header["people"][0]
    assert np.median(np.linalg.norm(np.array(found["keypoints"]) - person_keypoints, axis=1)) < 15
    assert found["distance"] == pytest.approx(2.5, abs=0.15)
    assert (header["width"], header["height"], header["frame_id"]) == (640, 480, "camera_optical_frame")


def test_images_are_received_only_while_somebody_watches(start, serve, listener, person_path, any_model):
    start("pose_node", model=any_model)
    start("camera_node", source=person_path)
    _, url = serve()

    def subscriptions():
        return {info.node_name for info in listener.get_subscriptions_info_by_topic("/image")}

    listener.wait_until(lambda: "posenet" in subscriptions(), "the pose node listens")
    listener.spin_for(1.0)
    assert "pose_web" not in subscriptions()

    async def talk(page):
        await watch(page)
        await next_frame(page)
        return subscriptions()

    assert "pose_web" in visit(url, talk)
    listener.wait_until(lambda: "pose_web" not in subscriptions(), "the web node listens no more")


def test_it_shows_the_cameras_of_the_pose_node_it_is_told(start, serve, person_path, any_model):
    start("pose_node", "-r", "__node:=other", model=any_model, cameras="[left, right]")
    start("camera_node", "-r", "__ns:=/right", source=person_path)
    _, url = serve(pose_node="other")

    async def talk(page):
        while True:
            message = await page.receive()
            if message.type == aiohttp.WSMsgType.TEXT and json.loads(message.data).get("cameras") == ["left", "right"]:
                break
        await watch(page, "right")
        header, _ = await next_frame(page)
        return header

    assert visit(url, talk)["camera"] == "right"


def test_changes_reach_the_pose_node_and_its_refusals_come_back(start, serve, any_model):
    start("pose_node", model=any_model)
    _, url = serve(allow_changes=True)

    async def talk(page):
        async def heard(kind):
            while True:
                message = await page.receive()
                if message.type == aiohttp.WSMsgType.TEXT and json.loads(message.data)["type"] == kind:
                    return json.loads(message.data)

        async def change(name, value):
            await page.send_json({"type": "set", "name": name, "value": value})
            return (await heard("set"))["reason"]

        async def value_of(name):
            known = {}
            while name not in known:
                known = {entry["name"]: entry for entry in (await heard("parameters"))["parameters"]}
            return known[name]

        described = await value_of("max_poses")
        assert (described["value"], described["minimum"], described["maximum"]) == (5, 1, 100)
        assert described["description"]
        assert await change("max_poses", 3) == ""
        while (await value_of("max_poses"))["value"] != 3:
            pass
        # A whole number where a number with a point is meant, as JavaScript writes it.
        assert await change("pose_threshold", 1) == ""
        assert await change("decoder", "single") == ""
        assert "expected" in await change("decoder", "best")
        assert "101" in await change("max_poses", 101)
        assert "type integer" in await change("max_poses", "3")
        assert "too large" in await change("max_poses", 2**70)
        assert "too large" in await change("pose_threshold", 10**400)
        assert "no parameter" in await change("model", "other.tflite")
        while (decoder := await value_of("decoder"))["value"] != "single":
            pass
        return decoder["choices"]

    assert visit(url, talk) == ["multi", "multi_refined", "single"]


def test_it_ends_cleanly_with_pages_open(serve, start_program):
    node, url = serve(launch=start_program)

    async def talk(page):
        await watch(page)
        await page.receive()
        status = await asyncio.get_running_loop().run_in_executor(None, node.end)
        while (message := await page.receive()).type != aiohttp.WSMsgType.CLOSE:
            pass
        return status, message.data

    assert visit(url, talk, autoping=False) == (0, 1001)


@pytest.mark.parametrize(
    ("parameters", "complaint"),
    [
        ({"address": "0.0.0.0"}, "set token"),
        ({"port": 99999}, "port"),
        ({"address": "203.0.113.1", "token": "x"}, "203"),
    ],
)
def test_what_cannot_be_served_ends_the_node_with_the_reason(start, parameters, complaint):
    node = start("web_node", **({"port": 0} | parameters))
    assert node.wait() == 1
    assert "[FATAL]" in node.output
    assert complaint in node.output


def test_the_token_is_not_logged(serve):
    node, _ = serve(token="sesame")
    assert "token=" in node.output
    assert "sesame" not in node.output
