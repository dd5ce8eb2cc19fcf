# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Which body is whose, by looks of known difference."""

from __future__ import annotations

import numpy as np
import pytest

from posenet_ros.people import People
from posenet_ros.tracking import recognition
from posenet_ros.tracking.identity import Identity
from posenet_ros.tracking.looks import NOTHING
from posenet_ros.tracking.meetings import Nearness
from posenet_ros.tracking.track import Track


def look(place: float | None) -> np.ndarray:
    """Return a look; two of them differ by how far their places are apart. None is one that was never seen."""
    colours = np.zeros((4, 3))
    colours[:, 0] = 0.0 if place is None else place
    return NOTHING if place is None else colours


def people(*persons: tuple[float | None, float, int]) -> list[Track]:
    """Return people who have met: what each looks like, what the body looks like now, and how often it was seen."""
    tracks = []
    for number, (own, body, times) in enumerate(persons):
        track = Track(Identity(number), np.zeros((17, 2)), np.ones(17), 0.9, 0.0)
        track.identity.looks.look = look(own)
        track.looks.look, track.looks.times = look(body), times
        tracks.append(track)
    for track in tracks[1:]:
        tracks[0].identity.meet(track.identity)
    return tracks


def numbers(tracks: list[Track]) -> list[int]:
    return [track.identity.number for track in tracks]


@pytest.mark.parametrize(
    ("persons", "seen", "expected"),
    [
        # Each difference counts as often as the body was seen; to change places, it must be 2 for each of the two.
        ([(0.0, 0.0, 3), (5.0, 5.0, 3)], [0, 1], [0, 1]),
        ([(0.0, 5.0, 3), (5.0, 0.0, 3)], [0, 1], [1, 0]),
        ([(0.0, 5.0, 1), (5.0, 0.0, 1)], [0, 1], [1, 0]),
        ([(0.0, 1.9, 1), (1.9, 0.0, 1)], [0, 1], [0, 1]),
        ([(0.0, 2.1, 1), (2.1, 0.0, 1)], [0, 1], [1, 0]),
        ([(0.0, 0.9, 2), (0.9, 0.0, 2)], [0, 1], [0, 1]),
        ([(0.0, 1.1, 2), (1.1, 0.0, 2)], [0, 1], [1, 0]),
        # One body is seen: its person comes from the other, who gets that of the one seen.
        ([(0.0, 5.0, 1), (5.0, 9.0, 1)], [0], [1, 0]),
        ([(0.0, 0.0, 1), (5.0, 9.0, 1)], [1], [0, 1]),
        ([(0.0, 0.0, 1), (5.0, 0.0, 1)], [1], [1, 0]),
        # Of three people, one is not seen, or two are not.
        ([(0.0, 5.0, 1), (5.0, 9.0, 1), (9.0, 0.0, 1)], [0, 1, 2], [1, 2, 0]),
        ([(0.0, 5.0, 1), (5.0, 9.0, 1), (9.0, 1.0, 1)], [0, 1], [1, 2, 0]),
        ([(0.0, 9.0, 1), (5.0, 5.0, 1), (9.0, 1.0, 1)], [0], [2, 1, 0]),
        # Nobody knows what the first looks like: who is unlike the second by less than 3 may be the second.
        ([(None, 0.0, 1), (0.0, 9.0, 1)], [0], [1, 0]),
        ([(None, 1.1, 1), (0.0, 9.0, 1)], [0], [0, 1]),
        ([(None, 0.9, 1), (0.0, 9.0, 1)], [0], [1, 0]),
        # However unlike the own person, it counts as 3.
        ([(0.0, 90.0, 1), (90.0 - 1.1, 0.0, 1)], [0], [0, 1]),
        ([(0.0, 90.0, 1), (90.0 - 0.9, 0.0, 1)], [0], [1, 0]),
    ],
)
def test_bodies_go_to_the_people_whom_they_are_most_like(persons, seen, expected):
    tracks = people(*persons)
    recognition._recognise(tracks, [tracks[number] for number in seen])
    assert numbers(tracks) == expected


