# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The decoders on tensors made for known people."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from posenet_ros.decoding import decode_multiple_poses, decode_multiple_poses_refined, decode_single_pose, greedy
from posenet_ros.decoding.tensors import logit, sigmoid
from posenet_ros.letterbox import Letterbox
from posenet_ros.skeleton import NUM_EDGES, NUM_KEYPOINTS, TREE_EDGES

GRID = (23, 31)


def make_heads(people: np.ndarray, stride: int, grid: tuple[int, int] = GRID, peak: float = 4.0):
    """Return the tensors of a perfect network for [n, 17, 2] keypoints (x, y) in input pixels.

    Within two cells of a keypoint the offsets lead to it and the displacements to its neighbours.
    """
    heatmaps = np.full((*grid, NUM_KEYPOINTS), -8.0, np.float32)
    offsets = np.zeros((*grid, 2, NUM_KEYPOINTS), np.float32)
    forward = np.zeros((*grid, 2, NUM_EDGES), np.float32)
    backward = np.zeros((*grid, 2, NUM_EDGES), np.float32)
    rows, columns = np.mgrid[: grid[0], : grid[1]]
    cells = np.stack((rows, columns), axis=-1) * float(stride)
    for number, person in enumerate(people[:, :, ::-1]):
        for part, point in enumerate(person):
            distance = np.linalg.norm(cells - point, axis=-1)
            near = distance <= 2.5 * stride
            heatmaps[near, part] = np.maximum(heatmaps[near, part], peak - number - distance[near] / stride)
            offsets[near, :, part] = point - cells[near]
            for edge, (parent, child) in enumerate(TREE_EDGES):
                if part == parent:
                    forward[near, :, edge] = person[child] - cells[near]
                if part == child:
                    backward[near, :, edge] = person[parent] - cells[near]
    flat = (*grid, -1)
    return heatmaps, offsets.reshape(flat), forward.reshape(flat), backward.reshape(flat)


def make_people(stride: int, seed: int) -> np.ndarray:
    """Return two people far apart, every keypoint well away from the others of its kind."""
    rng = np.random.default_rng(seed)
    height, width = (length * stride for length in GRID)
    left = rng.uniform((2 * stride, 2 * stride), (0.3 * width, height - 3 * stride), (NUM_KEYPOINTS, 2))
    return np.stack((left, left + np.array((0.55 * width, 0.0))))


BOTH = pytest.mark.parametrize("decode", [decode_multiple_poses, decode_multiple_poses_refined])


@BOTH
@pytest.mark.parametrize("stride", [8, 16, 32])
@pytest.mark.parametrize("seed", range(5))
def test_two_people_come_back_where_they_were_put(decode, stride, seed):
    truth = make_people(stride, seed)
    people = decode(*make_heads(truth, stride), stride, nms_radius=2 * stride)
    assert len(people) == 2
    for found in people.keypoints:
        errors = np.abs(truth - found).max(axis=(1, 2))
        assert errors.min() < 1e-3


@pytest.mark.parametrize("stride", [8, 16, 32])
def test_single_pose_takes_the_best_of_each_key_point(stride):
    truth = make_people(stride, seed=1)
    heatmaps, offsets, _, _ = make_heads(truth, stride)
    people = decode_single_pose(heatmaps, offsets, stride)
    assert len(people) == 1
    # The first person was given the higher peaks.
    np.testing.assert_allclose(people.keypoints[0], truth[0], atol=1e-3)
    assert people.scores[0] == pytest.approx(people.keypoint_scores[0].mean())


@pytest.mark.parametrize("stride", [8, 16, 32])
def test_synthetic_peak_comes_back_where_it_was_put_in_the_image(stride):
    """The whole way of coordinates: image, letterbox, cells, decoder, and back, for 50 sizes of both."""
    rng = np.random.default_rng(stride)
    for _ in range(50):
        image_size = tuple(rng.integers(40, 3000, 2).tolist())
        grid = tuple(rng.integers(6, 24, 2).tolist())
        letterbox = Letterbox.fit(image_size, (grid[0] * stride + 1, grid[1] * stride + 1))
        truth = rng.uniform((0, 0), (image_size[1] - 1, image_size[0] - 1), (1, NUM_KEYPOINTS, 2))
        seen = letterbox.to_input(truth)
        heatmaps, offsets, _, _ = make_heads(seen, stride, grid=(grid[0] + 1, grid[1] + 1))
        found = letterbox.to_image(decode_single_pose(heatmaps, offsets, stride).keypoints)
        assert np.abs(found - truth).max() < 1e-3 * max(*letterbox.scale, 1.0)


@BOTH
def test_max_poses_keeps_the_best(decode):
    truth = make_people(16, seed=2)
    people = decode(*make_heads(truth, 16), 16, max_poses=1)
    assert len(people) == 1
    np.testing.assert_allclose(people.keypoints[0], truth[0], atol=1e-3)


def test_threshold_is_a_probability():
    truth = make_people(16, seed=3)
    heads = make_heads(truth, 16, peak=0.5)
    assert len(decode_multiple_poses(*heads, 16, score_threshold=0.95)) == 0
    assert len(decode_multiple_poses(*heads, 16, score_threshold=0.3)) > 0


