#!/usr/bin/env python3
# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Runs camera, pose and web nodes as separate processes until Ctrl-C, and prints the address of the page."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from clip import CLIP
from node_processes import DemoError, NodeProcesses

from posenet_ros.ros.middleware import large_image_environment

ADDRESS = "127.0.0.1"
START_TIMEOUT_S = 30.0


def is_listening(port: int) -> bool:
    """Return whether something answers on a port."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((ADDRESS, port)) == 0


def wait_for_page(nodes: NodeProcesses, port: int) -> None:
    """Return when the page can be opened; raise DemoError if that takes too long."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while not is_listening(port):
        nodes.check()
        if time.monotonic() > deadline:
            raise DemoError(f"the page does not answer on port {port} within {START_TIMEOUT_S:g} s")
        time.sleep(0.1)


def main() -> int:
    """Run the nodes; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--input", default="", help="picture, folder, video, webcam index or URL; default: a clip")
    parser.add_argument("--model", default="", help=".tflite file or name; default: that of config/pose.yaml")
    parser.add_argument("--port", type=int, default=8090, help="TCP port of the page (default: 8090)")
    options = parser.parse_args()
    if is_listening(options.port):
        print(f"view: port {options.port} is in use by another program: choose one with PORT=", file=sys.stderr)
        return 1
    os.environ.update(large_image_environment(os.environ))
    # A SIGTERM shall end the nodes, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    web = {"port": str(options.port), "allow_changes": "true"}
    try:
        with NodeProcesses(options.input or str(CLIP), options.model, None, {"web_node": web}) as nodes:
            wait_for_page(nodes, options.port)
            print(f"\nOpen http://{ADDRESS}:{options.port}/ in a browser. Ctrl-C ends.\n", flush=True)
            while True:
                nodes.check()
                time.sleep(0.5)
    except DemoError as error:
        print(f"view: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main())
