# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The camera: from pixels to rays in the optical frame (x right, y down, z forward; REP-103)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

DISTORTION_COEFFICIENTS = {
    "plumb_bob": (4, 5),
    "rational_polynomial": (8, 12, 14),
    "equidistant": (4,),
    "fisheye": (4,),
}
"""The distortion models of sensor_msgs and the numbers of coefficients that OpenCV takes for each."""

_LARGEST_RESIDUAL_PX = 0.1


@dataclass(frozen=True)
class PinholeCamera:
    """Focal lengths and principal point in pixels, and the distortion of the lens.

    :param distortion_model: one of :data:`DISTORTION_COEFFICIENTS`; ignored if all coefficients are 0
    :param distortion: coefficients in OpenCV's order; empty for none
    :raises ValueError: if no camera has these values
    """

    fx: float
    fy: float
    cx: float
    cy: float
    distortion_model: str = "plumb_bob"
    distortion: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        """Refuse an uncalibrated camera, whose focal lengths are zero, and unknown distortions."""
        values = (self.fx, self.fy, self.cx, self.cy, *self.distortion)
        if not (all(map(math.isfinite, values)) and self.fx > 0.0 and self.fy > 0.0):
            raise ValueError(
                f"focal lengths {self.fx}, {self.fy}, principal point {self.cx}, {self.cy} and distortion"
                f" {self.distortion} are no camera"
            )
        if not self.is_distorted:
            return
        lengths = DISTORTION_COEFFICIENTS.get(self.distortion_model)
        if lengths is None:
            raise ValueError(
                f"distortion model is '{self.distortion_model}', expected one of {', '.join(DISTORTION_COEFFICIENTS)}"
            )
        if len(self.distortion) not in lengths:
            expected = " or ".join(map(str, lengths))
            raise ValueError(
                f"{len(self.distortion)} distortion coefficients, expected {expected} for {self.distortion_model}"
            )

    @classmethod
    def from_field_of_view(cls, width: int, height: int, horizontal_degrees: float) -> PinholeCamera:
        """Return the camera with square pixels and this field of view between the left and right image borders.

        :raises ValueError: unless the angle lies between 0 and 180 degrees
        """
        if not 0.0 < horizontal_degrees < 180.0:
            raise ValueError(f"field of view is {horizontal_degrees} degrees, expected between 0 and 180")
        focal = 0.5 * width / math.tan(math.radians(horizontal_degrees) / 2.0)
        return cls(focal, focal, (width - 1) / 2.0, (height - 1) / 2.0)

    @property
    def is_distorted(self) -> bool:
        """Whether pixels are displaced by the lens."""
        return any(self.distortion)

    def rays(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the rays through [..., 2] pixels (x, y) as [..., 3] points on the plane z = 1.

        NaN where no ray reaches the pixel, which can happen far outside a distorted image.
        """
        normalised = (points - (self.cx, self.cy)) / (self.fx, self.fy)
        if self.is_distorted and points.size:
            normalised = self._undistorted(np.asarray(points, np.float64).reshape(-1, 1, 2)).reshape(points.shape)
        return np.concatenate((normalised, np.ones_like(normalised[..., :1])), axis=-1)

    def project(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the pixels, [..., 2] (x, y), of [..., 3] metres in the optical frame; z must not be 0."""
        points = np.asarray(points, np.float64)
        if self.is_distorted and points.size:
            return self._distorted(points.reshape(-1, 1, 3)).reshape(*points.shape[:-1], 2)
        return points[..., :2] / points[..., 2:] * (self.fx, self.fy) + (self.cx, self.cy)

    @property
    def _is_fisheye(self) -> bool:
        return self.is_distorted and self.distortion_model in ("equidistant", "fisheye")

    @property
    def _matrix(self) -> NDArray[np.float64]:
        return np.array(((self.fx, 0.0, self.cx), (0.0, self.fy, self.cy), (0.0, 0.0, 1.0)))

    @property
    def _coefficients(self) -> NDArray[np.float64]:
        return np.array(self.distortion or (0.0,) * 4)

    def _undistorted(self, pixels: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return [n, 1, 2] pixels as normalised coordinates [n, 2] without distortion."""
        cv2 = _opencv()
        # Newton's method is not guaranteed to end well where the lens model folds back, far outside the image.
        criteria = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 100, 1e-10)
        if self._is_fisheye:
            # OpenCV 4.5.4, that of Humble, has criteria of its own.
            options = {"criteria": criteria} if "criteria" in (cv2.fisheye.undistortPoints.__doc__ or "") else {}
            points = cv2.fisheye.undistortPoints(pixels, self._matrix, self._coefficients, **options)
        else:
            # OpenCV 5 has one function with and without criteria, OpenCV 4 two.
            undistort = getattr(cv2, "undistortPointsIter", cv2.undistortPoints)
            same = np.eye(3)
            points = undistort(pixels, self._matrix, self._coefficients, R=same, P=same, criteria=criteria)
        points = np.asarray(points, np.float64).reshape(-1, 2)
        with np.errstate(all="ignore"):
            again = self.project(np.column_stack((points, np.ones(len(points)))))
            missed = ~(np.linalg.norm(again - pixels[:, 0], axis=-1) <= _LARGEST_RESIDUAL_PX)
        points[missed] = np.nan
        return points

    def _distorted(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the pixels, [n, 1, 2], of [n, 1, 3] metres."""
        cv2 = _opencv()
        nowhere = np.zeros(3)
        project = cv2.fisheye.projectPoints if self._is_fisheye else cv2.projectPoints
        pixels, _ = project(points, nowhere, nowhere, self._matrix, self._coefficients)
        return np.asarray(pixels, np.float64)

    def on_plane(self, points: NDArray[np.float64], distance: float) -> NDArray[np.float64]:
        """Return where the rays through [..., 2] pixels (x, y) meet the plane z = distance, [..., 3] metres."""
        return distance * self.rays(points)


def _opencv() -> Any:
    """Return OpenCV, which only distorted lenses need: it takes 40 MB of a process that does nothing else with it."""
    import cv2  # noqa: PLC0415 - see above

    return cv2
