# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A frame as the page reads it: people in the image and in space, as JSON."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from posenet_ros.camera_model import PinholeCamera
from posenet_ros.people import People
from posenet_ros.skeleton import KeypointId
from posenet_ros.web.frames import Frame

_TRUNK = [KeypointId.LEFT_SHOULDER, KeypointId.RIGHT_SHOULDER, KeypointId.LEFT_HIP, KeypointId.RIGHT_HIP]


@dataclass(frozen=True)
class View:
    """What is known of the camera beside its images.

    :param camera: of images of a size; None until the size is known
    :param plane_distance: metres ahead of the camera at which people of unknown distance are shown
    :param keypoint_threshold: keypoints that score less are not shown
    """

    camera: PinholeCamera | None = None
    plane_distance: float = 2.0
    keypoint_threshold: float = 0.5


def describe(frame: Frame, view: View, seconds_seen: dict[int, float]) -> dict[str, Any]:
    """Return the frame without its image, as JSON knows it: what is unknown is null.

    Pixels are rounded to tenths, metres to millimetres.

    :param seconds_seen: for how long each id has been in view
    """
    height, width = frame.image_size
    people = frame.people
    return {
        "sequence": frame.sequence,
        "stamp": frame.stamp,
        "age": frame.age,
        "width": width,
        "height": height,
        "frame_id": frame.frame_id,
        "threshold": view.keypoint_threshold,
        "corners": _corner_rays(view.camera, width, height),
        "people": None if people is None else _describe_people(people, view, seconds_seen),
    }


def _describe_people(people: People, view: View, seconds_seen: dict[int, float]) -> list[dict[str, Any]]:
    shape = people.keypoints.shape[:2]
    measured = np.full((*shape, 3), np.nan) if people.positions is None else people.positions
    known = np.asarray(np.isfinite(measured).all(axis=-1))
    on_plane = np.full((*shape, 3), np.nan)
    if view.camera is not None and len(people):
        on_plane = view.camera.on_plane(people.keypoints, view.plane_distance)
    # A person with a measured distance is not torn apart: what of them was not measured is not shown.
    located = np.asarray(known.any(axis=1))[:, None]
    places = np.where(known[..., None], measured, np.where(located[..., None], np.nan, on_plane))
    ids = range(len(people)) if people.ids is None else people.ids.tolist()
    return [
        {
            "id": -1 if people.ids is None else number,
            "score": round(float(people.scores[person]), 3),
            "distance": _distance(measured[person], people.keypoint_scores[person] >= view.keypoint_threshold),
            "seconds": None if people.ids is None else round(seconds_seen.get(number, 0.0), 1),
            "keypoints": np.round(people.keypoints[person], 1).tolist(),
            "scores": np.round(people.keypoint_scores[person], 3).tolist(),
            "positions": _finite(places[person]),
            "measured": bool(located[person, 0]),
        }
        for person, number in enumerate(ids)
    ]


def _distance(positions: NDArray[np.float64], shown: NDArray[np.bool_]) -> float | None:
    """Return the metres to the middle of the trunk, or else of whatever is known of it; None if nothing is."""
    known = np.isfinite(positions).all(axis=-1) & shown
    trunk = [part for part in _TRUNK if known[part]]
    middle = positions[trunk or known].mean(axis=0) if known.any() else np.array([np.nan])
    distance = float(np.linalg.norm(middle))
    return round(distance, 3) if math.isfinite(distance) else None


def _finite(points: NDArray[np.float64]) -> list[list[float] | None]:
    rows: list[list[float]] = np.round(points, 3).tolist()
    return [row if all(map(math.isfinite, row)) else None for row in rows]


def _corner_rays(camera: PinholeCamera | None, width: int, height: int) -> list[list[float] | None]:
    """Return the rays through the corners of the image, clockwise from the top left, on the plane z = 1."""
    if camera is None or not width or not height:
        return []
    right, bottom = width - 0.5, height - 0.5
    return _finite(camera.rays(np.array(((-0.5, -0.5), (right, -0.5), (right, bottom), (-0.5, bottom)))))
