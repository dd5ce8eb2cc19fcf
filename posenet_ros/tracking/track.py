# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""One person over time: a body, and a Kalman filter of how it moves."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from posenet_ros.similarity import person_area, similarity_of_pair
from posenet_ros.tracking.camera_motion import Affine
from posenet_ros.tracking.identity import Identity
from posenet_ros.tracking.looks import Memory

# All lengths are in the square root of the person's area (about 0.6 m).
# How much people change their velocity, per second and square root of a second: walking people turn and stop.
_ACCELERATION = 1.5
# How fast somebody may be who was seen once.
_FIRST_SPEED = 1.5
# How far a pose with all keypoints is off as a whole.
_POSE_ERROR = 0.07
# A pose of a lower score may be half somebody else's: it moves a person only as far as the filter believes it.
_WEAK_SCORE, _WEAK_ERROR = 0.3, 0.3
# A pose that is less like the body, moved to where it is, has another shape, which takes a person so many seconds.
_LEAST_SIMILARITY, _SHAPE_S = 0.3, 0.4
# A step is at most so many standard deviations long; a longer one is less certain than it seemed.
_MOST_DEVIATIONS = 1.5
# For how long the place of a hidden keypoint on the body is remembered.
_BODY_MEMORY_S = 1.5
# Nobody grows or shrinks much while others cover them: another size takes so many seconds.
_SIZE_S = 3.0
# So much smaller than the person, what may be somebody's limbs is a hand or an arm, and has another shape.
_LIMB_SIZE = 0.4
# A keypoint whose score falls to the first share of what it was is hidden, above the second it is seen.
_HIDDEN, _SEEN = 0.4, 0.8
# The evidence from which on somebody is certain to be there.
_LEAST_EVIDENCE = 0.6
# Looks of so many images tell whose a body is.
_LOOKS = 3
_TINY = float(np.finfo(np.float64).tiny)