@BOTH
def test_nobody_gives_an_empty_result(decode):
    empty = make_heads(np.zeros((0, NUM_KEYPOINTS, 2)), 16)
    people = decode(*empty, 16)
    assert len(people) == 0
    assert people.keypoints.shape == (0, NUM_KEYPOINTS, 2)


@BOTH
@pytest.mark.parametrize("grid", [(1, 1), (1, 31), (23, 1)])
def test_the_smallest_grids_decode(decode, grid):
    rng = np.random.default_rng(0)
    heads = [rng.normal(0, 30, (*grid, channels)).astype(np.float32) for channels in (17, 34, 32, 32)]
    people = decode(*heads, 16, max_poses=20)
    assert np.isfinite(people.keypoints).all()


@BOTH
def test_dtype_and_memory_layout_do_not_matter(decode):
    truth = make_people(16, seed=4)
    heads = make_heads(truth, 16)
    expected = decode(*heads, 16)
    for change in (
        lambda a: a.astype(np.float64),
        lambda a: a.astype(np.longdouble),
        np.asfortranarray,
        lambda a: np.concatenate((a, a), axis=-1)[..., : a.shape[-1]],
    ):
        found = decode(*map(change, heads), 16)
        np.testing.assert_allclose(found.keypoints, expected.keypoints, atol=1e-4)


def test_roots_of_one_score_are_taken_in_the_order_of_the_map():
    heatmaps = np.zeros((5, 7, NUM_KEYPOINTS), np.float32)
    heatmaps[..., ::2] = 1.0
    cells, parts = greedy.find_roots(heatmaps, 0.5)
    order = sorted(np.ndindex(5 * 7, NUM_KEYPOINTS), key=lambda place: place[1] % 2)
    assert list(zip(cells.tolist(), parts.tolist(), strict=True)) == order


@pytest.mark.parametrize("grid", [(1, 1), (1, 2), (2, 1), (1, 9), (9, 1)])
def test_the_best_of_neighbours_is_a_root_on_the_smallest_grids_too(grid):
    heatmaps = np.zeros((*grid, NUM_KEYPOINTS), np.float32)
    heatmaps[-1, -1, 5] = 1.0
    cells, parts = greedy.find_roots(heatmaps, 0.6)
    assert (cells.tolist(), parts.tolist()) == ([grid[0] * grid[1] - 1], [5])
    cells, parts = greedy.find_roots(heatmaps, 0.5)
    beside = [max(*grid) - 2] if max(*grid) > 1 else []
    assert not set(cells[parts == 5]) & set(beside)


@pytest.mark.parametrize("root", range(NUM_KEYPOINTS))
def test_steps_lead_from_any_keypoint_to_all_others_along_the_tree(root):
    reached = [root]
    for source, target, edge, backward in greedy._steps_from(root):
        assert source in reached
        assert TREE_EDGES[edge] == ((target, source) if backward else (source, target))
        reached.append(target)
    assert sorted(reached) == list(range(NUM_KEYPOINTS))


def test_defaults_are_those_of_the_originals():
    """TF.js: 5 poses, 0.5, 20 pixels; Coral: 20 poses, 0.2, 10 pixels."""

    def defaults(decode):
        parameters = inspect.signature(decode).parameters.values()
        return {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}

    assert defaults(decode_multiple_poses) == {"max_poses": 5, "score_threshold": 0.5, "nms_radius": 20.0}
    assert defaults(decode_multiple_poses_refined) == {"max_poses": 20, "score_threshold": 0.2, "nms_radius": 10.0}


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_scores_of_any_logits_are_doubles_and_finite(dtype):
    scores = sigmoid(np.array([-100.0, 0.0, 1.0, 60000.0], dtype))
    assert scores.dtype == np.float64
    np.testing.assert_allclose(scores, [0.0, 0.5, 0.7310585786300049, 1.0], atol=1e-12)
    assert [logit(p) for p in (0.0, 0.5, 1.0)] == [-np.inf, 0.0, np.inf]


def test_half_floats_decode():
    truth = make_people(16, seed=5)
    heads = [np.float16(head) for head in make_heads(truth, 16)]
    # Eleven bits of up to 500 pixels.
    assert np.abs(decode_multiple_poses(*heads, 16).keypoints[0] - truth[0]).max() < 0.5


@pytest.mark.parametrize("heads", [((9, 9, 17), (9, 9, 17)), ((9, 9, 17), (9, 8, 34)), ((9, 17), (9, 34))])
def test_single_names_wrong_shapes(heads):
    with pytest.raises(ValueError, match=r"have shape \(9, .*expected"):
        decode_single_pose(*(np.zeros(shape) for shape in heads), 16)


@BOTH
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_heads_that_are_not_finite_are_named(decode, value):
    heads = make_heads(make_people(16, seed=6), 16)
    heads[2][...] = value
    with pytest.raises(ValueError, match="not finite"):
        decode(*heads, 16)


@BOTH
@pytest.mark.parametrize(
    ("channels", "word"),
    [
        ((16, 34, 32, 32), "heatmaps"),
        ((17, 17, 32, 32), "offsets"),
        ((17, 34, 64, 32), "displacements_fwd"),
        ((17, 34, 32, 30), "displacements_bwd"),
    ],
)
def test_wrong_shapes_are_named(decode, channels, word):
    heads = [np.zeros((9, 9, count), np.float32) for count in channels]
    with pytest.raises(ValueError, match=f"^{word} have shape"):
        decode(*heads, 16)
