# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The decoders on heads of noise, against decoders that are written to be read, not to be fast."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import map_coordinates
from scipy.special import expit

from posenet_ros.decoding import decode_multiple_poses, decode_multiple_poses_refined, decode_single_pose
from posenet_ros.skeleton import NUM_EDGES, NUM_KEYPOINTS, TREE_EDGES

CHANNELS = (NUM_KEYPOINTS, 2 * NUM_KEYPOINTS, 2 * NUM_EDGES, 2 * NUM_EDGES)
MANY = settings(max_examples=60, deadline=None)


@st.composite
def noise(draw, least: int = 1) -> tuple[list[np.ndarray], int]:
    """Return heads of up to 9 x 9 cells, with vectors that may lead far outside, and a stride."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    grid = draw(st.tuples(st.integers(least, 9), st.integers(least, 9)))
    stride = draw(st.sampled_from((8, 16, 32)))
    reach = draw(st.sampled_from((0.2, 1.0, 20.0))) * stride
    spreads = (2.0, 0.5 * reach, reach, reach)
    heads = [rng.normal(0.0, s, (*grid, c)).astype(np.float32) for s, c in zip(spreads, CHANNELS, strict=True)]
    return heads, stride


def roots_of(heatmaps: np.ndarray, threshold: float) -> list[tuple[int, int, int]]:
    """Return (row, column, part) of the maxima in their 3 x 3 windows, best first."""
    roots = []
    for row, column, part in np.ndindex(heatmaps.shape):
        window = heatmaps[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2, part]
        value = heatmaps[row, column, part]
        if value >= window.max() and expit(np.float64(value)) >= threshold:
            roots.append((row, column, part))
    return sorted(roots, key=lambda root: -heatmaps[root])


def neighbours(part: int, forward: np.ndarray, backward: np.ndarray):
    """Yield (neighbour, tensor, channel) of a keypoint in the tree."""
    for edge, (parent, child) in enumerate(TREE_EDGES):
        if part == parent:
            yield int(child), forward, edge
        if part == child:
            yield int(parent), backward, edge


def near(a: np.ndarray, b: np.ndarray, radius: float) -> bool:
    return bool(((a - b) ** 2).sum() <= radius**2)


def plain_multi(heads, stride, max_poses, threshold, radius):
    """Decode as PoseNet for TensorFlow.js does; return [(positions [17, 2] as y, x, scores [17], score)]."""
    heatmaps, offsets, forward, backward = heads
    last = np.array(heatmaps.shape[:2]) - 1

    def nearest(point):
        return tuple(np.clip(np.floor(point / stride + 0.5), 0, last).astype(int))

    def seen_from(cell, part):
        return np.array(cell) * float(stride) + offsets[cell][[part, part + NUM_KEYPOINTS]]

    people = []
    for row, column, root in roots_of(heatmaps, threshold):
        if len(people) == max_poses:
            break
        start = seen_from((row, column), root)
        if any(near(person[0][root], start, radius) for person in people):
            continue
        points, scores = {root: start}, {root: heatmaps[row, column, root]}
        waiting = [root]
        while waiting:
            source = waiting.pop()
            for target, field, channel in neighbours(source, forward, backward):
                if target in points:
                    continue
                point = points[source] + field[nearest(points[source])][[channel, channel + NUM_EDGES]]
                for _ in range(2):
                    point = seen_from(nearest(point), target)
                points[target], scores[target] = point, heatmaps[nearest(point)][target]
                waiting.append(target)
        positions = np.array([points[part] for part in range(NUM_KEYPOINTS)])
        each = expit(np.array([scores[part] for part in range(NUM_KEYPOINTS)], np.float64))
        own = [
            not any(near(person[0][part], positions[part], radius) for person in people)
            for part in range(NUM_KEYPOINTS)
        ]
        people.append((positions, each, each[own].sum() / NUM_KEYPOINTS))
    return people


def plain_refined(heads, stride, max_poses, threshold, radius):
    """Decode as Coral's decoder does; likewise."""
    heatmaps, offsets, forward, backward = (np.asarray(head, np.float64) for head in heads)
    last = np.array(heatmaps.shape[:2]) - 1.0

    def sample(field, point, channel):
        return map_coordinates(field[..., channel], point[:, None], order=1, mode="nearest")[0]

    def moved(point, field, channel):
        half = field.shape[2] // 2
        step = np.array([sample(field, point, channel), sample(field, point, channel + half)])
        return np.clip(point + step / stride, 0.0, last)

    people = []
    for row, column, root in roots_of(heads[0], threshold):
        if len(people) == max_poses:
            break
        cell = np.array((row, column), float)
        start = np.clip(cell + offsets[row, column][[root, root + NUM_KEYPOINTS]] / stride, 0.0, last)
        if any(near(person[0][root], start, radius / stride) for person in people):
            continue
        points, waiting = {root: start}, [root]
        while waiting:
            source = waiting.pop()
            for target, field, channel in neighbours(source, forward, backward):
                if target not in points:
                    point = moved(points[source], field, channel)
                    for _ in range(5):
                        point = moved(point, offsets, target)
                    points[target] = point
                    waiting.append(target)
        positions = np.array([points[part] for part in range(NUM_KEYPOINTS)])
        each = expit(np.array([sample(heatmaps, positions[part], part) for part in range(NUM_KEYPOINTS)]))
        if each.mean() >= threshold:
            people.append((positions, each))
    by_mean = sorted(people, key=lambda person: -person[1].mean())
    result = []
    for place, (positions, each) in enumerate(by_mean):
        own = [
            not any(near(better[part], positions[part], radius / stride) for better, _ in by_mean[:place])
            for part in range(NUM_KEYPOINTS)
        ]
        score = each[own].sum() / NUM_KEYPOINTS
        if score >= threshold:
            result.append((positions * stride, each, score))
    return sorted(result, key=lambda person: -person[2])


