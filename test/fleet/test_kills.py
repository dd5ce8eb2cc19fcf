# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Runs that are killed at random moments, again and again."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("ray", reason="takes minutes, so that it runs with the other tests of make test-fleet")

from bag_maker import record_images
from bag_runs import find_people, walk

KILLS = int(os.environ.get("KILLS") or 20)
BAGS = 12

pytestmark = pytest.mark.timeout(60 + 20 * KILLS)


def content_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def children_of(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(number) for number in task.read_text().split()]
        except OSError:
            continue
    return found


def test_kills_at_random_moments_lose_and_double_nothing(tmp_path, mini_model):
    """Kill the run, or one of its workers, and start it again until it is done; do that until enough was killed."""
    bags = [record_images(walk(3 + number % 4)).write(tmp_path / "in" / f"walk_{number}") for number in range(BAGS)]
    assert find_people(bags, tmp_path / "undisturbed", mini_model) == 0
    undisturbed = content_of(tmp_path / "undisturbed")
    output = tmp_path / "out"
    arguments = [
        *(sys.executable, "-m", "posenet_ros.offline.command", str(tmp_path / "in"), "--output", str(output)),
        *("-p", f"model={mini_model}", "--jobs", "2"),
    ]
    chance = random.Random(1)
    kills = rounds = 0
    usual_s = 3.0
    while kills < KILLS:
        shutil.rmtree(output, ignore_errors=True)
        done = False
        while not done:
            begin = time.monotonic()
            process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            moment = begin + chance.uniform(0.2, usual_s)
            while kills < KILLS and process.poll() is None:
                if time.monotonic() >= moment:
                    workers = children_of(process.pid)
                    target = chance.choice(workers) if workers and chance.random() < 0.5 else process.pid
                    try:
                        os.kill(target, signal.SIGKILL)
                    except ProcessLookupError:
                        continue
                    kills += 1
                    moment = time.monotonic() + chance.uniform(0.05, usual_s)
                time.sleep(0.005)
            code = process.wait()
            # A bag whose workers are killed three times fails, and is made by the next call.
            done = code == 0
            if code == 0:
                usual_s = 0.7 * usual_s + 0.3 * (time.monotonic() - begin)
            for folder in output.iterdir() if output.is_dir() else ():
                if folder.suffix != ".part":
                    expected = {
                        name.split("/", 1)[1]: data
                        for name, data in undisturbed.items()
                        if name.startswith(f"{folder.name}/")
                    }
                    assert content_of(folder) == expected, f"{folder.name} is not whole after {kills} kills"
        assert content_of(output) == undisturbed
        assert sorted(path.name for path in output.iterdir()) == sorted(bag.name for bag in bags)
        rounds += 1
    print(f"{kills} kills in {rounds} rounds")
