# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What tests see of the page."""

from __future__ import annotations

import base64
import colorsys
import time

import numpy as np

TIMEOUT_S = 30.0
_SEQUENCE = "document.getElementById('image').dataset.sequence"


def wait_for(page, condition: str) -> None:
    """Return once an expression is true on the page; Playwright's own way is forbidden by the page's policy."""
    deadline = time.monotonic() + TIMEOUT_S
    while not page.evaluate(condition):
        assert time.monotonic() < deadline, f"{condition}: not within {TIMEOUT_S:g} s"
        page.wait_for_timeout(30)


def wait_for_frames(page, count: int = 2) -> None:
    """Return once the page has drawn so many more frames with people in them."""
    wait_for(page, f"document.querySelector('#people tr') && {_SEQUENCE}")
    wait_for_news(page, count)


def wait_for_news(page, count: int = 2) -> None:
    """Return once the page has drawn so many more frames."""
    for _ in range(count):
        before = page.evaluate(_SEQUENCE)
        wait_for(page, f"{_SEQUENCE} !== '{before}'")


def pixels(page, canvas: str) -> np.ndarray:
    """Return what a canvas shows, [height, width, 4] RGBA."""
    width, height, values = page.evaluate(
        """(id) => {
          const canvas = document.getElementById(id);
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          let text = "";
          for (let i = 0; i < data.length; i += 8192) text += String.fromCharCode(...data.subarray(i, i + 8192));
          return [canvas.width, canvas.height, btoa(text)];
        }""",
        canvas,
    )
    return np.frombuffer(base64.b64decode(values), np.uint8).reshape(height, width, 4)


def accent(number: int) -> np.ndarray:
    """Return the colour of a person on the page, RGB: the hue of the markers and the overlay."""
    return 255 * np.array(colorsys.hls_to_rgb(number * 0.618034 % 1.0, 0.66, 0.9))


def near(image: np.ndarray, point: np.ndarray, colour: np.ndarray, radius: int) -> bool:
    """Return whether a pixel around a point has the colour."""
    x, y = np.rint(point).astype(int)
    window = image[max(y - radius, 0) : y + radius + 1, max(x - radius, 0) : x + radius + 1, :3].astype(float)
    return bool((np.abs(window - colour).max(axis=-1) < 30).any())
