# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""posenet-bag on a Ray cluster of this machine."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

pytest.importorskip("ray", reason="Ray is an optional library: make test-fleet")

import ray
from bag_maker import record_images
from bag_runs import find_people, walk

from posenet_ros.errors import BagError
from posenet_ros.offline import run as run_module
from posenet_ros.offline.dispatch import MAX_ATTEMPTS
from posenet_ros.offline.ray_cluster import RayPool

pytestmark = pytest.mark.timeout(300)


def content_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def bags(tmp_path) -> list[Path]:
    return [record_images(walk(6 + number)).write(tmp_path / "in" / f"walk_{number}") for number in range(4)]


@pytest.fixture
def undisturbed(tmp_path, bags, mini_model) -> dict[str, bytes]:
    assert find_people(bags, tmp_path / "undisturbed", mini_model) == 0
    return content_of(tmp_path / "undisturbed")


class KillingPool(RayPool):
    """Kills the process of the actor that works on a bag, once its output is begun."""

    kills = 0
    output = Path()

    def start(self) -> int:
        number = super().start()
        self.pids[number] = ray.get(self._workers[number].__ray_call__.remote(lambda actor: os.getpid()))
        return number

    @property
    def pids(self) -> dict[int, int]:
        return self.__dict__.setdefault("pids_of_actors", {})

    def give(self, worker, unit) -> None:
        super().give(worker, unit)
        if unit.bag.name == "walk_1" and self.kills:
            type(self).kills -= 1
            deadline = time.monotonic() + 30.0
            while not (self.output / "walk_1.part").exists() and time.monotonic() < deadline:
                time.sleep(0.002)
            os.kill(self.pids[worker], signal.SIGKILL)


def test_ray_gives_what_one_process_gives(tmp_path, bags, mini_model, undisturbed):
    assert find_people(bags, tmp_path / "out", mini_model, ray="auto", jobs=2) == 0
    assert content_of(tmp_path / "out") == undisturbed
    assert os.environ["RAY_USAGE_STATS_ENABLED"] == "0"


def test_ray_does_segments(tmp_path, mini_model):
    bag = record_images(walk(40)).write(tmp_path / "in" / "long")
    assert find_people([bag], tmp_path / "whole", mini_model, {"smoothing": True}) == 0
    assert find_people([bag], tmp_path / "out", mini_model, {"smoothing": True}, ray="auto", jobs=2, segment=1.0) == 0
    assert content_of(tmp_path / "out") == content_of(tmp_path / "whole")


def test_a_killed_actor_loses_and_doubles_nothing(tmp_path, bags, mini_model, undisturbed, monkeypatch, capsys):
    monkeypatch.setattr(run_module, "RayPool", KillingPool)
    monkeypatch.setattr(KillingPool, "kills", MAX_ATTEMPTS - 1)
    monkeypatch.setattr(KillingPool, "output", tmp_path / "out")
    assert find_people(bags, tmp_path / "out", mini_model, ray="auto", jobs=2) == 0
    assert KillingPool.kills == 0
    assert content_of(tmp_path / "out") == undisturbed
    assert capsys.readouterr().err.count("walk_1 is begun anew: its actor was lost") == MAX_ATTEMPTS - 1


def test_retries_are_bounded(tmp_path, bags, mini_model, undisturbed, monkeypatch, capsys):
    monkeypatch.setattr(run_module, "RayPool", KillingPool)
    monkeypatch.setattr(KillingPool, "kills", 100)
    monkeypatch.setattr(KillingPool, "output", tmp_path / "out")
    assert find_people(bags, tmp_path / "out", mini_model, ray="auto", jobs=2) == 1
    assert KillingPool.kills == 100 - MAX_ATTEMPTS
    assert f"walk_1: its worker was lost {MAX_ATTEMPTS} times" in capsys.readouterr().out
    rest = {name: data for name, data in undisturbed.items() if not name.startswith("walk_1")}
    assert content_of(tmp_path / "out") == rest


@pytest.mark.parametrize("address", ["127.0.0.1:1", "ray://127.0.0.1:1", "nonsense"])
def test_a_cluster_that_is_not_there(tmp_path, bags, mini_model, address):
    with pytest.raises(BagError, match=f"the Ray cluster '{address}' cannot be reached"):
        find_people(bags, tmp_path / "out", mini_model, ray=address, jobs=2)
