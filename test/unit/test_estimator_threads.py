# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""One estimator for several threads, with a model that is exact, so that another image's people show."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

pytest.importorskip("ai_edge_litert.schema_py_generated", reason="only LiteRT's schema has classes to build models")

from mini_posenet import FIGURE_SIZE, keypoints_of, paint
from posenet_ros.estimator import PoseEstimator

SIZE = 257, 257
THREADS, CALLS = 8, 400
PLACES = [(20 + 4 * number, 24 + 5 * (number % 8)) for number in range(16)]


@pytest.fixture(scope="module")
def images() -> list[np.ndarray]:
    assert all((np.array(place) + FIGURE_SIZE < SIZE[0]).all() for place in PLACES)
    return [paint(SIZE, [place]) for place in PLACES]


@pytest.fixture(scope="module")
def estimator(mini_model) -> PoseEstimator:
    # The refined decoder interpolates between cells, of which stride 32 has too few for these people.
    return PoseEstimator(mini_model, num_threads=1, decoder="multi")


def assert_found(estimator: PoseEstimator, images: list[np.ndarray], number: int) -> None:
    found = estimator.estimate(images[number % len(images)])
    np.testing.assert_allclose(found.keypoints, keypoints_of([PLACES[number % len(images)]]), atol=1e-3)


def test_threads_get_the_people_of_their_own_images(estimator, images):
    with ThreadPoolExecutor(THREADS) as pool:
        for result in [pool.submit(assert_found, estimator, images, number) for number in range(CALLS)]:
            result.result()


def test_steps_of_several_images_do_not_mix(mini_model, images):
    """What is returned for an image stays as it is when the next ones come, and when the stride changes."""
    estimator = PoseEstimator(mini_model, num_threads=1, decoder="multi")
    prepared = [estimator.prepare(image) for image in images]
    pixels = [entry.pixels.copy() for entry in prepared]
    inferred = [estimator.infer(entry) for entry in prepared[:8]]
    heads = [entry.heads.heatmaps.copy() for entry in inferred]
    estimator.reconfigure(8)
    estimator.estimate(images[3])
    inferred += [estimator.infer(entry) for entry in prepared[8:]]
    for before, after in zip(pixels, prepared, strict=True):
        np.testing.assert_array_equal(before, after.pixels)
    for before, after in zip(heads, inferred, strict=False):
        np.testing.assert_array_equal(before, after.heads.heatmaps)
    for place, entry in reversed(list(zip(PLACES, inferred, strict=True))):
        np.testing.assert_allclose(estimator.decode(entry).keypoints, keypoints_of([place]), atol=1e-3)


def test_steps_in_threads_of_their_own_give_each_image_its_people(estimator, images):
    """One thread prepares, one runs the network, one decodes."""
    with ThreadPoolExecutor(1) as first, ThreadPoolExecutor(1) as second, ThreadPoolExecutor(1) as third:
        results = []
        for number in range(CALLS // 4):
            prepared = first.submit(estimator.prepare, images[number % len(images)])
            inferred = second.submit(lambda entry: estimator.infer(entry.result()), prepared)
            results.append(third.submit(lambda entry: estimator.decode(entry.result()), inferred))
        for number, result in enumerate(results):
            expected = keypoints_of([PLACES[number % len(images)]])
            np.testing.assert_allclose(result.result().keypoints, expected, atol=1e-3)


def test_coroutines_get_the_people_of_their_own_images(estimator, images):
    async def everything() -> None:
        calls = (asyncio.to_thread(assert_found, estimator, images, number) for number in range(CALLS // 4))
        await asyncio.gather(*calls)

    asyncio.run(everything())


def test_stride_may_change_while_threads_use_the_estimator(estimator, images):
    with ThreadPoolExecutor(THREADS) as pool:
        results = [pool.submit(assert_found, estimator, images, number) for number in range(CALLS // 4)]
        for stride in (8, 32, 16) * 3:
            estimator.reconfigure(stride)
        for result in results:
            result.result()
