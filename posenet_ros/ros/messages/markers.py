# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""People as RViz markers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from geometry_msgs.msg import Point
from numpy.typing import NDArray
from rclpy.duration import Duration
from std_msgs.msg import ColorRGBA, Header
from visualization_msgs.msg import Marker

from posenet_ros.colours import Colour, label_colour, person_colour, side_colours, side_of
from posenet_ros.figure import FREE_M, Figure, make_figure, place_labels_in_space
from posenet_ros.people import People
from posenet_ros.skeleton import FACE, LIMBS

_BODY_LIMBS = tuple(limb for limb in LIMBS if limb[0] not in FACE)
# The box around a person reaches this much beyond head and keypoints, metres of an adult; the label is outside of it.
_BOX_MARGIN_M = 0.5 * FREE_M
_BOX_WIDTH_M = 0.01
_TRAIL_WIDTH_M = 0.02
# Corners of a box are numbered by x, y and z in binary; edges join those that differ in one.
_BOX_EDGES = tuple((a, a | bit) for a in range(8) for bit in (1, 2, 4) if not a & bit)


@dataclass(frozen=True)
class MarkerStyle:
    """How people are drawn; lengths in metres of an adult, time in seconds."""

    keypoint_threshold: float
    joint_diameter: float
    marker_lifetime: float
    show_boxes: bool = False


def people_markers(
    people: People,
    positions: NDArray[np.float64],
    header: Header,
    style: MarkerStyle,
    trails: Mapping[int, NDArray[np.float64]] | None = None,
) -> list[Marker]:
    """Return the markers of everybody, with the people's ids, or else their places in the order.

    :param positions: [n, 17, 3] metres in the header's frame; keypoints without a finite one are left out
    :param trails: [m, 3] metres, oldest first, for each id: where the person has been
    :returns: markers in the namespaces ``joints``, ``limbs``, ``heads``, ``labels``, and, if asked for, ``boxes`` and
        ``trails``; none that would be empty
    """
    ids = list(range(len(people))) if people.ids is None else people.ids.tolist()
    shown = (people.keypoint_scores >= style.keypoint_threshold) & np.isfinite(positions).all(axis=-1)
    drawn = np.flatnonzero(shown.any(axis=1)).tolist()
    figures = [make_figure(positions[person], shown[person]) for person in drawn]
    labels = [f"{ids[person]}: {people.scores[person]:.2f}" for person in drawn]
    markers: list[Marker] = []
    for person, figure, label, (place, height) in zip(
        drawn, figures, labels, place_labels_in_space(figures, labels), strict=True
    ):
        maker = _PersonMarkers(ids[person], header, style, figure, positions[person], people.keypoint_scores[person])
        markers += [maker.joints(shown[person]), *maker.limbs(shown[person]), *maker.head(shown[person])]
        markers.append(maker.label(label, place, height))
        if style.show_boxes:
            markers.append(maker.box(shown[person]))
        if trails is not None:
            markers += maker.trail(trails.get(ids[person], np.empty((0, 3))))
    return markers


