# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Keypoints in space, from a depth image that is registered to the colour image.

A depth camera measures the surface that it sees: a position lies on the skin or the clothes in front of the joint.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from posenet_ros.camera_model import PinholeCamera
from posenet_ros.people import People

NEAREST_M = 0.1
"""Depths below this are ignored; sensors give 0 or negative values where they measure nothing."""

# Radius of the window on a keypoint, as a share of the person's extent: about half the width of a wrist.
_WINDOW_OF_PERSON = 0.015
_SMALLEST_RADIUS_PX = 2.0
_LARGEST_RADIUS_PX = 8.0
# At a body's edge the window holds the body and the background. The body is the nearest surface that fills this
# share of what was measured; less can be noise or the mixed values that sensors give along an edge.
_MINIMUM_SHARE = 0.2
# One pixel of so many in each direction tells the unit.
_SAMPLED = 4
# What depth cameras see, in metres.
_PLAUSIBLE_M = (0.2, 60.0)
# Values within this distance are one surface.
_SURFACE_M = 0.1
# No keypoint is farther than this from the middle of its person.
_REACH_M = 1.2
# Keypoints that score less than this share of the person's best do not tell where the person is.
_RELIABLE_SHARE = 0.5


@dataclass(frozen=True)
class DepthImage:
    """A depth image as the camera gives it.

    :param values: [height, width] of any integer or float type; 0, negative, NaN and infinite values are no depth
    :param metres_per_unit: 0.001 for millimetres, 1 for metres (REP-118)
    :param farthest: depths from here on (metres) are ignored
    """

    values: NDArray[np.generic]
    metres_per_unit: float
    farthest: float = 20.0

    def sample(self, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return the depths in metres at pixels, NaN where none was measured or the pixel is outside the image."""
        height, width = self.values.shape
        inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
        picked = self.values[np.where(inside, rows, 0), np.where(inside, columns, 0)]
        metres = picked.astype(np.float64) * self.metres_per_unit
        with np.errstate(invalid="ignore"):
            metres[~(inside & (metres >= NEAREST_M) & (metres < self.farthest))] = np.nan
        return metres


@dataclass(frozen=True)
class RegisteredDepth:
    """A depth image that is registered to an image, with the image's camera.

    ``doubt`` is why the positions that follow may be wrong; empty if there is no reason.
    """

    image: DepthImage
    camera: PinholeCamera
    doubt: str = ""


def frame_doubt(depth_frame: str, image_frame: str) -> str:
    """Return why positions are doubtful whose depth has another frame than the image; empty if it has the same."""
    if depth_frame == image_frame:
        return ""
    return (
        f"the depth images are in the frame '{depth_frame}', the images in '{image_frame}': positions are right only if"
        " the depth is registered to the images"
    )


def nothing_measured(depth: DepthImage) -> str:
    """Return why no keypoint may have a depth, as far as the values of the depth image tell."""
    sample = np.asarray(depth.values[::_SAMPLED, ::_SAMPLED], np.float64)
    measured = sample[np.isfinite(sample) & (sample > 0.0)]
    if not measured.size:
        return "the depth image holds no depths, only 0 or NaN: check the depth camera"
    metres = float(np.median(measured)) * depth.metres_per_unit
    other = "32FC1 is in metres" if depth.metres_per_unit == 1.0 else "16UC1 is in millimetres"
    for factor, unit in ((0.001, "millimetres"), (1000.0, "metres")):
        if not NEAREST_M <= metres < depth.farthest and _PLAUSIBLE_M[0] <= metres * factor <= _PLAUSIBLE_M[1]:
            return (
                f"no keypoint has a depth, and most depths read as {metres:.3g} m: the values are likely {unit}, but"
                f" {other} (REP-118); change the depth driver's unit or encoding"
            )
    return (
        f"no keypoint has a depth, while most depths read as {metres:.3g} m: check that the depth is registered to the"
        " images, and max_depth"
    )


def locate(people: People, depth: DepthImage, image_size: tuple[int, int], camera: PinholeCamera) -> People:
    """Return the people with positions in the camera's optical frame, NaN where the depth is not known.

    The depth of a keypoint is the median of the nearest surface in a small window. If the person cannot reach
    that surface, the surface nearest to the person counts, if it is within reach.

    :param people: in pixels of the colour image
    :param depth: registered to the colour image; may have another size
    :param image_size: (height, width) of the colour image
    :param camera: of the colour image
    """
    keypoints = people.keypoints
    if not len(people):
        return people.located_at(np.empty((*keypoints.shape[:2], 3)))
    windows = _windows(keypoints, people.keypoint_scores, depth, image_size)
    nearest = _surface(windows, _quantile(windows, _MINIMUM_SHARE))
    middle = _middles(nearest, people.keypoint_scores)
    with np.errstate(invalid="ignore"):
        too_far = ~(np.abs(nearest - middle) <= _REACH_M)
        closest = np.take_along_axis(windows, _argmin(np.abs(windows - middle[..., None])), axis=-1)[..., 0]
        closest[~(np.abs(closest - middle) <= _REACH_M)] = np.nan
    z = np.where(too_far, _surface(windows, closest), nearest)
    positions = camera.rays(keypoints) * z[..., None]
    positions[~np.isfinite(positions).all(axis=-1)] = np.nan
    return people.located_at(positions)


def _windows(
    keypoints: NDArray[np.float64], scores: NDArray[np.float64], depth: DepthImage, image_size: tuple[int, int]
) -> NDArray[np.float64]:
    """Return the depths around each keypoint, [n, 17, k] metres in ascending order, NaN last."""
    scale = np.array(depth.values.shape[::-1]) / np.array(image_size[::-1])
    # Pixel centres are at whole numbers, so that an image begins half a pixel before 0.
    inside = np.all((keypoints >= -0.5) & (keypoints < np.array(image_size[::-1]) - 0.5), axis=-1)
    reliable = np.asarray(inside & (scores >= _RELIABLE_SHARE * scores.max(axis=1, keepdims=True)))
    low = np.where(reliable[..., None], keypoints, np.inf).min(axis=1)
    high = np.where(reliable[..., None], keypoints, -np.inf).max(axis=1)
    extent = (high - low).max(axis=-1)
    radius = np.clip(_WINDOW_OF_PERSON * extent, _SMALLEST_RADIUS_PX, _LARGEST_RADIUS_PX)
    # At least the neighbours of the pixel, however coarse the depth image is.
    radius = np.maximum(radius[:, None] * scale, 1.0)
    reach = np.arange(-int(radius.max()), int(radius.max()) + 1)
    rows, columns = (offset.ravel() for offset in np.meshgrid(reach, reach, indexing="ij"))
    centres = np.where(inside[..., None], (keypoints + 0.5) * scale - 0.5, -1e6)
    centres = np.rint(centres).astype(np.intp)
    values = depth.sample(centres[..., 1, None] + rows, centres[..., 0, None] + columns)
    values[np.broadcast_to((np.abs(rows) > radius[:, None, None, 1]), values.shape)] = np.nan
    values[np.broadcast_to((np.abs(columns) > radius[:, None, None, 0]), values.shape)] = np.nan
    values.sort(axis=-1)
    return values


def _quantile(windows: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    """Return the value below which the share (less than 1) of each window's values lies; NaN of an empty window."""
    count = np.isfinite(windows).sum(axis=-1, keepdims=True)
    index = (share * count).astype(np.intp)
    return np.asarray(np.take_along_axis(windows, index, axis=-1)[..., 0])


def _surface(windows: NDArray[np.float64], anchor: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the median of the values that are one surface with the anchor, [n, 17]."""
    with np.errstate(invalid="ignore"):
        begin = (windows < (anchor - _SURFACE_M)[..., None]).sum(axis=-1)
        end = (windows <= (anchor + _SURFACE_M)[..., None]).sum(axis=-1)
    # Ascending order: the surface is a run, and its median in the middle. Of no anchor it is -1, which does not count.
    middle = (begin + end - 1) // 2
    value = np.take_along_axis(windows, middle[..., None], axis=-1)[..., 0]
    return np.where(np.isfinite(anchor), value, np.nan)


def _middles(depths: NDArray[np.float64], scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the median depth of each person's reliable keypoints, [n, 1]; NaN where none has a depth."""
    known = np.isfinite(depths)
    best = np.where(known, scores, 0.0).max(axis=1, keepdims=True)
    reliable = np.sort(np.where(known & (scores >= _RELIABLE_SHARE * best), depths, np.nan), axis=1)
    return _quantile(reliable, 0.5)[:, None]


def _argmin(values: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the index of the least value along the last axis, which is kept; NaN counts as infinite."""
    return np.expand_dims(np.where(np.isnan(values), np.inf, values).argmin(axis=-1), -1)
