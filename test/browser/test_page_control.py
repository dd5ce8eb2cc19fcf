# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Parameters, restarts, and pages that are not ours."""

from __future__ import annotations

import functools
import http.server
import socket
import threading

import pytest

from page_helpers import wait_for, wait_for_frames
from ros_helpers import get_parameter

FOREIGN_NAME = "evil.example"


@pytest.fixture
def nodes(start, person_path, any_model):
    """Start the camera and the pose node on the drawn person."""
    start("pose_node", model=any_model)
    start("camera_node", source=person_path)


@pytest.fixture
def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def foreign_site(tmp_path):
    """Return the address of another website on this machine."""
    (tmp_path / "index.html").write_text("<!doctype html><title>foreign</title>")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


def test_parameters_change_and_are_refused(listener, nodes, serve, open_page):
    _, url = serve(allow_changes=True)
    page = open_page(url)
    page.fill("#parameter-max_poses", "3")
    page.keyboard.press("Enter")
    listener.wait_until(lambda: get_parameter(listener, "max_poses").integer_value == 3, "max_poses is 3")
    page.select_option("#parameter-decoder", "single")
    listener.wait_until(lambda: get_parameter(listener, "decoder").string_value == "single", "decoder is single")
    page.check("#parameter-smoothing")
    listener.wait_until(lambda: get_parameter(listener, "smoothing").bool_value, "smoothing is on")
    slider = page.locator("[data-name=pose_threshold] input[type=range]")
    slider.focus()
    before = get_parameter(listener, "pose_threshold").double_value
    page.keyboard.press("ArrowRight")
    listener.wait_until(
        lambda: get_parameter(listener, "pose_threshold").double_value > before, "pose_threshold is higher"
    )
    # What the service says of a bad value is shown, and the old value stays.
    page.fill("#parameter-max_poses", "500")
    page.keyboard.press("Enter")
    wait_for(page, "document.querySelector('[data-name=max_poses] .refused').textContent.includes('500')")
    wait_for(page, "document.getElementById('parameter-max_poses').value === '3'")
    assert get_parameter(listener, "max_poses").integer_value == 3
    # Those that wait for the node to be configured anew are told, not offered.
    assert page.locator("#parameter-model").count() == 0
    assert "model" in page.locator("#fixed-parameters").text_content()


def test_without_allow_changes_parameters_are_read_only(nodes, serve, open_page):
    _, url = serve()
    page = open_page(url)
    page.wait_for_selector("[data-name=max_poses] .value")
    assert page.locator(".parameter input, .parameter select").count() == 0
    assert "Read-only" in page.inner_text("#tuning-about")


def test_the_page_comes_back_by_itself(nodes, serve, open_page, free_port):
    node, url = serve(port=free_port)
    page = open_page(url)
    wait_for_frames(page)
    assert node.end() == 0
    page.wait_for_selector("#banner:visible")
    assert page.inner_text("#link") == "Not connected"
    assert "connection is lost" in page.inner_text("#banner")
    serve(port=free_port)
    page.wait_for_selector("#banner", state="hidden")
    wait_for_frames(page)
    assert page.inner_text("#link") == "Live"


def test_the_page_tells_when_the_pose_node_is_gone_and_shows_it_when_it_is_back(
    start, serve, open_page, person_path, any_model
):
    start("camera_node", source=person_path)
    node = start("pose_node", model=any_model)
    _, url = serve()
    page = open_page(url)
    wait_for_frames(page)
    # What never came cannot be stale.
    page.wait_for_selector("#diagnostics li[data-level=ok]")
    assert node.end() == 0
    wait_for(page, "document.getElementById('image-note').textContent === 'Images come, but no poses'")
    page.wait_for_selector("#diagnostics li[data-level=stale]")
    start("pose_node", model=any_model)
    page.wait_for_selector("#diagnostics li[data-level=ok]")
    page.wait_for_selector("#people tr")
    wait_for_frames(page)


def test_a_wrong_model_is_told_in_words(start, serve, open_page, person_path):
    start("camera_node", source=person_path)
    start("pose_node", model="/nowhere.tflite")
    _, url = serve()
    page = open_page(url)
    page.wait_for_selector("#diagnostics li[data-level=error]")
    assert "/nowhere.tflite" in page.inner_text("#diagnostics li[data-level=error]")


def test_foreign_pages_and_names_are_refused(nodes, serve, open_page, foreign_site):
    _, url = serve()
    ours = open_page(url)
    wait_for_frames(ours)
    attack = """(url) => new Promise((resolve) => {
      const socket = new WebSocket(url.replace("http", "ws") + "socket");
      socket.onmessage = () => resolve("message");
      socket.onclose = (event) => resolve(`closed ${event.code}`);
    })"""
    foreign = open_page(foreign_site)
    assert foreign.evaluate(attack, url) == "closed 1006"
    read = """(url) => fetch(url).then((answer) => answer.text(), () => "refused")"""
    assert foreign.evaluate(read, url) == "refused"
    assert ours.evaluate(attack, url) == "message"
    # DNS rebinding: the name is the attacker's, the address is ours.
    rebound = open_page(url.replace("127.0.0.1", FOREIGN_NAME))
    assert "Host is" in rebound.inner_text("body")
    assert rebound.evaluate(attack, url.replace("127.0.0.1", FOREIGN_NAME)) == "closed 1006"


def test_a_token_is_needed_once(nodes, serve, open_page):
    _, url = serve(token="sesame")
    closed = open_page(url)
    assert "needs its token" in closed.inner_text("body")
    page = open_page(f"{url}?token=sesame")
    assert page.url == url
    wait_for_frames(page)
    page.reload()
    wait_for_frames(page)


def test_an_open_address_without_a_token_is_refused(start):
    node = start("web_node", address="0.0.0.0", port=0)
    assert node.wait() == 1
    assert "set token" in node.output
