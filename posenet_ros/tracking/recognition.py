# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Who is who after people met: bodies are followed by place, people are known again by their looks.

As in S. J. McKenna, S. Jabri, Z. Duric, A. Rosenfeld and H. Wechsler, *Tracking Groups of People*, Computer Vision and
Image Understanding 80, 2000: where people cover each other, poses merge and part again, and places do not tell who is
who. Once a body is alone, its colours tell it, if the people differ.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from posenet_ros.people import People
from posenet_ros.skeleton import KeypointId
from posenet_ros.tracking.identity import Identity
from posenet_ros.tracking.looks import difference, looks
from posenet_ros.tracking.track import Track

_BODY = [KeypointId[f"{side}_{name}"] for side in ("LEFT", "RIGHT") for name in ("SHOULDER", "HIP", "KNEE", "ANKLE")]
# Found less often or less surely, a body may be a double; a pose of a lower score may be made of two people.
_LEAST_EVIDENCE, _LEAST_SCORE = 0.6, 0.3
# Around the expected place of whoever is not seen, in deviations.
_UNSEEN_DEVIATIONS = 2.0
# Whoever was never seen alone is so different from everybody.
_UNKNOWN = 2.5
# Ids change places if that makes so much of a difference to the last looks.
_LEAST_GAIN = 2.0
# After so many seconds alone it is known who somebody is.
_ALONE_S = 1.0


def recognise(
    tracks: Sequence[Track], pairs: Mapping[int, int], people: People, image_bgr: NDArray[np.uint8], now: float
) -> None:
    """Give people who met their own ids back.

    :param tracks: of this image
    :param pairs: numbers of poses, and of their tracks
    :param people: of this image
    :param image_bgr: [height, width, 3] uint8
    :param now: seconds
    """
    poses = {track: pose for pose, track in pairs.items() if people.scores[pose] >= _LEAST_SCORE}
    near = _near(tracks, now)
    for a, b in np.argwhere(np.triu(near)).tolist():
        tracks[a].identity.meet(tracks[b].identity)
    seen = [number for number, track in enumerate(tracks) if track.seen == now]
    covered = near[:, seen].any(axis=1).tolist()
    bodies = []
    for number, track in enumerate(tracks):
        if number not in poses or covered[number]:
            track.alone.clear()
        elif track.alone.due(now, len(track.identity.met) > 1):
            bodies.append(number)
    if not bodies:
        return
    which = [poses[number] for number in bodies]
    found = looks(image_bgr, people.keypoints[which], people.keypoint_scores[which])
    for number, look in zip(bodies, found, strict=True):
        tracks[number].alone.see(look, now)
    alone = [tracks[number] for number in bodies]
    for group in {id(track.identity.met): track.identity.met for track in alone}.values():
        if len(group) > 1:
            _recognise([track for track in tracks if track.identity in group], alone)
    for track in alone:
        if now - track.alone.since >= _ALONE_S:
            track.identity.part()
        if len(track.identity.met) == 1:
            track.identity.learn(track.alone.looks[-1])


def _near(tracks: Sequence[Track], now: float) -> NDArray[np.bool_]:
    """Return who may cover whom, [m, m]."""
    bodies = np.array([track.keypoints for track in tracks])[:, _BODY]
    margins = np.array([0.0 if track.seen == now else _UNSEEN_DEVIATIONS * track.deviation for track in tracks])
    low, high = bodies.min(axis=1) - margins[:, None], bodies.max(axis=1) + margins[:, None]
    near = ((low[:, None] <= high) & (low <= high[:, None])).all(axis=-1)
    certain = np.array([track.evidence >= _LEAST_EVIDENCE for track in tracks])
    near &= certain[:, None] & certain
    np.fill_diagonal(near, False)
    return np.asarray(near)


def _recognise(group: Sequence[Track], alone: Sequence[Track]) -> None:
    """Give the bodies of a group that are alone to the people whom they are most like.

    :param group: people who have met
    :param alone: bodies of which it is seen what they look like, of others too
    """
    bodies = [number for number, track in enumerate(group) if track in alone]
    costs = np.array([[_unlikeness(group[body], track.identity) for track in group] for body in bodies])
    costs[range(len(bodies)), bodies] -= _LEAST_GAIN
    rows, people = linear_sum_assignment(costs)
    before = [track.identity for track in group]
    new = {bodies[row]: person for row, person in zip(rows.tolist(), people.tolist(), strict=True)}
    # Who was driven out goes to where somebody was taken away.
    left = [body for body in range(len(group)) if body not in new]
    homeless = [person for person in range(len(group)) if person not in new.values()]
    staying = set(left) & set(homeless)
    new |= {body: body for body in staying}
    new |= dict(zip([b for b in left if b not in staying], [p for p in homeless if p not in staying], strict=True))
    for body, person in new.items():
        group[body].identity = before[person]


def _unlikeness(body: Track, person: Identity) -> float:
    seen = body.alone.looks
    if person.look is None:
        return _UNKNOWN * len(seen)
    each = [difference(look, person.look) for look in seen]
    return sum(_UNKNOWN if math.isnan(one) else one for one in each)
