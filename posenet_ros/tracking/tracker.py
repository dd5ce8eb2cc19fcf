# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Who is who, from image to image."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import numpy as np
from numpy.typing import NDArray

from posenet_ros.people import People
from posenet_ros.tracking.association import Expectation, associate
from posenet_ros.tracking.camera_motion import STILL, Affine
from posenet_ros.tracking.clock import FrameClock
from posenet_ros.tracking.copies import inside_others
from posenet_ros.tracking.identity import Identity
from posenet_ros.tracking.meetings import emerging, may_be_hidden, meet
from posenet_ros.tracking.recognition import recognise
from posenet_ros.tracking.track import Track

# Of sums of intervals.
_ROUNDING_S = 1e-6
# Whoever was seen so lately may be followed through a push of the camera: in images, or in seconds.
_RECENT_IMAGES, _RECENT_S = 3.5, 0.15
# Only a pose of such a score can be somebody who was hidden.
_LEAST_EMERGING = 0.5
# Nobody is born inside of somebody else: such a pose counts so much as evidence that there is another person.
_EVIDENCE_INSIDE = 0.01


class PersonTracker:
    """Gives each person an id, kept from image to image.

    Poses are assigned to where people are expected (:mod:`posenet_ros.tracking.association`), by a Kalman filter for
    each (:mod:`posenet_ros.tracking.track`). A pose that belongs to nobody gets a new id; ids are never given twice.

    :param patience: seconds for which a person who is not seen keeps the id
    :param numbers: where new ids come from; shared by trackers whose ids must differ
    """

    def __init__(self, patience: float = 1.0, numbers: Iterator[int] | None = None) -> None:
        self.patience = patience
        self._numbers = numbers if numbers is not None else count()
        self._clock = FrameClock()
        self._now: float | None = None
        self._tracks: list[Track] = []

    def expected(self) -> NDArray[np.float64]:
        """Return where people were in the last image, [n, 17, 2] pixels, those who are not seen included."""
        return np.array([track.keypoints for track in self._tracks]).reshape(-1, 17, 2)

    def update(
        self,
        people: People,
        stamp: float,
        motion: Affine | None = None,
        image_bgr: NDArray[np.uint8] | None = None,
        copies: NDArray[np.bool_] | None = None,
    ) -> People:
        """Return the people with ids.

        :param stamp: seconds at which the image was taken; a stamp that stands still or jumps back counts as
            the next image of a camera at 30 Hz
        :param motion: [2, 3], where pixels of the last image are in this one, as
            :class:`posenet_ros.tracking.camera_motion.CameraMotion` tells; None if that is not known
        :param image_bgr: [height, width, 3] uint8, by which people who met are known again; None goes by places alone
        :param copies: [n], poses that may be second ones of somebody (:mod:`posenet_ros.tracking.copies`): they are
            returned only where they go on with a person who is tracked; None if all poses shall be returned
        """
        last, now = self._now, self._clock.advance(stamp)
        self._now = now
        tracks = [track for track in self._tracks if now - track.seen <= self.patience + _ROUNDING_S]
        for track in self._tracks:
            if track not in tracks:
                track.identity.part()
        for track in tracks:
            if self._clock.jumped:
                track.stop()
            if motion is not None and motion is not STILL:
                track.move_with_camera(motion)
            track.predict(now)
        interval = now - last if last is not None else 0.0
        expected = Expectation.of(tracks, now, max(_RECENT_IMAGES * interval, _RECENT_S))
        impossible = None
        if copies is not None and copies.any():
            tracked = expected.recent & np.array([track.certain for track in tracks], bool)
            impossible = copies[:, None] & ~tracked
        pairs, shift = associate(people, expected, impossible)
        for track in tracks if shift.any() else ():
            track.keypoints = track.keypoints + shift
        inside = inside_others(people)
        # Whoever is expected with certainty comes first.
        poses = [pose for pose in range(len(people)) if copies is None or not copies[pose] or pose in pairs]
        for pose in sorted(poses, key=lambda pose: not (pose in pairs and tracks[pairs[pose]].certain)):
            taken = self._take(people, pose, bool(inside[pose]), tracks, pairs.pop(pose, None), now, copies is None)
            if taken is not None:
                pairs[pose] = taken
        poses = [pose for pose in poses if pose in pairs]
        if tracks:
            nearness = meet(tracks, now)
            if image_bgr is not None:
                recognise(tracks, nearness, pairs, people, image_bgr, now)
        self._tracks = tracks
        ids = np.array([tracks[pairs[pose]].identity.number for pose in poses], np.int64)
        found = people if len(poses) == len(people) else people.select(np.array(poses, np.intp))
        return found.identified_as(ids)

    def _take(
        self,
        people: People,
        pose: int,
        inside: bool,
        tracks: list[Track],
        expected: int | None,
        now: float,
        everybody: bool,
    ) -> int | None:
        """Give a pose to a track, which is made if there is none; return its number.

        :param inside: whether the pose may be made of somebody's limbs; if it may as well be of somebody hidden there,
            it is nobody's, and None is returned
        :param everybody: whether it belongs to somebody anyway
        """
        keypoints, scores, score = people.keypoints[pose], people.keypoint_scores[pose], float(people.scores[pose])
        hidden = None
        if expected is None or not tracks[expected].certain:
            hidden = emerging(keypoints, tracks, now) if score >= _LEAST_EMERGING else None
            if hidden is not None:
                expected = hidden
            elif inside and not everybody and may_be_hidden(keypoints, tracks, now):
                return None
        evidence = score * (_EVIDENCE_INSIDE if inside else 1.0)
        if expected is None:
            tracks.append(Track(Identity(next(self._numbers)), keypoints, scores, evidence, now))
            return len(tracks) - 1
        tracks[expected].correct(keypoints, scores, score, evidence, inside, whole=hidden is not None)
        return expected
