# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Who is who after people met: tracks follow places, and people are recognised by their looks.

Where people cover each other, poses merge and part again, and places do not tell who is who. Once one of them is seen
apart, the colours of the clothes tell it, if people differ: S. J. McKenna et al., *Tracking Groups of People*, 2000
(see :mod:`posenet_ros.tracking.meetings`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from posenet_ros.people import People
from posenet_ros.tracking.looks import differences, looks
from posenet_ros.tracking.meetings import Nearness
from posenet_ros.tracking.track import Track

# A pose of a lower score may be made of two people.
_LEAST_SCORE = 0.3
# Looks differ by so much at most, since poses may be made of two people; those of unknown people do from everybody.
_UNKNOWN = 3.0
# Ids change places if that makes so much of a difference, summed over the last looks.
_LEAST_GAIN = 2.0
# After so many seconds alone it is known who somebody is. From then on there is a look in this time.
_ALONE_S, _INTERVAL_S = 1.0, 0.2


def recognise(
    tracks: Sequence[Track],
    nearness: Nearness,
    pairs: Mapping[int, int],
    people: People,
    image_bgr: NDArray[np.uint8],
    now: float,
) -> None:
    """Give people who met their own ids back.

    :param tracks: of this image
    :param nearness: of these
    :param pairs: numbers of poses, and of their tracks
    :param people: of this image
    :param image_bgr: [height, width, 3] uint8
    :param now: seconds
    """
    poses = {track: pose for pose, track in pairs.items() if people.scores[pose] >= _LEAST_SCORE}
    covered = np.any(nearness.covers, axis=1)
    wanted = []
    for number, track in enumerate(tracks):
        if covered[number] or number not in poses:
            track.alone = now
        if number not in poses:
            track.looks.clear()
        elif len(track.identity.met) > 1 or now >= track.next_look:
            wanted.append(number)
            track.next_look = now + _INTERVAL_S
    if not wanted:
        return
    which = [poses[number] for number in wanted]
    covers = np.where(nearness.covers[wanted][:, :, None, None], nearness.boxes, np.nan)
    found = looks(image_bgr, people.keypoints[which], people.keypoint_scores[which], covers)
    visible = np.any(np.isfinite(found), axis=(1, 2)).tolist()
    sightings = [(tracks[number], look) for number, look, seen in zip(wanted, found, visible, strict=True) if seen]
    for body, look in sightings:
        body.looks.learn(look)
    bodies = [body for body, _ in sightings]
    for group in {id(body.identity.met): body.identity.met for body in bodies}.values():
        if len(group) > 1:
            _recognise([track for track in tracks if track.identity in group], bodies)
    for body, look in sightings:
        if now - body.alone >= _ALONE_S:
            body.identity.part()
        # Whoever may be made of another's limbs wears the clothes of that one.
        if len(body.identity.met) == 1 and body.certain:
            body.identity.looks.learn(look)


def _recognise(group: Sequence[Track], alone: Sequence[Track]) -> None:
    """Give the bodies of a group that are alone to the people whom they are most like.

    :param group: people who have met
    :param alone: bodies of which it is seen what they look like, of others too
    """
    bodies = [number for number, track in enumerate(group) if track in alone]
    persons = [track.identity for track in group]
    costs = differences([group[body].looks.look for body in bodies], [person.looks.look for person in persons])
    costs = np.fmin(costs, _UNKNOWN) * np.array([[group[body].looks.times] for body in bodies])
    costs[range(len(bodies)), bodies] -= _LEAST_GAIN
    rows, columns = linear_sum_assignment(costs)
    new = {bodies[row]: column for row, column in zip(rows.tolist(), columns.tolist(), strict=True)}
    # Whoever lost the body goes to where somebody was taken away.
    driven_out = [person for person in bodies if person not in new.values()]
    robbed = [person for person in new.values() if person not in new]
    for body, person in chain(new.items(), zip(robbed, driven_out, strict=True)):
        group[body].identity = persons[person]
