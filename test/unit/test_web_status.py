# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What the page tells of diagnostics, and which files it is made of."""

from __future__ import annotations

import json

from posenet_ros.web.page_files import read_page
from posenet_ros.web.status import Status, StatusBoard, TunableParameter, inference_ms


def test_errors_come_first_and_the_newest_counts():
    board = StatusBoard()
    board.update([Status("a", "ok", "fine"), Status("b", "warning", "hot"), Status("c", "error", "broken")], now=0.0)
    board.update([Status("a", "error", "broken, too")], now=1.0)
    assert [(status.name, status.level) for status in board.current(1.0)] == [
        ("a", "error"),
        ("c", "error"),
        ("b", "warning"),
    ]


def test_what_is_not_renewed_is_stale_and_in_the_end_forgotten():
    board = StatusBoard()
    board.update([Status("a", "ok", "fine")], now=0.0)
    assert board.current(4.0)[0].level == "ok"
    [stale] = board.current(8.0)
    assert (stale.level, stale.message) == ("stale", "no news for 8 s; it was: fine")
    assert board.current(100.0) == []


def test_a_flood_of_diagnostics_is_cut():
    board = StatusBoard()
    values = {f"key {number}": "x" * 10_000 for number in range(1000)}
    board.update([Status(f"{number}" * 1000, "ok", "x" * 10_000, "", values) for number in range(200)], now=0.0)
    shown = [status.as_json() for status in board.current(0.0)]
    assert len(json.dumps(shown)) < 1_000_000


def test_the_time_of_the_network_is_that_of_the_camera():
    statuses = [
        Status("other", "ok", "", "/rear/image", {"inference median (ms)": "99.0"}),
        Status("ours", "ok", "", "/image", {"total median (ms)": "30.0", "inference median (ms)": "12.5"}),
        Status("new", "ok", "", "/front/image", {"inference median (ms)": "nan"}),
    ]
    assert inference_ms(statuses, "/image") == 12.5
    assert inference_ms(statuses, "/front/image") is None
    assert inference_ms(statuses, "/elsewhere") is None


def test_parameters_are_json():
    parameter = TunableParameter("decoder", "string", "multi", "How people are found.", choices=("multi", "single"))
    assert json.loads(json.dumps(parameter.as_json()))["choices"] == ["multi", "single"]


def test_the_page_is_complete_and_refers_to_itself_only():
    page = read_page()
    assert {"/", "/main.js", "/style.css", "/icon.svg"} <= page.files.keys()
    text = page.files["/"].content.decode()
    assert "://" not in text
    # The content security policy forbids what is inline.
    assert "<style" not in text
    assert " style=" not in text
    assert " onclick" not in text
    for path, file in page.files.items():
        for line in file.content.decode().splitlines():
            assert "://" not in line or "www.w3.org" in line or "${scheme}://" in line, (path, line)
