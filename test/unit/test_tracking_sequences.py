# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Ids on the sequences of 'make evaluate-tracking', in which it is known who is who."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

TOOLS = Path(__file__).resolve().parents[2] / "tools"
sys.path.insert(0, str(TOOLS))

from draw_person import paste  # noqa: E402
from tracking_recordings import drawn_crossing  # noqa: E402
from tracking_sequences import (  # noqa: E402
    UNKNOWN,
    Frame,
    Script,
    crossings,
    hard_ones,
    moving_cameras,
    shakes,
)
from tracking_world import Camera, Room, Walker  # noqa: E402

from posenet_ros.people import People  # noqa: E402
from posenet_ros.pipeline import TrackingStage  # noqa: E402
from posenet_ros.settings.pose import TrackingSettings  # noqa: E402
from posenet_ros.skeleton import KEYPOINT_NAMES  # noqa: E402

SHAKES = shakes()
FOLLOWED = {script.name: script for script in crossings() + moving_cameras() + hard_ones()}


def ids_of(script: Script) -> dict[str, dict[int, list[int]]]:
    """Return the ids that each person gets: from poses alone, and from images too."""
    settings, stages = TrackingSettings(), {"poses alone": TrackingStage(), "images": TrackingStage()}
    ids: dict[str, dict[int, list[int]]] = {name: {} for name in stages}
    for frame in script.play(seed=0):
        for name, stage in stages.items():
            people = stage.update(frame.people, frame.stamp, settings, frame.image if name == "images" else None)
            for owner, number in zip(frame.owners.tolist(), people.ids.tolist(), strict=True):
                ids[name].setdefault(owner, []).append(number)
    return ids


def assert_one_id_each(ids: dict[int, list[int]]) -> None:
    assert ids
    assert {owner: len(set(numbers)) for owner, numbers in ids.items()} == dict.fromkeys(ids, 1)
    assert len({numbers[0] for numbers in ids.values()}) == len(ids)


@pytest.mark.parametrize("script", [script for script in SHAKES if len(script.walkers) == 1], ids=lambda s: s.name)
def test_one_person_keeps_the_id_whatever_the_camera_does(script):
    ids = ids_of(replace(script, seconds=2.0))
    assert_one_id_each(ids["poses alone"])
    assert_one_id_each(ids["images"])


@pytest.mark.parametrize("script", [script for script in SHAKES if len(script.walkers) == 2], ids=lambda s: s.name)
def test_two_people_keep_their_ids_before_a_camera_that_shakes(script):
    assert_one_id_each(ids_of(script)["images"])


@pytest.mark.parametrize(
    "name",
    [
        "crossing, 0.7 m/s, 10 Hz",
        "crossing, 1.2 m/s, 15 Hz",
        "crossing, 2.0 m/s, 30 Hz",
        "overtaking",
        "behind somebody who stands",
        "behind a pillar, 10 Hz",
        "two cross behind a post",
        "three meet",
        "camera turns, one is hidden",
        "camera drives past, 10 Hz",
        "40 % of the images dropped",
        "leaves and comes back",
        "turns round while hidden",
        "stamp jumps back once",
        "a recording that starts again",
    ],
)
def test_people_keep_their_ids_where_one_can_follow_them(name):
    ids = ids_of(FOLLOWED[name])
    assert_one_id_each(ids["poses alone"])
    assert_one_id_each(ids["images"])


@pytest.mark.parametrize(("model", "speed", "rate"), [("bundled", 1.2, 30.0), ("official", 0.5, 15.0)])
def test_people_in_whom_a_network_finds_one_for_a_time_have_their_ids_afterwards(model, speed, rate, request):
    """Poses of the two merge where they cross, and part again."""
    file = str(request.getfixturevalue("float_model")) if model == "official" else model
    stage, settings, seen = TrackingStage(), TrackingSettings(), []
    for frame in drawn_crossing(file, speed, rate):
        found = stage.update(frame.people, frame.stamp, settings, frame.image)
        seen.append(dict(zip(frame.owners_of(found).tolist(), found.ids.tolist(), strict=True)))
    for moment in (seen[:5], seen[-5:]):
        assert [(ids[0], ids[1]) for ids in moment] == [(0, 1)] * 5


