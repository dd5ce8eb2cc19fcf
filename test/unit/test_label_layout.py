# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from posenet_ros.figures.label_layout import Box, place_labels

IMAGE = Box(0.0, 0.0, 640.0, 480.0)


def inside(box: Box, bounds: Box) -> bool:
    return (
        bounds.left <= box.left
        and bounds.top <= box.top
        and box.left + box.width <= bounds.left + bounds.width
        and box.top + box.height <= bounds.top + bounds.height
    )


def test_a_label_goes_above_its_head():
    (label,) = place_labels([Box(300.0, 200.0, 40.0, 50.0)], [(80.0, 20.0)], IMAGE, gap=4.0)
    assert label == Box(280.0, 176.0, 80.0, 20.0)


def test_without_room_above_it_goes_beside_the_head():
    (label,) = place_labels([Box(300.0, 5.0, 40.0, 50.0)], [(80.0, 20.0)], IMAGE, gap=4.0)
    assert label == Box(344.0, 5.0, 80.0, 20.0)


@pytest.mark.parametrize("seed", range(20))
def test_in_a_crowd_no_label_covers_a_head_or_another_label(seed):
    rng = np.random.default_rng(seed)
    heads = [
        Box(*corner, size, size)
        for corner, size in zip(rng.uniform(-20, 460, (25, 2)), rng.uniform(5, 60, 25), strict=True)
    ]
    labels = place_labels(heads, [(75.0, 18.0)] * 25, IMAGE, gap=3.0)
    placed = [label for label in labels if label is not None]
    assert len(placed) > 12
    assert not any(a.overlaps(b) for a, b in combinations(placed, 2))
    assert not any(label.overlaps(head) for label in placed for head in heads)
    assert all(inside(label, IMAGE) for label in placed)


def test_where_there_is_no_room_there_is_no_label():
    heads = [Box(0.0, 0.0, 50.0, 50.0)]
    assert place_labels(heads, [(40.0, 10.0)], Box(0.0, 0.0, 50.0, 50.0)) == [None]


def test_without_bounds_labels_pile_up_above():
    heads = [Box(0.0, 0.0, 10.0, 10.0), Box(2.0, 0.0, 10.0, 10.0)]
    first, second = place_labels(heads, [(30.0, 5.0)] * 2)
    assert first == Box(-10.0, -5.0, 30.0, 5.0)
    assert not second.overlaps(first)
