# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Following people from image to image: identities and steady key points, each where it is wanted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from posenet_ros.people import People
from posenet_ros.tracking.smoother import PeopleSmoother
from posenet_ros.tracking.tracker import PersonTracker


@dataclass(frozen=True)
class FollowingOptions:
    """What is done; may change from image to image.

    :param tracking: give people ids
    :param smoothing: filter their key points
    :param track_patience: seconds for which a person who is not seen keeps the id
    """

    tracking: bool = True
    smoothing: bool = False
    track_patience: float = 1.0


class PeopleFollower:
    """Follows the people of one camera.

    :param numbers: where ids come from; shared by followers whose ids must differ
    """

    def __init__(self, numbers: Iterator[int] | None = None) -> None:
        self._tracker = PersonTracker(numbers=numbers)
        self._smoother = PeopleSmoother()

    def update(self, people: People, stamp: float, options: FollowingOptions) -> People:
        """Return the people with ids and filtered key points, as the options want it.

        :param stamp: seconds at which the image was taken; see :class:`posenet_ros.tracking.clock.FrameClock` for
            stamps that stand still or jump back
        """
        if not options.tracking and not options.smoothing:
            return people
        self._tracker.patience = options.track_patience
        people = self._tracker.update(people, stamp)
        if options.smoothing:
            people = self._smoother.update(people, stamp)
        # The filters need to know who is who, even if nobody else does.
        return people if options.tracking else replace(people, ids=None)
