# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Who may cover whom, and who comes out from behind somebody.

As in S. J. McKenna, S. Jabri, Z. Duric, A. Rosenfeld and H. Wechsler, *Tracking Groups of People*, Computer Vision and
Image Understanding 80, 2000: people who cover each other are a group until they part.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from posenet_ros.similarity import person_area
from posenet_ros.skeleton import KeypointId
from posenet_ros.tracking.track import Track

_BODY = [KeypointId[f"{side}_{name}"] for side in ("LEFT", "RIGHT") for name in ("SHOULDER", "HIP", "KNEE", "ANKLE")]
# Around the expected place of whoever is not seen, in deviations.
_UNSEEN_DEVIATIONS = 2.0
# How broad somebody is behind whom others hide, in the square root of the area.
_BREADTH = 1.0
# By how much somebody may seem to have grown or shrunk behind others.
_MOST_GROWTH = 1.25
# For so long after somebody was seen for sure, an unsure pose may be that one.
_HIDDEN_S = 1.0


@dataclass(frozen=True)
class Nearness:
    """Who is near whom, of m people.

    ``boxes``: [m, 2, 2] pixels, where bodies without arms are or may be (low and high corners).
    ``covers``: [m, m], whether the first may be covered by the second, who is seen.
    """

    boxes: NDArray[np.float64]
    covers: NDArray[np.bool_]


_NOBODY_NEAR = Nearness(np.full((1, 2, 2), np.nan), np.zeros((1, 1), bool))


def meet(tracks: Sequence[Track], now: float) -> Nearness:
    """Let people who may cover each other meet: from now on they may be confused."""
    if len(tracks) == 1:
        tracks[0].learn_size(near=False)
        return _NOBODY_NEAR
    bodies = np.array([track.keypoints for track in tracks])[:, _BODY]
    unseen = np.array([track.seen != now for track in tracks])
    margins = _UNSEEN_DEVIATIONS * np.array([track.deviation for track in tracks]) * unseen
    low, high = bodies.min(axis=1) - margins[:, None], bodies.max(axis=1) + margins[:, None]
    near = (low[:, None] <= high).all(axis=-1)
    near &= np.array([track.certain for track in tracks])
    near &= near.T
    np.fill_diagonal(near, False)
    for track, beside in zip(tracks, near.any(axis=1).tolist(), strict=True):
        track.learn_size(near=beside)
    for a, b in np.argwhere(near).tolist():
        tracks[a].identity.meet(tracks[b].identity)
    return Nearness(np.stack((low, high), axis=1), near & ~unseen)


def emerging(keypoints: NDArray[np.float64], tracks: Sequence[Track], now: float) -> int | None:
    """Return who comes out from behind somebody: most likely a person who was near and is not seen.

    :param keypoints: [17, 2] pixels, of a pose that is not where anybody was expected with certainty
    :param tracks: of this image
    :param now: seconds
    """
    unit = math.sqrt(float(person_area(keypoints[None])[0]))
    for number in _hidden_near(keypoints[_BODY], tracks, now):
        track = tracks[number]
        if track.seen != now and 1.0 / _MOST_GROWTH < unit / track.size < _MOST_GROWTH:
            return number
    return None


def may_be_hidden(keypoints: NDArray[np.float64], tracks: Sequence[Track], now: float) -> bool:
    """Return whether a pose may be of somebody who is hidden there, whatever its size; see :func:`emerging`."""
    hidden = (tracks[number] for number in _hidden_near(keypoints[_BODY], tracks, now))
    return any(now - track.surely_seen <= _HIDDEN_S for track in hidden)


def _hidden_near(body: NDArray[np.float64], tracks: Sequence[Track], now: float) -> Iterator[int]:
    """Yield who may be where a body is, [8, 2] pixels, hidden by somebody who is there; the likeliest first."""
    hidden = [number for number, track in enumerate(tracks) if track.surely_seen != now and track.certain]
    for number in sorted(hidden, key=lambda number: -tracks[number].evidence):
        track = tracks[number]
        reach = _UNSEEN_DEVIATIONS * track.deviation + _BREADTH * track.size
        if np.linalg.norm((body - track.keypoints[_BODY]).mean(axis=0)) > reach:
            continue
        before = (other for other in tracks if other is not track and other.identity in track.identity.met)
        if any(other.seen == now and _overlap(body, other.keypoints[_BODY]) for other in before):
            yield number


def _overlap(some: NDArray[np.float64], others: NDArray[np.float64]) -> bool:
    """Return whether the boxes around points, [n, 2] pixels, have something in common."""
    return bool((some.min(axis=0) <= others.max(axis=0)).all() and (others.min(axis=0) <= some.max(axis=0)).all())
