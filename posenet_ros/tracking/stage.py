# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The tracking stage of the pipeline: ids and filtered keypoints, each where it is wanted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from posenet_ros.people import People
from posenet_ros.settings.pose import TrackingSettings
from posenet_ros.tracking.smoother import PeopleSmoother
from posenet_ros.tracking.tracker import PersonTracker


class TrackingStage:
    """Tracks and smooths the people of one camera.

    :param ids: where new ids come from; shared by cameras whose ids must differ
    """

    def __init__(self, ids: Iterator[int] | None = None) -> None:
        self._tracker = PersonTracker(numbers=ids)
        self._smoother = PeopleSmoother()

    def update(self, people: People, stamp: float, settings: TrackingSettings) -> People:
        """Return the people with ids and filtered keypoints, as the settings say.

        :param stamp: seconds at which the image was taken; see :class:`posenet_ros.tracking.clock.FrameClock` for
            stamps that stand still or jump back
        """
        if not settings.tracking and not settings.smoothing:
            return people
        self._tracker.patience = settings.track_patience
        people = self._tracker.update(people, stamp)
        if settings.smoothing:
            people = self._smoother.update(people, stamp)
        # The filters need ids, even if nobody else does.
        return people if settings.tracking else replace(people, ids=None)
