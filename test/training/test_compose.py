# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch", reason="training dependencies are not installed: see 'make test-training'")
pytest.importorskip("numba", reason="training dependencies are not installed: see 'make test-training'")

from posenet_ros.people import People
from training import cache
from training.compose import Composer, Content
from training.metrics import match_people, pck
from training.render import OUTSIDE, VISIBLE


def test_a_number_always_gives_the_same_image(filled):
    first, second = (Composer(filled, "train").sample(5, 129) for _ in range(2))
    np.testing.assert_array_equal(first.image, second.image)
    np.testing.assert_array_equal(first.keypoints, second.keypoints)


def test_splits_share_no_person(filled):
    train, test = (cache.PersonCache(filled, split) for split in ("train", "test"))
    assert not any(
        np.array_equal(a.keypoints, b.keypoints)
        for a in map(train.__getitem__, range(6))
        for b in map(test.__getitem__, range(6))
    )


def test_images_have_the_people_that_were_asked_for(filled):
    composer = Composer(filled, "train", Content(shares=(0.0, 1.0), least=0.5, most=0.9, whole=True, letterboxed=0.0))
    for number in range(5):
        sample = composer.sample(number, 129)
        assert sample.image.shape == (129, 129, 3)
        assert sample.keypoints.shape == (1, 17, 2)
        assert (sample.states > OUTSIDE).all()
    assert len(Composer(filled, "train", Content(shares=(1.0,))).sample(0, 129).keypoints) == 0


def test_as_many_show_their_back_as_were_asked_for(filled):
    for share in (0.0, 1.0):
        content = Content(shares=(0.0, 1.0), behind=share, near=0.0, beyond=0.0, letterboxed=0.0)
        composer = Composer(filled, "train", content)
        people = [composer._person(np.random.default_rng(seed)) for seed in range(20)]
        backs = {bool(person.keypoints[5, 0] < person.keypoints[6, 0]) for person in people}
        # Of six people there may be none who does: then it is anybody.
        assert backs == {share == 1.0} or not np.any(composer._behind == (share == 1.0))


def test_people_are_no_smaller_than_was_asked_for(filled):
    content = Content(shares=(0.0, 1.0), least=0.1, smallest=80.0, most=0.9)
    composer = Composer(filled, "train", content)
    for size in (97, 129, 257):
        sides = np.array([composer._scales(1, size, np.random.default_rng(seed))[0] for seed in range(200)])
        # People in one image may be alike in size, which adds or takes away 15 %.
        assert 80.0 * 0.85 <= sides.min() <= 90.0
        assert sides.max() <= 0.9 * 1.15 * size


def test_a_pose_counts_for_one_person_only():
    person = np.random.default_rng(0).uniform(0, 100, (1, 17, 2))
    states = np.full((2, 17), VISIBLE, np.uint8)
    found = People(person, np.full((1, 17), 0.9), np.array([0.9]))
    matches, false = match_people(found, np.concatenate((person, person + 300.0)), states)
    assert [match.found for match in matches] == [True, False]
    assert pck(matches) == 0.5
    assert not false
    assert len(match_people(found, person + 300.0, states[:1])[1]) == 1
