# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The one way from the images of a camera to people: estimate, track and smooth, locate."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from posenet_ros.depth import RegisteredDepth, locate, nothing_measured
from posenet_ros.errors import PoseNetError
from posenet_ros.estimator import PoseEstimator
from posenet_ros.people import People
from posenet_ros.settings.pose import PipelineSettings, TrackingSettings
from posenet_ros.tracking.camera_motion import CameraMotion
from posenet_ros.tracking.copies import weak_copies
from posenet_ros.tracking.smoother import PeopleSmoother
from posenet_ros.tracking.tracker import PersonTracker

DepthSource: TypeAlias = Callable[[], RegisteredDepth]
"""Returns the depth of an image; raises PoseNetError, which says why there is none."""


_TRACKING = TrackingSettings()


@dataclass(frozen=True)
class StepSeconds:
    """How long each step took for one image, in seconds; ``inference`` is the network's part of ``estimate``."""

    inference: float
    estimate: float
    track: float
    locate: float


@dataclass(frozen=True)
class PipelineResult:
    """What became of one image.

    ``people`` in pixels of the image, with ids, filtered keypoints and positions as the settings say.
    ``depth_problem`` says why positions are unknown or may be wrong; empty if they are right, None without depth.
    ``reconfigured`` tells whether stride or input size changed before this image.
    """

    people: People
    seconds: StepSeconds
    depth_problem: str | None = None
    reconfigured: bool = False


class PosePipeline:
    """Finds, tracks and locates the people in the images of one camera.

    :param estimator: may serve several pipelines, in threads too
    :param ids: where new ids come from; shared by pipelines whose ids must differ
    """

    def __init__(self, estimator: PoseEstimator, ids: Iterator[int] | None = None) -> None:
        self._estimator = estimator
        self._after_estimate = TrackAndLocateStage(ids)

    def process(
        self,
        image_bgr: NDArray[np.uint8],
        stamp: float,
        settings: PipelineSettings | None = None,
        depth: DepthSource | None = None,
    ) -> PipelineResult:
        """Return the people in an image.

        :param image_bgr: [height, width, 3] uint8 in OpenCV's channel order
        :param stamp: seconds at which the image was taken, in the order of the images
        :param settings: may change from image to image; None takes those that the estimator was made with, and tracks
        :param depth: called only if there are people; None leaves their positions unknown
        :raises ImageError: if the array is not such an image
        :raises ModelError: if the network fails, or cannot run with these settings
        """
        reconfigured = settings is not None and self._estimator.follow(settings)
        start = time.perf_counter()
        people = self._estimator.estimate(image_bgr, settings)
        estimated = time.perf_counter()
        located = self._after_estimate.update(people, image_bgr, stamp, settings or _TRACKING, depth)
        seconds = StepSeconds(
            self._estimator.inference_seconds, estimated - start, located.track_seconds, located.locate_seconds
        )
        return PipelineResult(located.people, seconds, located.depth_problem, reconfigured)


@dataclass(frozen=True)
class LocatedPeople:
    """People with ids, filtered keypoints and positions; ``depth_problem`` as in :class:`PipelineResult`."""

    people: People
    depth_problem: str | None
    track_seconds: float
    locate_seconds: float


class TrackAndLocateStage:
    """What comes after the estimate: tracks, smooths and locates the people of one camera.

    :param ids: where new ids come from; shared by cameras whose ids must differ
    """

    def __init__(self, ids: Iterator[int] | None = None) -> None:
        self._tracking = TrackingStage(ids)

    def update(
        self,
        people: People,
        image_bgr: NDArray[np.uint8],
        stamp: float,
        settings: TrackingSettings,
        depth: DepthSource | None = None,
    ) -> LocatedPeople:
        """Return the people that were found in an image; arguments as of :meth:`PosePipeline.process`."""
        start = time.perf_counter()
        people = self._tracking.update(people, stamp, settings, image_bgr)
        tracked = time.perf_counter()
        problem = None
        if depth is not None and len(people):
            people, problem = _located(people, image_bgr.shape[:2], depth)
        return LocatedPeople(people, problem, tracked - start, time.perf_counter() - tracked)


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
        if not settings.camera_motion:
            image = None
        if wanted and image is not None:
            motion = self._camera_motion.update(image, self._tracker.expected())
        else:
            # An older image than the last one tells nothing about the motion since the last one.
            self._camera_motion = CameraMotion()
        if not wanted:
            return people
        self._tracker.patience = settings.track_patience
        # Without ids nobody is left out.
        copies = weak_copies(people) if settings.tracking else None
        people = self._tracker.update(people, stamp, motion, image, copies)
        if settings.smoothing:
            people = self._smoother.update(people, stamp)
        # The filters need ids, even if nobody else does.
        return people if settings.tracking else replace(people, ids=None)


def _located(people: People, image_size: tuple[int, ...], depth: DepthSource) -> tuple[People, str]:
    """Return the people with positions as far as they are known, and why they are not."""
    try:
        registered = depth()
        located = locate(people, registered.image, (image_size[0], image_size[1]), registered.camera)
    except PoseNetError as error:
        return people, str(error)
    assert located.positions is not None
    unknown = not np.isfinite(located.positions).any()
    return located, nothing_measured(registered.image) if unknown else registered.doubt