@dataclass(frozen=True)
class _PersonMarkers:
    """Makes the markers of one person."""

    marker_id: int
    header: Header
    style: MarkerStyle
    figure: Figure
    positions: NDArray[np.float64]
    scores: NDArray[np.float64]

    def joints(self, shown: NDArray[np.bool_]) -> Marker:
        marker = self._marker("joints", Marker.SPHERE_LIST)
        marker.scale.x = marker.scale.y = marker.scale.z = self.style.joint_diameter * self.figure.scale
        for part in np.flatnonzero(shown).tolist():
            marker.points.append(_point(self.positions[part]))
            marker.colors.append(_colour(self._tones[side_of(part)], self.scores[part]))
        return marker

    def limbs(self, shown: NDArray[np.bool_]) -> list[Marker]:
        marker = self._marker("limbs", Marker.LINE_LIST)
        marker.scale.x = self.style.joint_diameter * self.figure.scale
        for a, b in _BODY_LIMBS:
            if shown[a] and shown[b]:
                marker.points += [_point(self.positions[a]), _point(self.positions[b])]
                tone = self._tones[side_of(a, b)]
                marker.colors += [_colour(tone, self.scores[a]), _colour(tone, self.scores[b])]
        if self.figure.neck is not None:
            marker.points += [_point(end) for end in self.figure.neck]
            marker.colors += [_colour(self._tones["middle"], 1.0)] * 2
        return [marker] if marker.points else []

    def head(self, shown: NDArray[np.bool_]) -> list[Marker]:
        head = self.figure.head
        if head is None:
            return []
        marker = self._marker("heads", Marker.SPHERE)
        marker.pose.position = _point(head.centre)
        marker.scale.x = marker.scale.y = marker.scale.z = head.diameter
        marker.color = _colour(self._tones["middle"], max(self.scores[part] for part in FACE if shown[part]))
        return [marker]

    def label(self, text: str, place: NDArray[np.float64], height: float) -> Marker:
        marker = self._marker("labels", Marker.TEXT_VIEW_FACING)
        marker.text = text
        marker.scale.z = height
        marker.color = _colour(label_colour(self._tones["middle"]), 1.0)
        marker.pose.position = _point(place)
        return marker

    def box(self, shown: NDArray[np.bool_]) -> Marker:
        inside = self.positions[shown]
        if self.figure.head is not None:
            head, radius = self.figure.head.centre, self.figure.head.diameter / 2.0
            inside = np.concatenate((inside, (head - radius, head + radius)))
        margin = _BOX_MARGIN_M * self.figure.scale
        low, high = inside.min(axis=0) - margin, inside.max(axis=0) + margin
        corners = [np.where([corner & 1, corner & 2, corner & 4], high, low) for corner in range(8)]
        marker = self._marker("boxes", Marker.LINE_LIST)
        marker.scale.x = _BOX_WIDTH_M * self.figure.scale
        marker.points = [_point(corners[corner]) for edge in _BOX_EDGES for corner in edge]
        marker.color = _colour(self._tones["middle"], 1.0)
        return marker

    def trail(self, places: NDArray[np.float64]) -> list[Marker]:
        if len(places) < 2:
            return []
        marker = self._marker("trails", Marker.LINE_STRIP)
        marker.scale.x = _TRAIL_WIDTH_M * self.figure.scale
        marker.points = [_point(place) for place in places]
        # Older places fade.
        tone = self._tones["middle"]
        marker.colors = [_colour(tone, share) for share in np.linspace(0.1, 1.0, len(places)).tolist()]
        return [marker]

    @property
    def _tones(self) -> dict[str, Colour]:
        return side_colours(person_colour(self.marker_id))

    def _marker(self, namespace: str, kind: int) -> Marker:
        marker = Marker(header=self.header, ns=namespace, id=self.marker_id, type=kind, action=Marker.ADD)
        marker.pose.orientation.w = 1.0
        marker.lifetime = Duration(seconds=self.style.marker_lifetime).to_msg()
        marker.color.a = 1.0
        return marker


def deletions(gone: Iterable[tuple[str, int]], header: Header) -> list[Marker]:
    """Return the markers that remove those with these namespaces and ids."""
    return [
        Marker(header=header, ns=namespace, id=marker_id, action=Marker.DELETE) for namespace, marker_id in sorted(gone)
    ]


def _point(position: NDArray[np.float64]) -> Point:
    x, y, z = position.tolist()
    return Point(x=x, y=y, z=z)


def _colour(rgb: Colour, score: float) -> ColorRGBA:
    # Never quite transparent: RViz warns of alpha 0.
    return ColorRGBA(r=rgb[0], g=rgb[1], b=rgb[2], a=float(min(max(score, 0.1), 1.0)))
