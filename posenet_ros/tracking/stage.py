# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The tracking stage of the pipeline: ids and filtered keypoints, each where it is wanted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from posenet_ros.people import People
from posenet_ros.settings.pose import TrackingSettings
from posenet_ros.tracking.camera_motion import CameraMotion
from posenet_ros.tracking.smoother import PeopleSmoother
from posenet_ros.tracking.tracker import PersonTracker


class TrackingStage:
    """Tracks and smooths the people of one camera.

    :param ids: where new ids come from; shared by cameras whose ids must differ
    """

    def __init__(self, ids: Iterator[int] | None = None) -> None:
        self._tracker = PersonTracker(numbers=ids)
        self._smoother = PeopleSmoother()
        self._camera_motion = CameraMotion()

    def update(
        self, people: People, stamp: float, settings: TrackingSettings, image: NDArray[np.uint8] | None = None
    ) -> People:
        """Return the people with ids and filtered keypoints, as the settings say.

        :param stamp: seconds at which the image was taken; see :class:`posenet_ros.tracking.clock.FrameClock` for
            stamps that stand still or jump back
        :param image: [height, width, 3] uint8 BGR in which the people were found, for ``camera_motion``
        """
        wanted = settings.tracking or settings.smoothing
        motion = None
        if wanted and settings.camera_motion and image is not None:
            motion = self._camera_motion.update(image, self._tracker.expected())
        else:
            # An older image than the last one tells nothing about the motion since the last one.
            self._camera_motion = CameraMotion()
        if not wanted:
            return people
        self._tracker.patience = settings.track_patience
        people = self._tracker.update(people, stamp, motion)
        if settings.smoothing:
            people = self._smoother.update(people, stamp)
        # The filters need ids, even if nobody else does.
        return people if settings.tracking else replace(people, ids=None)
