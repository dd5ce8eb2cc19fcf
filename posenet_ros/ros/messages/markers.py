# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""People as RViz markers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from geometry_msgs.msg import Point
from numpy.typing import NDArray
from rclpy.duration import Duration
from std_msgs.msg import ColorRGBA, Header
from visualization_msgs.msg import Marker

from posenet_ros.colours import person_colour
from posenet_ros.people import People
from posenet_ros.skeleton import LIMBS

NAMESPACES = ("joints", "limbs", "labels")


@dataclass(frozen=True)
class MarkerStyle:
    """How people are drawn; lengths in metres, time in seconds."""

    keypoint_threshold: float
    joint_diameter: float
    marker_lifetime: float


def people_markers(people: People, positions: NDArray[np.float64], header: Header, style: MarkerStyle) -> list[Marker]:
    """Return the markers of everybody, with the people's ids, or else their places in the order.

    :param positions: [n, 17, 3] metres in the header's frame; key points without a finite one are left out
    :returns: markers in the namespaces ``joints``, ``limbs`` and ``labels``; none that would be empty
    """
    ids = range(len(people)) if people.ids is None else people.ids.tolist()
    return [
        marker
        for person, marker_id in enumerate(ids)
        for marker in _person_markers(people, person, marker_id, positions[person], header, style)
    ]


def _person_markers(
    people: People,
    person: int,
    marker_id: int,
    positions: NDArray[np.float64],
    header: Header,
    style: MarkerStyle,
) -> list[Marker]:
    scores = people.keypoint_scores[person]
    shown = (scores >= style.keypoint_threshold) & np.isfinite(positions).all(axis=-1)
    if not shown.any():
        return []
    points = [Point(x=x, y=y, z=z) for x, y, z in positions.tolist()]
    rgb = person_colour(marker_id)
    colours = [_colour(rgb, score) for score in scores.tolist()]

    joints = _marker("joints", Marker.SPHERE_LIST, marker_id, header, style)
    joints.scale.x = joints.scale.y = joints.scale.z = style.joint_diameter
    for part in np.flatnonzero(shown):
        joints.points.append(points[part])
        joints.colors.append(colours[part])

    limbs = _marker("limbs", Marker.LINE_LIST, marker_id, header, style)
    limbs.scale.x = style.joint_diameter / 2.0
    for limb in LIMBS:
        if shown[list(limb)].all():
            limbs.points += [points[part] for part in limb]
            limbs.colors += [colours[part] for part in limb]

    label = _marker("labels", Marker.TEXT_VIEW_FACING, marker_id, header, style)
    label.scale.z = 3.0 * style.joint_diameter
    label.color = _colour(rgb, 1.0)
    label.text = f"{marker_id}: {people.scores[person]:.2f}"
    top = np.flatnonzero(shown)[positions[shown, 1].argmin()]
    label.pose.position.x = points[top].x
    # The optical frame's y points down.
    label.pose.position.y = points[top].y - 4.0 * style.joint_diameter
    label.pose.position.z = points[top].z
    return [joints, limbs, label] if limbs.points else [joints, label]


def deletions(marker_ids: Sequence[int], header: Header) -> list[Marker]:
    """Return the markers that remove people who are gone."""
    return [
        Marker(header=header, ns=namespace, id=marker_id, action=Marker.DELETE)
        for marker_id in marker_ids
        for namespace in NAMESPACES
    ]


def _marker(namespace: str, kind: int, marker_id: int, header: Header, style: MarkerStyle) -> Marker:
    marker = Marker(header=header, ns=namespace, id=marker_id, type=kind, action=Marker.ADD)
    marker.pose.orientation.w = 1.0
    marker.lifetime = Duration(seconds=style.marker_lifetime).to_msg()
    marker.color.a = 1.0
    return marker


def _colour(rgb: tuple[float, float, float], score: float) -> ColorRGBA:
    # Never quite transparent: RViz warns of alpha 0.
    return ColorRGBA(r=rgb[0], g=rgb[1], b=rgb[2], a=min(max(score, 0.1), 1.0))
