# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np

from posenet_ros.figures.trails import Trails


def at(x: float) -> np.ndarray:
    return np.array((x, 0.0, 2.0))


def test_a_trail_is_where_somebody_was_lately_oldest_first():
    trails = Trails()
    for step in range(10):
        found = trails.update({7: at(step)}, 0.1 * step, 0.35)
    assert list(found) == [7]
    assert found[7][:, 0].tolist() == [6.0, 7.0, 8.0, 9.0]


def test_everybody_has_a_trail_that_ends_with_its_time():
    trails = Trails()
    trails.update({1: at(0.0), 2: at(5.0)}, 0.0, 1.0)
    assert set(trails.update({2: at(6.0)}, 0.5, 1.0)) == {1, 2}
    assert set(trails.update({2: at(7.0)}, 1.2, 1.0)) == {2}


def test_unknown_places_are_left_out_and_no_duration_keeps_none():
    trails = Trails()
    assert trails.update({1: np.full(3, np.nan)}, 0.0, 1.0) == {}
    assert trails.update({1: at(0.0)}, 0.1, 0.0) == {}


def test_time_that_goes_back_starts_anew():
    trails = Trails()
    trails.update({1: at(0.0)}, 100.0, 1000.0)
    assert trails.update({1: at(1.0)}, 5.0, 1000.0)[1][:, 0].tolist() == [1.0]


def test_of_two_places_at_one_time_the_later_counts():
    trails = Trails()
    trails.update({1: at(0.0)}, 1.0, 10.0)
    assert trails.update({1: at(1.0)}, 1.0, 10.0)[1][:, 0].tolist() == [1.0]
