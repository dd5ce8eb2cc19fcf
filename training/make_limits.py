# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Draws what a model finds in rendered scenes of six kinds, for the model card.

Of each kind many scenes are rendered with people, poses and light drawn at random. The picture shows the one in which
the share of keypoints seen is the median, and says how many are seen in all of them. Seen is what is right within a
tenth of the person's box and scores ``keypoint_threshold`` or more.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from posenet_ros.drawing import draw_people
from posenet_ros.estimator import PoseEstimator
from posenet_ros.settings.pose import DecodingSettings
from training.body_data import BodyData, load_body_data
from training.camera import look_at
from training.clothes import Regions, find_regions
from training.compose import Sample
from training.held_out import SIZE, to_bgr
from training.light import sample_light
from training.metrics import Match, match_people, pck
from training.poses import sample_pose
from training.room import draw_room
from training.scene import Actor, Stand, render_scene

_PIXELS = 2 * SIZE
_FOCAL = 0.866 * _PIXELS  # 60 degrees from left to right
_TILE, _CAPTION, _COLUMNS = 300, 48, 3
_SEED = 37
_PAPER, _INK, _FONT = 255, (40, 40, 40), cv2.FONT_HERSHEY_SIMPLEX
_QUALITY = 80


@dataclass(frozen=True)
class Kind:
    """A kind of scene.

    ``stances``: of each person (:func:`training.poses.sample_pose`), the first one nearest; ``camera`` (y, z) and
    ``target``, the height in metres at which it looks; ``heading``, radians at most to either side of the camera.
    """

    title: str
    stances: tuple[str, ...]
    camera: tuple[float, float]
    target: float
    heading: float = 0.6

    def render(self, data: BodyData, regions: Regions, rng: np.random.Generator) -> Sample:
        """Return a scene of this kind, and the truth about it."""
        cast = []
        for number, stance in enumerate(self.stances):
            actor = Actor.sample(data, regions, rng)
            # Whoever walks behind somebody goes the other way and is half covered.
            side = 1.0 - 2.0 * number
            heading = (
                side * rng.uniform(0.8, 1.4) if len(self.stances) > 1 else rng.uniform(-self.heading, self.heading)
            )
            place = (rng.uniform(-0.2, 0.2) if number == 0 else rng.uniform(0.1, 0.45), -0.7 * number)
            cast.append((actor, Stand(place, heading, sample_pose(actor.shape, rng, stance))))
        height, distance = self.camera
        camera = look_at((0.0, height, distance), (0.0, self.target, 0.0), _FOCAL, (_PIXELS, _PIXELS))
        return render_scene(data, cast, camera, sample_light(rng), draw_room(camera))


KINDS = (
    Kind("stands", ("stand",), (1.3, 2.4), 0.9),
    Kind("two who cross", ("walk", "walk"), (1.3, 2.6), 0.9),
    Kind("bends", ("bend",), (1.2, 2.2), 0.7, heading=1.6),
    Kind("lies", ("lie",), (1.4, 2.3), 0.2),
    Kind("far away", ("stand",), (1.3, 9.5), 0.9),
    Kind("larger than the image", ("stand",), (1.4, 1.0), 1.3),
)


def middle_scene(kind: Kind, estimator: PoseEstimator, scenes: list[Sample]) -> tuple[NDArray[np.uint8], str]:
    """Return the scene with the median share of keypoints seen, drawn, BGR, and what to write below it."""
    threshold = DecodingSettings().keypoint_threshold
    everybody: list[Match] = []
    shares = []
    for scene in scenes:
        matches, _ = match_people(estimator.estimate(to_bgr(scene)), scene.keypoints, scene.states)
        # What is drawn: keypoints that score enough.
        seen = [replace(match, right=match.right & (match.scores >= threshold)) for match in matches]
        shares.append(pck(seen))
        everybody += seen
    image = to_bgr(scenes[int(np.argsort(shares, kind="stable")[len(shares) // 2])])
    draw_people(image, estimator.estimate(image), threshold)
    found = sum(match.right.any() for match in everybody)
    return image, f"{found} of {len(everybody)} found, {100.0 * pck(everybody):.0f} % of keypoints seen"


def make_sheet(estimator: PoseEstimator, data: BodyData, count: int) -> NDArray[np.uint8]:
    """Return the picture of all kinds, BGR.

    :param count: scenes of each kind
    """
    regions = find_regions(data)
    tiles = []
    for number, kind in enumerate(KINDS):
        scenes = [kind.render(data, regions, np.random.default_rng((_SEED, number, n))) for n in range(count)]
        image, result = middle_scene(kind, estimator, scenes)
        print(f"{kind.title}: {result}", flush=True)
        tile = np.full((_TILE + _CAPTION, _TILE, 3), _PAPER, np.uint8)
        tile[:_TILE] = cv2.resize(image, (_TILE, _TILE), interpolation=cv2.INTER_AREA)
        for text, scale, line in ((kind.title, 0.55, 19), (result, 0.42, 38)):
            cv2.putText(tile, text, (2, _TILE + line), _FONT, scale, _INK, 1, cv2.LINE_AA)
        tiles.append(np.pad(tile, ((0, 4), (0, 8), (0, 0)), constant_values=_PAPER))
    rows = [np.hstack(tiles[first : first + _COLUMNS]) for first in range(0, len(tiles), _COLUMNS)]
    return np.asarray(np.vstack(rows), np.uint8)


def main() -> None:
    """Write the picture."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--model", default="bundled", help=".tflite file or name")
    parser.add_argument("--body", type=Path, default=Path("training_output/cache/body.npz"))
    parser.add_argument("--scenes", type=int, default=20, help="of each kind")
    parser.add_argument("--output", type=Path, default=Path("docs/bundled_limits.webp"))
    options = parser.parse_args()
    sheet = make_sheet(PoseEstimator(options.model), load_body_data(options.body), options.scenes)
    cv2.imwrite(str(options.output), sheet, [cv2.IMWRITE_WEBP_QUALITY, _QUALITY])
    print(f"{options.output}: {options.output.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
