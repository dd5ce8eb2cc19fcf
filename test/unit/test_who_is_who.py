# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Which body is whose, by looks of known difference."""

from __future__ import annotations

import numpy as np
import pytest

from posenet_ros.tracking import recognition
from posenet_ros.tracking.identity import Identity
from posenet_ros.tracking.looks import NOTHING
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