def check(people, expected, tolerance):
    assert len(people) == len(expected)
    for place, (positions, scores, score) in enumerate(expected):
        np.testing.assert_allclose(people.keypoints[place], positions[:, ::-1], rtol=0, atol=tolerance)
        np.testing.assert_allclose(people.keypoint_scores[place], scores, atol=1e-7)
        assert people.scores[place] == pytest.approx(score, abs=1e-7)


@MANY
@given(noise(), st.integers(1, 8), st.floats(0.3, 0.95), st.sampled_from((0.0, 10.0, 20.0, 60.0)))
def test_multi_does_what_is_written(drawn, max_poses, threshold, radius):
    heads, stride = drawn
    found = decode_multiple_poses(*heads, stride, max_poses=max_poses, score_threshold=threshold, nms_radius=radius)
    check(found, plain_multi(heads, stride, max_poses, threshold, radius), 0.0)


@MANY
@given(noise(), st.integers(1, 8), st.floats(0.3, 0.6), st.sampled_from((5.0, 10.0, 30.0)))
def test_multi_refined_does_what_is_written(drawn, max_poses, threshold, radius):
    heads, stride = drawn
    found = decode_multiple_poses_refined(
        *heads, stride, max_poses=max_poses, score_threshold=threshold, nms_radius=radius
    )
    check(found, plain_refined(heads, stride, max_poses, threshold, radius), 1e-6)


@MANY
@given(noise())
def test_single_takes_the_maximum_of_each_map(drawn):
    (heatmaps, offsets, _, _), stride = drawn
    people = decode_single_pose(heatmaps, offsets, stride)
    for part in range(NUM_KEYPOINTS):
        cell = np.unravel_index(heatmaps[..., part].argmax(), heatmaps.shape[:2])
        y, x = np.array(cell) * stride + offsets[cell][[part, part + NUM_KEYPOINTS]].astype(np.float32)
        assert people.keypoints[0, part] == pytest.approx((x, y), abs=1e-3)
        assert people.keypoint_scores[0, part] == pytest.approx(expit(float(heatmaps[..., part].max())))
    assert people.scores[0] == pytest.approx(people.keypoint_scores.mean())


@MANY
@given(noise(least=3), st.integers(1, 4), st.integers(1, 4))
def test_more_cells_of_nothing_move_everybody_by_their_pixels(drawn, down, right):
    """Rows above and columns on the left that hold nothing shift what is found, as long as nobody looks there."""
    heads, stride = drawn
    heads = [np.clip(head, -0.4 * stride, 0.4 * stride) for head in heads]
    padded = [np.pad(head, ((down, 0), (right, 0), (0, 0)), constant_values=0.0) for head in heads]
    padded[0][:down], padded[0][:, :right] = -50.0, -50.0
    people, shifted = (decode_single_pose(h[0], h[1], stride) for h in (heads, padded))
    np.testing.assert_allclose(shifted.keypoints, people.keypoints + (right * stride, down * stride), atol=1e-3)


@pytest.mark.parametrize("threshold", [0.0, 0.5, 1.0])
def test_thresholds_at_their_limits(threshold):
    heads = [np.zeros((3, 3, count), np.float32) for count in CHANNELS]
    # On a flat map every cell is a maximum, and each scores one half.
    people = decode_multiple_poses(*heads, 16, max_poses=4, score_threshold=threshold, nms_radius=0.0)
    assert len(people) == (0 if threshold > 0.5 else 4)
    assert math.isclose(people.keypoint_scores.sum(), len(people) * NUM_KEYPOINTS * 0.5)
