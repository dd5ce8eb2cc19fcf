# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The messages of vision_msgs, hri_msgs and tf2_msgs that the bridges fill, for machines without these packages.

Fields have the names and types of the real ones, and like those refuse others.
"""

from __future__ import annotations

from importlib import import_module
from types import SimpleNamespace
from typing import Any

from geometry_msgs.msg import Pose, PoseWithCovariance, Vector3
from std_msgs.msg import Header


def message(name: str, **fields: Any) -> type:
    """Return a message class with these fields; each default is a type to call or a function."""

    def init(self: Any, **values: Any) -> None:
        for field, default in fields.items():
            object.__setattr__(self, field, default())
        for field, value in values.items():
            setattr(self, field, value)

    def set_field(self: Any, field: str, value: Any) -> None:
        expected = type(getattr(self, field)) if field in fields else None
        assert expected is not None, f"{name} has no field {field}"
        assert isinstance(value, expected), f"{name}.{field} is {value!r}, expected a {expected.__name__}"
        object.__setattr__(self, field, value)

    return type(name, (), {"__init__": init, "__setattr__": set_field})


Point2D = message("Point2D", x=float, y=float)
Pose2D = message("Pose2D", position=Point2D, theta=float)
BoundingBox2D = message("BoundingBox2D", center=Pose2D, size_x=float, size_y=float)
BoundingBox3D = message("BoundingBox3D", center=Pose, size=Vector3)
ObjectHypothesis = message("ObjectHypothesis", class_id=str, score=float)
PointOfInterest = message("NormalizedPointOfInterest2D", x=float, y=float, c=float)
ObjectHypothesisWithPose = message("ObjectHypothesisWithPose", hypothesis=ObjectHypothesis, pose=PoseWithCovariance)

STAND_INS = {
    "vision_msgs": SimpleNamespace(
        ObjectHypothesisWithPose=ObjectHypothesisWithPose,
        Detection2D=message("Detection2D", header=Header, results=list, bbox=BoundingBox2D, id=str),
        Detection2DArray=message("Detection2DArray", header=Header, detections=list),
        Detection3D=message("Detection3D", header=Header, results=list, bbox=BoundingBox3D, id=str),
        Detection3DArray=message("Detection3DArray", header=Header, detections=list),
    ),
    "hri_msgs": SimpleNamespace(
        IdsList=message("IdsList", header=Header, ids=list),
        Skeleton2D=message("Skeleton2D", header=Header, skeleton=lambda: [PointOfInterest() for _ in range(18)]),
        NormalizedRegionOfInterest2D=message(
            "NormalizedRegionOfInterest2D", header=Header, xmin=float, ymin=float, xmax=float, ymax=float, c=float
        ),
    ),
    "tf2_msgs": SimpleNamespace(TFMessage=message("TFMessage", transforms=list)),
}


def messages_of(package: str) -> Any:
    """Return the module with a package's messages, or what stands in for it."""
    try:
        return import_module(f"{package}.msg")
    except ImportError:
        return STAND_INS[package]
