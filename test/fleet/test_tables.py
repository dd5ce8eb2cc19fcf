# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Tables of poses, as pandas and polars read them."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("pandas", reason="pandas is an optional library: make test-fleet")
pytest.importorskip("polars", reason="polars is an optional library: make test-fleet")

import pandas
import polars
from bag_maker import FRAME, record_images, stamp_ns
from bag_runs import POSE_TOPIC, SIZE, find_people, keypoints_in, walk

from posenet_ros.skeleton import KeypointId

NAMES = [part.name.lower() for part in KeypointId]


@pytest.fixture(params=["parquet", "csv"])
def table(request, tmp_path, mini_model):
    """Return a function that makes a table of two bags with 3 and 4 images."""
    bags = [record_images(walk(3 + number)).write(tmp_path / f"walk_{number}") for number in range(2)]

    def make(rows: str):
        path = tmp_path / f"poses.{request.param}"
        assert find_people(bags, tmp_path / "out", mini_model, table=str(path), table_rows=rows) == 0
        return path

    return make


def readers(path):
    if path.suffix == ".csv":
        return pandas.read_csv(path), polars.read_csv(path)
    return pandas.read_parquet(path), polars.read_parquet(path)


def test_a_row_a_person(table):
    frame, other = readers(table("person"))
    assert frame.shape == other.shape == (7, 9 + 17 * 6)
    assert list(frame.columns) == other.columns
    assert frame["bag"].tolist() == other["bag"].to_list() == ["walk_0"] * 3 + ["walk_1"] * 4
    assert set(frame["topic"]) == {POSE_TOPIC}
    assert set(frame["frame_id"]) == {FRAME}
    assert frame["stamp_ns"].tolist() == [stamp_ns(number) for number in (*range(3), *range(4))]
    assert set(frame["id"]) == {1}
    assert set(zip(frame["image_height"], frame["image_width"], strict=True)) == {SIZE}
    for number in range(3):
        found = [[frame[f"{name}_{axis}"][number] for axis in "xy"] for name in NAMES]
        np.testing.assert_allclose(found, keypoints_in(number)[0], atol=1e-3)
    assert frame["nose_position_z"].isna().all()
    assert other["nose_position_z"].null_count() == 7


def test_a_row_a_keypoint(table):
    frame, other = readers(table("keypoint"))
    assert frame.shape == other.shape == (7 * 17, 9 + 7)
    nose = other.filter(polars.col("keypoint") == "nose")
    np.testing.assert_allclose(nose["x"][:3], [keypoints_in(number)[0, 0, 0] for number in range(3)], atol=1e-3)
    assert frame["keypoint"].tolist()[:17] == NAMES
