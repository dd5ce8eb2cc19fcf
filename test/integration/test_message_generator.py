# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A running node holds nothing that only generates message classes."""

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
    assert not {"lark", "em", "hashlib"} & set(sys.modules)
    from rosidl_generator_py.generate_py_impl import generate_py
    assert callable(generate_py)
    print("looked")
    node.destroy_node()
    raise KeyboardInterrupt

sys.exit(run_nodes(look))
"""


def test_a_node_runs_without_the_generator_and_whoever_needs_it_gets_it(isolated_ros):
    result = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False, timeout=60)
    assert result.returncode == 0, result.stderr
    assert "looked" in result.stdout
