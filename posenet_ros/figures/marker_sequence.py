# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Markers of people over time: trails, and the removal of whoever is gone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from posenet_ros.body.location import trunk_positions
from posenet_ros.camera_model import PinholeCamera
from posenet_ros.figures.markers import Header, Marker, MarkerMessages, MarkerStyle, deletions, people_markers
from posenet_ros.figures.trails import Trails
from posenet_ros.people import People
from posenet_ros.settings.visualizer import VisualizerSettings


class MarkerSequence:
    """Makes the markers of the people in one image after the other.

    :param messages: makes the messages
    """

    def __init__(self, messages: MarkerMessages) -> None:
        self._messages = messages
        self._shown: set[tuple[str, int]] = set()
        self._trails = Trails()

    def update(
        self, people: People, camera: PinholeCamera, header: Header, seconds: float, settings: VisualizerSettings
    ) -> list[Marker]:
        """Return the markers of an image's people, where they are or else on a plane before the camera.

        :param camera: of the image
        :param header: of the image
        :param seconds: its stamp
        """
        positions = camera.on_plane(people.keypoints, settings.plane_distance)
        if people.positions is not None:
            known = np.isfinite(people.positions).all(axis=-1, keepdims=True)
            positions = np.where(known, people.positions, positions)
        style = MarkerStyle(
            settings.keypoint_threshold, settings.joint_diameter, settings.marker_lifetime, settings.show_boxes
        )
        trails = self._update_trails(people, positions, seconds, settings)
        markers = people_markers(self._messages, people, positions, header, style, trails)
        # People leave, and somebody who is still there may have lost all limbs: what is not shown any more is removed.
        present = {(marker.ns, marker.id) for marker in markers}
        gone = deletions(self._messages, self._shown - present, header)
        self._shown = present
        return markers + gone

    def _update_trails(
        self, people: People, positions: NDArray[np.float64], seconds: float, settings: VisualizerSettings
    ) -> dict[int, NDArray[np.float64]]:
        places = trunk_positions(people.located_at(positions), settings.keypoint_threshold)
        # Without ids nobody can be followed.
        ids = [] if people.ids is None else people.ids.tolist()
        here = dict(zip(ids, places, strict=False))
        return self._trails.update(here, seconds, settings.trail_duration)
