# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from posenet_ros.ros.throttled_log import ThrottledLog


class Node:
    """Keeps what is logged."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def get_logger(self) -> Node:
        return self

    def warning(self, text: str) -> None:
        self.texts.append(f"warning: {text}")

    def error(self, text: str) -> None:
        self.texts.append(f"error: {text}")


@pytest.fixture
def clock(monkeypatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr("posenet_ros.ros.throttled_log.time.monotonic", lambda: now[0])
    return now


def test_one_camera_does_not_silence_another(clock):
    node = Node()
    front, rear = ThrottledLog(node, 10.0), ThrottledLog(node, 10.0)
    for _ in range(3):
        front.error("front")
        rear.error("rear")
        clock[0] += 1.0
    assert node.texts == ["error: front", "error: rear"]


def test_a_text_comes_again_after_the_period(clock):
    node = Node()
    log = ThrottledLog(node, 10.0)
    for _ in range(21):
        log.warning(f"at {clock[0]:g}")
        clock[0] += 1.0
    assert node.texts == ["warning: at 100", "warning: at 110", "warning: at 120"]
