# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The training pipeline's tests run where requirements/training.txt is installed: ``make test-training``."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

# At the end, so that an installed posenet_ros comes first.
sys.path.append(str(Path(__file__).resolve().parents[2]))
# What the tests share.
sys.path.append(str(Path(__file__).resolve().parent))


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """Threads that wait for each other at every small step take long on a machine that does other things."""
    torch = pytest.importorskip("torch")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def cache_folder(tmp_path_factory):
    """Return an empty cache that has the body in it."""
    from training.body_data import find_mpfb2, load_body_data  # noqa: PLC0415 - found by the path above

    try:
        find_mpfb2()
    except FileNotFoundError as error:
        pytest.skip(str(error))
    folder = tmp_path_factory.mktemp("cache")
    load_body_data(folder / "body.npz")
    return folder


@pytest.fixture(scope="session")
def body_data(cache_folder):
    from training.body_data import load_body_data  # noqa: PLC0415

    return load_body_data(cache_folder / "body.npz")


@pytest.fixture(scope="session")
def filled(cache_folder):
    """Return a cache with six people and backgrounds in each split."""
    from training import cache  # noqa: PLC0415

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cache, "_SHARD", 6)
        for split in cache.SPLITS:
            (cache_folder / split).mkdir()
            cache.render_people(cache_folder, split, 0)
            cache.make_backgrounds(cache_folder, split, 0)
        yield cache_folder
