# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A running node holds nothing that it does not use: the generator of message classes, and what other nodes need."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
from posenet_ros.ros.run import run_nodes
from posenet_ros.ros.visualizer_node import VisualizerNode

def look():
    node = VisualizerNode()
    assert "rosidl_generator_py" in sys.modules, "nothing to keep out"
    assert not {"lark", "em", "cv2", "scipy", "ai_edge_litert"} & set(sys.modules)
    from rosidl_generator_py.generate_py_impl import generate_py
    assert callable(generate_py)
    print("looked")
    node.destroy_node()
    sys.exit(0)

sys.exit(run_nodes(look))
"""


def test_the_visualizer_is_small_and_whoever_needs_the_generator_gets_it(isolated_ros):
    result = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False, timeout=60)
    assert result.returncode == 0, result.stderr
    assert "looked" in result.stdout