class Track:
    """A person as expected at a time.

    The body is that of the last images: a keypoint that is hidden now moves with those that are seen. Velocity and
    uncertainty are those of a Kalman filter for constant velocity, which both directions share.

    :param identity: who the person seems to be
    :param keypoints: [17, 2] pixels, of the first pose
    :param scores: [17], of the keypoints
    :param evidence: how sure this pose makes it that there is such a person
    :param now: seconds
    """

    def __init__(
        self,
        identity: Identity,
        keypoints: NDArray[np.float64],
        scores: NDArray[np.float64],
        evidence: float,
        now: float,
    ) -> None:
        self.identity = identity
        self.looks = Memory(_LOOKS)
        """What the body looks like, since nobody else was near it."""
        self.alone = now
        """Since when nobody else was near, seconds."""
        self.next_look = now
        """When to look next, seconds."""
        self.keypoints = keypoints
        """Where the body is expected, [17, 2] pixels."""
        self.scores = scores
        """How well each keypoint's place on the body is known, [17]."""
        self.seen = now
        """When the person was last found, seconds."""
        self.surely_seen = now
        """When in a pose that is not made of somebody else's limbs."""
        self.evidence = evidence
        """How sure it is that there is such a person: the sum of what the poses told, mostly their scores."""
        self._now = now
        self._velocity = np.zeros(2)
        # Variances of place and speed, and their covariance, for both directions.
        self._place, self._cross, self._speed = _POSE_ERROR**2, 0.0, _FIRST_SPEED**2
        self.unit = math.sqrt(float(person_area(keypoints[None])[0]))
        """Pixels: the square root of the person's area."""
        self.size = self.unit
        """The same, hardly changed since others may cover the person: what is found of the rest may be smaller."""
        self._sized = now

    @property
    def certain(self) -> bool:
        """Return whether there is such a person, who was found often or surely enough not to be a double."""
        return self.evidence >= _LEAST_EVIDENCE

    @property
    def deviation(self) -> float:
        """Return the standard deviation of the place, pixels."""
        return self.unit * math.sqrt(self._place)

    def stop(self) -> None:
        """Forget the velocity, where time does not tell how far the person went."""
        self._velocity = np.zeros(2)

    def move_with_camera(self, motion: Affine) -> None:
        """Go to where pixels of the last image are in this one."""
        self.keypoints = self.keypoints @ motion[:, :2].T + motion[:, 2]
        self._velocity = motion[:, :2] @ self._velocity

    def predict(self, now: float) -> None:
        """Go on to a time in seconds."""
        elapsed, self._now = now - self._now, now
        self.keypoints = self.keypoints + self._velocity * elapsed
        noise = _ACCELERATION**2
        self._place += elapsed * (2.0 * self._cross + elapsed * (self._speed + noise * elapsed / 3.0))
        self._cross += elapsed * (self._speed + noise * elapsed / 2.0)
        self._speed += noise * elapsed

    def learn_size(self, near: bool) -> None:
        """Take the area that is seen for that of the whole person.

        Slowly so where somebody else is near, or where only a limb may be seen, which is near nobody else.
        """
        elapsed, self._sized = self._now - self._sized, self._now
        if self.seen == self._now:
            slowly = near or self.surely_seen != self._now
            share = 1.0 - math.exp(-elapsed / _SIZE_S) if slowly else 1.0
            self.size += share * (self.unit - self.size)

    def correct(
        self,
        keypoints: NDArray[np.float64],
        scores: NDArray[np.float64],
        score: float,
        evidence: float,
        inside: bool = False,
        whole: bool = False,
    ) -> None:
        """Take the pose that was found of the person.

        :param keypoints: [17, 2] pixels
        :param scores: [17]
        :param score: of the pose
        :param evidence: how sure the pose makes it that there is such a person
        :param inside: whether the pose may be made of somebody's limbs
        :param whole: whether it is the whole person, who comes out from behind somebody
        """
        # Only keypoints seen both times tell how the person moved; half of them may be elsewhere.
        weights = np.minimum(scores, self.scores) + _TINY
        offsets = keypoints - self.keypoints
        step = weighted_median(offsets, weights)
        error = _POSE_ERROR**2 * len(weights) / max(float(weights.sum()), 1.0)
        weak = score < _WEAK_SCORE
        limb = inside and float(person_area(keypoints[None])[0]) < (_LIMB_SIZE * self.size) ** 2
        # Of who comes out, limbs may have been found last: then the body is that of these.
        unlike = not (weak or whole) and (
            limb or similarity_of_pair(offsets - step, self.unit**2, weights) < _LEAST_SIMILARITY
        )
        if weak or unlike:
            error += _WEAK_ERROR**2
        gain = self._learn(step, error)
        elapsed = self._now - self.seen
        remembered = self.scores * math.exp(-elapsed / _BODY_MEMORY_S)
        self.keypoints = self.keypoints + (gain if weak or unlike else 1.0) * step
        if not weak:
            # What is hidden now keeps its place on the body.
            known = scores / np.maximum(remembered, _TINY)
            share = np.minimum(np.maximum((known - _HIDDEN) / (_SEEN - _HIDDEN), 0.0), 1.0)[:, None]
            # Nobody has another shape at once: such a pose is made of others' limbs, unless it stays.
            share *= 1.0 - math.exp(-elapsed / _SHAPE_S) if unlike else 1.0
            self.keypoints = self.keypoints + share * (keypoints - self.keypoints)
        self.scores = np.maximum(scores, remembered)
        self.unit = math.sqrt(float(person_area(self.keypoints[None])[0]))
        self.seen = self._now
        if not inside:
            self.surely_seen = self._now
        self.evidence += evidence

    def _learn(self, step: NDArray[np.float64], error: float) -> float:
        """Update velocity and uncertainty; return which share of the step is believed.

        :param step: [2] pixels from where the person was expected
        :param error: variance of the step
        """
        # Whatever is farther away than can be is a poor pose or a pushed camera, and tells less.
        error = max(error, (float(np.linalg.norm(step)) / self.unit / _MOST_DEVIATIONS) ** 2 - self._place)
        total = self._place + error
        gain = self._place / total
        self._velocity = self._velocity + self._cross / total * step
        self._speed -= self._cross**2 / total
        self._cross *= error / total
        self._place *= error / total
        return gain


def weighted_median(values: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weighted median of each column of values, [n, k]; weights [n] are above 0."""
    order = values.argsort(axis=0)
    sums = weights[order].cumsum(axis=0)
    place = (sums < 0.5 * sums[-1]).sum(axis=0)
    columns = np.arange(values.shape[1])
    return np.asarray(values[order[place, columns], columns])