def test_bodies_of_other_groups_are_left_alone():
    tracks, others = people((0.0, 5.0, 1), (5.0, 0.0, 1)), people((0.0, 5.0, 1), (5.0, 0.0, 1))
    recognition._recognise(tracks, [*others, *tracks])
    assert numbers(tracks) == [1, 0]
    assert numbers(others) == [0, 1]


def test_people_who_meet_share_whom_they_met_until_they_part():
    first, second, third, alone = (Identity(number) for number in range(4))
    first.meet(second)
    third.meet(second)
    for person in (first, second, third):
        assert person.met == {first, second, third}
    second.part()
    assert second.met == {second}
    assert first.met == third.met == {first, third}
    assert alone.met == {alone}


class Scene:
    """Two people who are seen, as in an image after another; what is looked at is kept."""

    def __init__(self, monkeypatch, *, met: bool = False) -> None:
        self.tracks = people((None, None, 0), (None, None, 0)) if met else [people((None, None, 0))[0] for _ in "12"]
        self.looked: list[int] = []
        monkeypatch.setattr(recognition, "looks", self._look)

    def _look(self, image, keypoints, scores, covers) -> np.ndarray:
        self.looked = keypoints[:, 0, 0].astype(int).tolist()
        return np.stack([look(1.0)] * len(keypoints))

    def show(self, now: float, *, scores=(0.9, 0.9), covered=(False, False)) -> list[int]:
        """Let them be recognised in an image; return which of them were looked at."""
        self.looked = []
        keypoints = np.zeros((2, 17, 2))
        keypoints[1] = 1.0
        found = People(keypoints, np.ones((2, 17)), np.array(scores))
        covers = np.zeros((2, 2), bool)
        covers[0, 1], covers[1, 0] = covered
        nearness = Nearness(np.zeros((2, 2, 2)), covers)
        recognition.recognise(self.tracks, nearness, {0: 0, 1: 1}, found, np.zeros((4, 4, 3), np.uint8), now)
        return self.looked


def test_people_who_met_nobody_are_looked_at_from_time_to_time(monkeypatch):
    scene = Scene(monkeypatch)
    assert [now for now in (0.0, 0.1, 0.2, 0.3, 0.4) if scene.show(now) == [0, 1]] == [0.0, 0.2, 0.4]
    assert scene.tracks[0].identity.looks.times == 3


def test_people_who_met_are_looked_at_in_every_image(monkeypatch):
    scene = Scene(monkeypatch, met=True)
    assert all(scene.show(now, covered=(True, True)) == [0, 1] for now in (0.0, 0.1, 0.15))
    # Who they are is not certain: the looks are the bodies'.
    assert [(track.looks.times, track.identity.looks.times) for track in scene.tracks] == [(3, 0), (3, 0)]


@pytest.mark.parametrize(("score", "looked"), [(0.3, [0, 1]), (0.29, [1])])
def test_a_pose_of_a_low_score_may_be_two_people_and_is_not_looked_at(monkeypatch, score, looked):
    scene = Scene(monkeypatch, met=True)
    scene.show(0.0)
    assert scene.show(0.1, scores=(score, 0.9)) == looked
    assert scene.tracks[0].looks.times == 2 * (0 in looked)
    assert scene.tracks[0].alone == (0.0 if 0 in looked else 0.1)


@pytest.mark.parametrize(("covered_at", "certain_at"), [(None, 1.0), (0.5, 1.5)])
def test_after_a_second_alone_it_is_certain_who_somebody_is(monkeypatch, covered_at, certain_at):
    scene = Scene(monkeypatch, met=True)
    for now in (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5):
        scene.show(now, covered=(now == covered_at, True))
        assert (scene.tracks[0].identity.met == {scene.tracks[0].identity}) == (now >= certain_at)
        assert (scene.tracks[0].identity.looks.times > 0) == (now >= certain_at)
    # The other was never alone.
    assert scene.tracks[1].alone == 1.5
