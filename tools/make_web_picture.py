#!/usr/bin/env python3
# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Makes the README's picture of the page, docs/web.png: real nodes on the rendered clip, seen in Chromium."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parent))
from clip import CLIP
from node_processes import NodeProcesses
from view import ADDRESS, wait_for_page

from posenet_ros.ros.middleware import large_image_environment

ROOT = Path(__file__).resolve().parents[1]
PORT = 8093
SIZE = {"width": 1600, "height": 900}
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
# The plots are to be filled.
WARM_UP_S = 62.0
TIMEOUT_S = 60.0
# Two people with high scores, whose colours are easy to tell apart.
_MOMENT = """() => {
  const all = (selector, value) => [...document.querySelectorAll(selector)].map(value);
  const scores = all("#people .score", (cell) => Number(cell.textContent));
  const turns = all("#people .title", (cell) => (Number(cell.textContent) * 0.618034) % 1);
  const apart = Math.abs(turns[0] - turns[1]);
  return scores.length === 2 && Math.min(...scores) > 0.65 && Math.min(apart, 1 - apart) > 0.2;
}"""


def wait_for_two_people(page: Page) -> None:
    """Pause the page while it shows two people well."""
    deadline = time.monotonic() + TIMEOUT_S
    while not page.evaluate(_MOMENT):
        if time.monotonic() > deadline:
            raise RuntimeError(f"no two people with high scores within {TIMEOUT_S:g} s: give another --model")
        page.wait_for_timeout(20)


def main() -> int:
    """Write the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="bundled", help=".tflite file or name")
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "web.png")
    options = parser.parse_args()
    os.environ.update(large_image_environment(os.environ))
    web = {"port": str(PORT), "plane_distance": "3.0"}
    with NodeProcesses(str(CLIP), options.model, None, {"web_node": web}) as nodes, sync_playwright() as driver:
        wait_for_page(nodes, PORT)
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        page = browser.new_page(viewport=SIZE, color_scheme="dark")
        page.goto(f"http://{ADDRESS}:{PORT}/")
        page.wait_for_timeout(1000 * WARM_UP_S)
        wait_for_two_people(page)
        page.screenshot(path=str(options.output))
        browser.close()
    print(options.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
