# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Sequences for a real network: drawn people who pass each other, and the rendered clip with a camera that shakes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

import cv2
import numpy as np
from clip import CLIP
from draw_person import WIDTH, paste
from tracking_sequences import UNKNOWN, Frame
from tracking_world import SIZE, Camera

from posenet_ros.estimator import PoseEstimator
from posenet_ros.people import People
from posenet_ros.similarity import object_keypoint_similarity

# A pose that is less alike is nobody's; one that is nearly as much like somebody else is not judged.
_LEAST_SIMILARITY, _CLEAR = 0.3, 0.6
CLIP_RATE = 10.0


@lru_cache
def network(model: str) -> PoseEstimator:
    """Return the network by which people are found."""
    return PoseEstimator(model, 16, (353, 481), decoder="multi_refined")


def owners(people: People, truth: np.ndarray, visible: np.ndarray) -> np.ndarray:
    """Return whose the poses are, [n]: the number of a person, or :data:`UNKNOWN`.

    :param truth: [m, 17, 2] pixels
    :param visible: [m, 17] which keypoints are seen; people of whom none is do not count
    """
    if not len(people) or not len(truth):
        return np.full(len(people), UNKNOWN)
    similarity = object_keypoint_similarity(people.keypoints, truth, visible.astype(float))
    owner = similarity.argmax(axis=1)
    best, others = np.take_along_axis(similarity, owner[:, None], axis=1)[:, 0], similarity.copy()
    others[np.arange(len(people)), owner] = 0.0
    clear = (best >= _LEAST_SIMILARITY) & (others.max(axis=1) < _CLEAR * best)
    # Of two poses of somebody the one that is more alike.
    clear &= similarity.argmax(axis=0)[owner] == np.arange(len(people))
    return np.where(clear, owner, UNKNOWN)


def drawn_crossing(model: str, speed: float, rate: float) -> Iterator[Frame]:
    """Return two drawn people who pass each other, each at a speed in metres a second, the larger one in front."""
    distance, scales, tints = 280.0, (0.62, 0.72), ((1.0, 1.0, 1.0), (0.75, 0.9, 1.15))
    metre = 310.0 * scales[0] / 1.6
    for number in range(int(distance / (speed * metre) * rate) + 1):
        walked = speed * metre * number / rate
        image, points, covers = Camera().background().astype(np.float32), [], []
        for x, scale, tint, mirrored in zip(
            (530.0 - walked, 110.0 + walked), scales, tints, (False, True), strict=True
        ):
            shift = np.array((x - scale * WIDTH / 2.0, SIZE[0] - 40.0 - scale * 460.0))
            image, cover, truth = paste(image, scale, shift, np.array(tint), mirrored)
            points.append(truth)
            covers.append(cover > 0.5)
        rows, columns = np.rint(points[0][:, ::-1]).astype(int).T
        visible = np.ones((2, 17), bool)
        visible[0] = ~covers[1][np.clip(rows, 0, SIZE[0] - 1), np.clip(columns, 0, SIZE[1] - 1)]
        picture = image.astype(np.uint8)
        found, whose = network(model).estimate(picture), partial(owners, truth=np.array(points), visible=visible)
        yield Frame(number / rate, picture, found, whose(found), whose)


def clip(model: str, shake: float) -> Iterator[Frame]:
    """Return the rendered clip, before a camera that is shaken by so many pixels."""
    rng = np.random.default_rng(2)
    truth = json.loads((CLIP / "truth.json").read_text())["people"]
    for number, (path, people) in enumerate(zip(sorted(CLIP.glob("*.jpg")), truth, strict=True)):
        offset = rng.uniform(-shake, shake, 2)
        warp = np.array(((1.0, 0.0, offset[0]), (0.0, 1.0, offset[1])))
        image = np.asarray(cv2.warpAffine(cv2.imread(str(path)), warp, SIZE[::-1], borderMode=cv2.BORDER_REPLICATE))
        keypoints = np.array([person["keypoints"] for person in people]) + offset
        found = network(model).estimate(image)
        whose = partial(_owners_in_clip, truth=keypoints, visible=np.array([person["visible"] for person in people]))
        yield Frame(number / CLIP_RATE, image, found, whose(found), whose)


def _owners_in_clip(people: People, truth: np.ndarray, visible: np.ndarray) -> np.ndarray:
    who = owners(people, truth, visible)
    # The second person comes into view later than the third.
    return np.where((len(truth) == 2) & (who == 1), 2, who)


@dataclass(frozen=True)
class Recording:
    """A sequence in which a network found people; ``name`` and ``group`` as a script has them."""

    name: str
    group: str
    frames: Sequence[Frame]

    def play(self, _seed: int) -> Iterator[Frame]:
        """Return the images, always the same."""
        return iter(self.frames)


def recordings(model: str) -> Iterator[Recording]:
    """Return what a network finds in drawn and in rendered people; the network runs as one is asked for."""
    for speed in (0.5, 0.8, 1.2):
        for rate in (10.0, 15.0, 30.0):
            frames = list(drawn_crossing(model, speed, rate))
            yield Recording(f"drawn people cross, {speed} m/s, {rate:.0f} Hz", "network", frames)
    for shake in (0.0, 25.0, 60.0):
        yield Recording(f"rendered clip, 10 Hz, random {shake:.0f} px", "network", list(clip(model, shake)))
