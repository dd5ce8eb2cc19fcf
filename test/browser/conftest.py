# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A real browser, Debian's Chromium driven by Playwright, that looks at the page of real nodes."""

from __future__ import annotations

import importlib.util
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

# Nodes are started and heard as in the integration tests.
_SPEC = importlib.util.spec_from_file_location(
    "integration_fixtures", Path(__file__).resolve().parents[1] / "integration" / "conftest.py"
)
_integration = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_integration)
isolated_ros, listener, start = _integration.isolated_ros, _integration.listener, _integration.start
fork_server, running, ending = _integration.fork_server, _integration.running, _integration.ending

TIMEOUT_MS = 30_000
# A name that resolves to this machine, as one that an attacker rebinds does.
FOREIGN_NAME = "evil.example"
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--host-resolver-rules=MAP {FOREIGN_NAME} 127.0.0.1",
]
_URL = re.compile(r"the page is at (http://\S+)")


@pytest.fixture(scope="module")
def chromium() -> Iterator[object]:
    """Return the browser; of the module, since Playwright's event loop keeps others from their own."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("no Chromium: apt-get install chromium")
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="no Playwright: pip install -r requirements/browser.txt, or make test-browser"
    )
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: object) -> Iterator[Callable[..., object]]:
    """Return a function that opens an address in a window of its own; errors on the page fail the test."""
    contexts, errors = [], []

    def open_(url: str, width: int = 1280, height: int = 900, **options: object):
        context = chromium.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(TIMEOUT_MS)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(url)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert not errors


@pytest.fixture
def serve(start, listener) -> Callable[..., tuple[object, str]]:
    """Return a function that starts the web node and returns it and the address of its page."""

    def serve_(*arguments: str, port: int = 0, **parameters: object) -> tuple[object, str]:
        node = start("web_node", *arguments, port=port, **parameters)
        listener.wait_until(lambda: _URL.search(node.output), "address of the page")
        return node, _URL.search(node.output).group(1)

    return serve_
