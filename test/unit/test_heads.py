# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from posenet_ros.errors import ModelError
from posenet_ros.network.heads import recognise_heads


def outputs(*named: tuple[str, int]) -> list[dict]:
    return [{"name": name, "shape": (1, 9, 9, channels)} for name, channels in named]


STARTER = ("heatmaps", "offsets", "displacements_fwd", "displacements_bwd")


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param(
            outputs(
                ("MobilenetV1/heatmap_2/BiasAdd", 17),
                ("MobilenetV1/offset_2/BiasAdd", 34),
                ("MobilenetV1/displacement_fwd_2/BiasAdd", 32),
                ("MobilenetV1/displacement_bwd_2/BiasAdd", 32),
            ),
            dict(zip(STARTER, range(4), strict=True)),
            id="starter",
        ),
        pytest.param(
            outputs(("displacement_bwd_2", 32), ("offset_2", 34), ("displacement_fwd_2", 32), ("heatmap_2", 17)),
            {"heatmaps": 3, "offsets": 1, "displacements_fwd": 2, "displacements_bwd": 0},
            id="names in another order",
        ),
        pytest.param(
            outputs(("float_heatmaps", 17), ("float_short_offsets", 34), ("float_mid_offsets", 64)),
            {"heatmaps": 0, "offsets": 1, "displacements": 2},
            id="coral, joined displacements",
        ),
        pytest.param(
            outputs(("Identity", 32), ("Identity_1", 17), ("Identity_2", 32), ("Identity_3", 34)),
            {"heatmaps": 1, "offsets": 3, "displacements_fwd": 0, "displacements_bwd": 2},
            id="no names, forward first",
        ),
        pytest.param(
            outputs(("a", 17), ("b", 34), ("c", 64), ("segments", 1)),
            {"heatmaps": 0, "offsets": 1, "displacements": 2},
            id="with segments",
        ),
    ],
)
def test_heads_are_recognised(found, expected):
    assert recognise_heads(found) == expected


@pytest.mark.parametrize(
    ("found", "word"),
    [
        (outputs(), "heatmaps"),
        (outputs(("heatmap", 17), ("offset", 34), ("fwd", 32)), "displacements_bwd"),
        (outputs(("heatmap", 21), ("offset", 42), ("fwd", 40), ("bwd", 40)), "heatmaps"),
        ([{"name": "scores", "shape": (1, 1001)}], "scores"),
    ],
)
def test_other_networks_are_refused_and_described(found, word):
    with pytest.raises(ModelError, match=word):
        recognise_heads(found)
