# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The people in a bag's images, in three stages: prepare the image | run the network | decode its heads.

A stage has a thread of its own if cores are free: then the network, which takes longest, does not wait for the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing, nullcontext
from dataclasses import replace
from typing import Any, TypeAlias, TypeVar

from posenet_ros.errors import PoseNetError
from posenet_ros.estimator import PoseEstimator
from posenet_ros.offline.frames import Frame
from posenet_ros.offline.stage_thread import Items, in_thread, short_turns
from posenet_ros.people import People
from posenet_ros.settings.pose import DecodingSettings

A = TypeVar("A")
B = TypeVar("B")
Step: TypeAlias = tuple[Frame, A | None]
"""A message of a bag, and what became of its image; None if it is not an image or cannot be used."""

WAITING_IMAGES = 1
"""Between two stages. Each has one more in hand, so that a single slow image holds nobody up."""


def find_people(
    messages: Items[Frame], estimator: PoseEstimator, settings: DecodingSettings, *, overlap: bool
) -> Items[Step[People]]:
    """Yield each message, in order, with the people in its image; the messages are closed at the end.

    An image that cannot be used has its ``problem``; all other errors are raised.

    :param overlap: whether the first two stages have threads; none is left at the end, however it comes
    """

    def apart(steps: Items[Step[A]]) -> Items[Step[A]]:
        return in_thread(steps, WAITING_IMAGES, lambda step: step[0].is_large) if overlap else steps

    prepared = _stage(_images(messages), lambda image: estimator.prepare(image, settings))
    inferred = _stage(apart(prepared), estimator.infer)
    found = _stage(apart(inferred), estimator.decode)
    with short_turns() if overlap else nullcontext(), closing(found):
        yield from found


def _images(messages: Items[Frame]) -> Items[Step[Any]]:
    with closing(messages):
        for frame in messages:
            yield frame, frame.image


def _stage(steps: Items[Step[A]], work: Callable[[A], B]) -> Items[Step[B]]:
    with closing(steps):
        for frame, image in steps:
            step: Step[B] = frame, None
            try:
                if image is not None:
                    step = frame, work(image)
            except PoseNetError as error:
                step = replace(frame, problem=error), None
            yield step