def test_skin_of_a_drawn_person_in_another_tint_stays_skin():
    """What is too bright for a picture must not begin at 0 again: arms would be blue, and look like another's."""
    black, tint = np.zeros((480, 640, 3), np.float32), np.array((0.75, 0.9, 1.15))
    image, _, keypoints = paste(black, 1.0, np.zeros(2), tint, mirrored=False)
    assert image.max() == 255.0
    column, row = np.rint(keypoints[KEYPOINT_NAMES.index("leftElbow")]).astype(int)
    blue, green, red = image[row, column].astype(np.uint8)
    assert blue < green < red


@pytest.mark.parametrize("camera_motion", [True, False])
def test_camera_that_turns_takes_along_whoever_is_hidden(camera_motion):
    """Half a second unseen, in which the camera turns by more than half of the image."""
    stage, settings = TrackingStage(), TrackingSettings(camera_motion=camera_motion)
    figure, ids = Walker(-0.9, 3.0).at(0.0), set()
    for number in range(40):
        turned = min(max(number - 10, 0), 15) / 15
        view = Room().view(Camera(yaw=0.15 - 0.7 * turned), [figure])
        people = People(view.keypoints, np.full((1, 17), 0.9), np.array([0.9]))
        seen = people if number <= 10 or number >= 25 else People.nobody()
        ids |= set(stage.update(seen, number / 30.0, settings, view.image).ids.tolist())
    assert len(ids) == (1 if camera_motion else 2)


def test_motion_while_camera_motion_was_off_is_not_made_up_for_later():
    """The camera turns while its images are not looked at; the person is hidden when they are again."""
    stage, figure, ids = TrackingStage(), Walker(0.0, 3.0).at(0.0), set()
    for number in range(30):
        settings = TrackingSettings(camera_motion=not 10 <= number < 20)
        view = Room().view(Camera(yaw=-0.4 * min(max(number - 10, 0), 9) / 9), [figure])
        people = People(view.keypoints, np.full((1, 17), 0.9), np.array([0.9]))
        seen = People.nobody() if 20 <= number < 23 else people
        ids |= set(stage.update(seen, number / 30.0, settings, view.image).ids.tolist())
    assert ids == {0}


def test_whoever_is_found_and_left_out_by_the_tracker_is_missed_in_the_evaluation():
    pytest.importorskip("motmetrics", reason="the measures of make evaluate-tracking")
    judge = import_module("evaluate_tracking").Judge()
    for _ in range(8):
        judge.see(np.array([0, 1]), np.array([0, 1]), np.array([5, 6]))
    judge.see(np.array([0, 1]), np.array([0]), np.array([5]))
    assert judge.judge() == (pytest.approx(2 * 17 / (2 * 17 + 1)), 0)


def test_people_whom_tracking_returns_are_those_of_the_image(person_keypoints):
    people = People(
        np.array([person_keypoints, person_keypoints + 50.0, person_keypoints + 90.0]),
        np.linspace(0.1, 0.9, 51).reshape(3, 17),
        np.array([0.9, 0.5, 0.2]),
    )
    frame = Frame(0.0, np.zeros((1, 1, 3), np.uint8), people, np.array([4, 7, UNKNOWN]))
    filtered = people.select(np.array([0, 1]))
    assert frame.owners_of(filtered.moved_to(filtered.keypoints + 1.0)).tolist() == [4, 7]
    assert frame.owners_of(People.nobody()).tolist() == []
    asked = []
    replace(frame, whose=lambda some: asked.append(some) or np.arange(len(some))).owners_of(filtered)
    np.testing.assert_array_equal(asked[0].keypoints, filtered.keypoints)


def test_the_evaluation_gives_the_measures_of_the_field(tmp_path):
    pytest.importorskip("motmetrics", reason="the measures of make evaluate-tracking")
    figures = tmp_path / "figures.json"
    command = [sys.executable, TOOLS / "evaluate_tracking.py", "--seeds", "1", "--only", "one jump of 20 px"]
    result = subprocess.run([*command, "--json", figures], capture_output=True, text=True, check=True)
    assert "IDF1" in result.stdout
    lines = json.loads(figures.read_text())
    assert [(line["images"], line["ids"], line["idf1"], line["switches"]) for line in lines] == [
        (False, 1, 1.0, 0),
        (True, 1, 1.0, 0),
    ]
