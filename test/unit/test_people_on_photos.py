# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The defaults, on photos of people who overlap, are cut off or far away (docs/accuracy.md)."""

from __future__ import annotations

import numpy as np
import pytest

from coco_people import AnnotatedPhotos, read_people
from posenet_ros.decoding import selection
from posenet_ros.estimator import PoseEstimator
from posenet_ros.people import People
from posenet_ros.settings.pose import DecodingSettings
from posenet_ros.similarity import object_keypoint_similarity

coco_figures = pytest.importorskip(
    "coco_figures", reason="pycocotools is a dependency of the tools (requirements/tools.in), not of the package"
)
cv2 = pytest.importorskip("cv2")

DECODERS = ("multi", "multi_refined")
INPUT_SIZE = (353, 481)
# What the defaults before these gave with 'multi', of 71 people.
OLD_AP, OLD_OKS, OLD_POSES = 0.158, 0.466, 107


@pytest.fixture(scope="module")
def photos(test_data) -> AnnotatedPhotos:
    folder = test_data / "people"
    if not folder.is_dir():
        pytest.skip(f"no annotated photos: there is no folder '{folder}'")
    return read_people(folder)


@pytest.fixture(scope="module")
def estimator(float_model) -> PoseEstimator:
    return PoseEstimator(float_model, 16, INPUT_SIZE, num_threads=2)


def find(estimator: PoseEstimator, photos: AnnotatedPhotos, decoder: str) -> dict[int, People]:
    estimator.settings = DecodingSettings(decoder=decoder, max_poses=coco_figures.MAX_POSES)
    return {photo.id: estimator.estimate(cv2.imread(str(photo.path))) for photo in photos.photos}


@pytest.fixture(scope="module", params=DECODERS)
def with_and_without_removal(request, estimator, photos) -> tuple[dict[int, People], dict[int, People]]:
    """Return what is found with the defaults, and the same without the removal of copies."""
    found = find(estimator, photos, request.param)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(selection, "without_duplicates", lambda people: people)
        return found, find(estimator, photos, request.param)


def figures_of(found: dict[int, People], photos: AnnotatedPhotos):
    return coco_figures.figures(photos.as_coco(), found, dict.fromkeys(found, 1.0))


def test_better_than_the_defaults_from_drawn_scenes(with_and_without_removal, photos):
    figures = figures_of(with_and_without_removal[0], photos)
    assert figures.ap > 1.3 * OLD_AP
    assert figures.oks > OLD_OKS + 0.01
    assert figures.poses < 1.3 * OLD_POSES


def test_the_removal_of_copies_costs_no_precision(with_and_without_removal, photos):
    found, everything = with_and_without_removal
    assert figures_of(found, photos).ap > figures_of(everything, photos).ap - 0.001
    assert sum(map(len, found.values())) < sum(map(len, everything.values()))


def test_the_removal_of_copies_loses_nobody(with_and_without_removal, photos):
    found, everything = with_and_without_removal
    checked = 0
    for person in photos.annotations:
        if not person["num_keypoints"]:
            continue
        truth = np.reshape(person["keypoints"], (1, 17, 3))
        best = [
            object_keypoint_similarity(people[person["image_id"]].keypoints, truth[..., :2], truth[..., 2]).max(
                initial=0.0
            )
            for people in (everything, found)
        ]
        if best[0] >= 0.5:
            checked += 1
            assert best[1] >= 0.5, f"a person of photo {person['image_id']} is lost"
    assert checked > 20
