# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""People as RViz markers, in messages of any library."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from posenet_ros.figures.colours import Colour, label_colour, person_colour, side_colours, side_of
from posenet_ros.figures.figure import FREE_M, Figure, make_figure, place_labels_in_space
from posenet_ros.people import People
from posenet_ros.skeleton import FACE, LIMBS

Header: TypeAlias = Any
"""A std_msgs/Header."""
Marker: TypeAlias = Any
"""A visualization_msgs/Marker."""

# Of visualization_msgs/Marker.
_ADD, _DELETE = 0, 2
_SPHERE, _LINE_STRIP, _LINE_LIST, _SPHERE_LIST, _TEXT_VIEW_FACING = 2, 4, 5, 7, 9
_BODY_LIMBS = tuple(limb for limb in LIMBS if limb[0] not in FACE)
# The box around a person reaches this much beyond head and keypoints, metres of an adult; the label is outside of it.
_BOX_MARGIN_M = 0.5 * FREE_M
_BOX_WIDTH_M = 0.01
_TRAIL_WIDTH_M = 0.02
# Corners of a box are numbered by x, y and z in binary; edges join those that differ in one.
_BOX_EDGES = tuple((a, a | bit) for a in range(8) for bit in (1, 2, 4) if not a & bit)


@dataclass(frozen=True)
class MarkerMessages:
    """Makes the messages that markers consist of, from some of their fields.

    ``marker`` makes a visualization_msgs/Marker, ``point`` a geometry_msgs/Point, ``colour`` a std_msgs/ColorRGBA.
    """

    marker: Callable[..., Any]
    point: Callable[..., Any]
    colour: Callable[..., Any]


@dataclass(frozen=True)
class MarkerStyle:
    """How people are drawn; lengths in metres of an adult, time in seconds."""

    keypoint_threshold: float
    joint_diameter: float
    marker_lifetime: float
    show_boxes: bool = False


def people_markers(
    messages: MarkerMessages,
    people: People,
    positions: NDArray[np.float64],
    header: Header,
    style: MarkerStyle,
    trails: Mapping[int, NDArray[np.float64]] | None = None,
) -> list[Marker]:
    """Return the markers of everybody, with the people's ids, or else their places in the order.

    :param messages: makes the messages
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
        maker = _PersonMarkers(
            messages, ids[person], header, style, figure, positions[person], people.keypoint_scores[person]
        )
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

    messages: MarkerMessages
    marker_id: int
    header: Header
    style: MarkerStyle
    figure: Figure
    positions: NDArray[np.float64]
    scores: NDArray[np.float64]

    def joints(self, shown: NDArray[np.bool_]) -> Marker:
        marker = self._marker("joints", _SPHERE_LIST)
        marker.scale.x = marker.scale.y = marker.scale.z = self.style.joint_diameter * self.figure.scale
        for part in np.flatnonzero(shown).tolist():
            marker.points.append(self._point(self.positions[part]))
            marker.colors.append(self._colour(self._tones[side_of(part)], self.scores[part]))
        return marker

    def limbs(self, shown: NDArray[np.bool_]) -> list[Marker]:
        marker = self._marker("limbs", _LINE_LIST)
        marker.scale.x = self.style.joint_diameter * self.figure.scale
        for a, b in _BODY_LIMBS:
            if shown[a] and shown[b]:
                marker.points += [self._point(self.positions[a]), self._point(self.positions[b])]
                tone = self._tones[side_of(a, b)]
                marker.colors += [self._colour(tone, self.scores[a]), self._colour(tone, self.scores[b])]
        if self.figure.neck is not None:
            marker.points += [self._point(end) for end in self.figure.neck]
            marker.colors += [self._colour(self._tones["middle"], 1.0)] * 2
        return [marker] if marker.points else []

    def head(self, shown: NDArray[np.bool_]) -> list[Marker]:
        head = self.figure.head
        if head is None:
            return []
        marker = self._marker("heads", _SPHERE)
        marker.pose.position = self._point(head.centre)
        marker.scale.x = marker.scale.y = marker.scale.z = head.diameter
        marker.color = self._colour(self._tones["middle"], max(self.scores[part] for part in FACE if shown[part]))
        return [marker]

    def label(self, text: str, place: NDArray[np.float64], height: float) -> Marker:
        marker = self._marker("labels", _TEXT_VIEW_FACING)
        marker.text = text
        marker.scale.z = height
        marker.color = self._colour(label_colour(self._tones["middle"]), 1.0)
        marker.pose.position = self._point(place)
        return marker

    def box(self, shown: NDArray[np.bool_]) -> Marker:
        inside = self.positions[shown]
        if self.figure.head is not None:
            head, radius = self.figure.head.centre, self.figure.head.diameter / 2.0
            inside = np.concatenate((inside, (head - radius, head + radius)))
        margin = _BOX_MARGIN_M * self.figure.scale
        low, high = inside.min(axis=0) - margin, inside.max(axis=0) + margin
        corners = [np.where([corner & 1, corner & 2, corner & 4], high, low) for corner in range(8)]
        marker = self._marker("boxes", _LINE_LIST)
        marker.scale.x = _BOX_WIDTH_M * self.figure.scale
        marker.points = [self._point(corners[corner]) for edge in _BOX_EDGES for corner in edge]
        marker.color = self._colour(self._tones["middle"], 1.0)
        return marker

    def trail(self, places: NDArray[np.float64]) -> list[Marker]:
        if len(places) < 2:
            return []
        marker = self._marker("trails", _LINE_STRIP)
        marker.scale.x = _TRAIL_WIDTH_M * self.figure.scale
        marker.points = [self._point(place) for place in places]
        # Older places fade.
        tone = self._tones["middle"]
        marker.colors = [self._colour(tone, share) for share in np.linspace(0.1, 1.0, len(places)).tolist()]
        return [marker]

    @property
    def _tones(self) -> dict[str, Colour]:
        return side_colours(person_colour(self.marker_id))

    def _marker(self, namespace: str, kind: int) -> Marker:
        marker = self.messages.marker(header=self.header, ns=namespace, id=self.marker_id, type=kind, action=_ADD)
        marker.pose.orientation.w = 1.0
        marker.lifetime.sec, marker.lifetime.nanosec = divmod(int(self.style.marker_lifetime * 1e9), 10**9)
        marker.color.a = 1.0
        return marker

    def _point(self, position: NDArray[np.float64]) -> Any:
        x, y, z = position.tolist()
        return self.messages.point(x=x, y=y, z=z)

    def _colour(self, rgb: Colour, score: float) -> Any:
        # Never quite transparent: RViz warns of alpha 0.
        return self.messages.colour(r=rgb[0], g=rgb[1], b=rgb[2], a=float(min(max(score, 0.1), 1.0)))


def deletions(messages: MarkerMessages, gone: Iterable[tuple[str, int]], header: Header) -> list[Marker]:
    """Return the markers that remove those with these namespaces and ids."""
    markers = []
    for namespace, marker_id in sorted(gone):
        marker = messages.marker(header=header, ns=namespace, id=marker_id, action=_DELETE)
        marker.pose.orientation.w = 1.0
        markers.append(marker)
    return markers
