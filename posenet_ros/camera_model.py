# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The pinhole camera: from pixels to rays in the optical frame (x right, y down, z forward; REP-103)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class PinholeCamera:
    """Focal lengths and principal point of an undistorted camera, in pixels."""

    fx: float
    fy: float
    cx: float
    cy: float

    def __post_init__(self) -> None:
        """Refuse an uncalibrated camera, whose focal lengths are zero."""
        if not (self.fx > 0.0 and self.fy > 0.0 and math.isfinite(self.cx) and math.isfinite(self.cy)):
            raise ValueError(
                f"focal lengths {self.fx}, {self.fy} and principal point {self.cx}, {self.cy} are no camera"
            )

    @classmethod
    def from_field_of_view(cls, width: int, height: int, horizontal_degrees: float) -> PinholeCamera:
        """Return the camera with square pixels that sees the angle from the left to the right image border.

        :raises ValueError: unless the angle lies between 0 and 180 degrees
        """
        if not 0.0 < horizontal_degrees < 180.0:
            raise ValueError(f"field of view is {horizontal_degrees} degrees, expected between 0 and 180")
        focal = 0.5 * width / math.tan(math.radians(horizontal_degrees) / 2.0)
        return cls(focal, focal, (width - 1) / 2.0, (height - 1) / 2.0)

    def on_plane(self, points: NDArray[np.float64], distance: float) -> NDArray[np.float64]:
        """Return where the rays through [..., 2] pixels (x, y) meet the plane z = distance, [..., 3] metres."""
        x = (points[..., 0] - self.cx) / self.fx
        y = (points[..., 1] - self.cy) / self.fy
        return distance * np.stack((x, y, np.ones_like(x)), axis=-1)
