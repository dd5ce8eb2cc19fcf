# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""People who are found twice: once for sure, and once more, weakly, with a limb elsewhere."""

from __future__ import annotations

import numpy as np
import pytest

from posenet_ros.people import People
from posenet_ros.pipeline import TrackingStage
from posenet_ros.settings.pose import TrackingSettings
from posenet_ros.skeleton import KeypointId
from posenet_ros.tracking.copies import weak_copies
from posenet_ros.tracking.tracker import PersonTracker

RATE = 15.0
ARM = [KeypointId.LEFT_ELBOW, KeypointId.LEFT_WRIST]
ASIDE = 160.0


@pytest.fixture
def copy(figure) -> np.ndarray:
    """Return the figure with an arm elsewhere."""
    found = figure.copy()
    found[ARM] += (90.0, 60.0)
    return found


def people_of(*poses, scores) -> People:
    return People(np.array(poses), np.full((len(poses), 17), 0.9), np.array(scores, float))


def test_a_weak_pose_where_a_better_one_is_is_a_copy(figure, copy):
    assert weak_copies(people_of(figure, copy, scores=(0.9, 0.15))).tolist() == [False, True]
    assert weak_copies(people_of(figure, figure, copy, scores=(0.9, 0.2, 0.1))).tolist() == [False, True, True]


@pytest.mark.parametrize(
    ("moved", "score"),
    [(0.0, 0.3), (0.0, 0.6), (40.0, 0.15), (ASIDE, 0.15)],
    ids=["not weak", "sure", "close beside", "apart"],
)
def test_whoever_is_sure_or_stands_elsewhere_is_no_copy(figure, copy, moved, score):
    assert not weak_copies(people_of(figure, copy + (moved, 0.0), scores=(0.9, score))).any()


def test_a_lone_weak_pose_and_the_better_of_two_are_no_copies(figure, copy):
    assert weak_copies(people_of(figure, scores=(0.11,))).tolist() == [False]
    assert weak_copies(people_of(figure, copy, scores=(0.2, 0.12))).tolist() == [False, True]
    assert weak_copies(People.nobody()).tolist() == []


def test_keypoints_that_the_copy_did_not_see_may_be_anywhere(figure):
    half = figure.copy()
    half[11:] += 300.0
    people = people_of(figure, half, scores=(0.9, 0.15))
    assert weak_copies(people).tolist() == [False, False]
    people.keypoint_scores[1, 11:] = 1e-3
    assert weak_copies(people).tolist() == [False, True]


def test_a_copy_gets_no_id_and_the_next_person_the_next_one(figure, copy):
    stage, settings = TrackingStage(), TrackingSettings()
    for image in range(3):
        found = stage.update(people_of(figure, copy, scores=(0.9, 0.15)), image / RATE, settings)
        assert found.ids.tolist() == [0]
        np.testing.assert_array_equal(found.scores, [0.9])
    found = stage.update(people_of(figure, figure + (ASIDE, 0.0), scores=(0.9, 0.8)), 3 / RATE, settings)
    assert found.ids.tolist() == [0, 1]


@pytest.mark.parametrize("beside", [False, True])
def test_weak_people_have_ids_from_the_first_image_on(figure, beside):
    """Somebody small and far away, alone or beside somebody who is seen well."""
    stage, far = TrackingStage(), 0.2 * figure
    for image in range(10):
        near = [figure + (ASIDE, 0.0)] if beside else []
        people = people_of(*near, far, scores=[0.9] * len(near) + [0.12])
        assert stage.update(people, image / RATE, TrackingSettings()).ids.tolist() == list(range(1 + len(near)))


@pytest.mark.parametrize(("unseen", "ids"), [(0, [0, 1]), (2, [0, 1]), (8, [0])], ids=["at once", "soon", "late"])
def test_somebody_who_is_tracked_is_seen_in_a_copy_too(figure, copy, unseen, ids):
    """Two people stand close; of the one behind something is found that looks like a copy of the other."""
    stage, settings = TrackingStage(), TrackingSettings()
    for image in range(10):
        people = people_of(figure, figure + (25.0, 0.0), scores=(0.9, 0.8))
        assert stage.update(people, image / RATE, settings).ids.tolist() == [0, 1]
    for image in range(10, 10 + unseen):
        assert stage.update(people_of(figure, scores=(0.9,)), image / RATE, settings).ids.tolist() == [0]
    found = stage.update(people_of(figure, copy + (5.0, 0.0), scores=(0.9, 0.2)), (10 + unseen) / RATE, settings)
    assert found.ids.tolist() == ids


def test_a_copy_does_not_go_on_with_somebody_uncertain(figure, copy):
    """A weak pose that was a little farther from the better one in the image before."""
    stage, settings = TrackingStage(), TrackingSettings()
    for image, (apart, ids) in enumerate(((14.0, [0, 1]), (5.0, [0]))):
        people = people_of(figure, copy + (apart, 0.0), scores=(0.9, 0.2))
        assert stage.update(people, image / RATE, settings).ids.tolist() == ids


@pytest.mark.parametrize("smoothing", [True, False])
def test_nobody_is_left_out_without_tracking(figure, copy, smoothing):
    stage, settings = TrackingStage(), TrackingSettings(tracking=False, smoothing=smoothing)
    for image in range(3):
        found = stage.update(people_of(figure, copy, scores=(0.9, 0.15)), image / RATE, settings)
        assert found.scores.tolist() == [0.9, 0.15]


def test_a_tracker_that_is_told_of_no_copies_gives_everybody_an_id(figure, copy):
    assert PersonTracker().update(people_of(figure, copy, scores=(0.9, 0.15)), 0.0).ids.tolist() == [0, 1]


def test_a_push_of_the_camera_is_seen_though_somebody_long_unseen_is_where_a_pose_is_then(figure):
    """One of two was not seen for half a second when the camera is pushed, such that the other appears there."""
    tracker = PersonTracker()
    for image in range(20):
        places = (0.0, 110.0) if image < 12 else (0.0,)
        people = people_of(*(figure + (place, 0.0) for place in places), scores=[0.9] * len(places))
        tracker.update(people, image / RATE)
    assert tracker.update(people_of(figure + (90.0, 0.0), scores=(0.9,)), 20 / RATE).ids.tolist() == [0]
