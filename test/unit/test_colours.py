# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from posenet_ros.figures.colours import label_colour, luminance, person_colour, side_colours, side_of
from posenet_ros.skeleton import KeypointId


def distances(colours: list[tuple[float, float, float]]) -> np.ndarray:
    array = np.array(colours)
    return np.linalg.norm(array[:, None] - array[None], axis=-1) + 9 * np.eye(len(colours))


def test_neighbouring_people_have_different_colours():
    colours = [person_colour(number) for number in range(8)]
    assert distances(colours).min() > 0.2
    assert ((np.array(colours) >= 0) & (np.array(colours) <= 1)).all()
    assert distances([label_colour(colour) for colour in colours]).min() > 0.1


@pytest.mark.parametrize("number", range(30))
def test_colours_are_seen_on_a_dark_background_and_sides_told_apart(number):
    colour = person_colour(number)
    assert luminance(colour) > 0.34
    tones = side_colours(colour)
    assert tones["middle"] == colour
    assert luminance(tones["left"]) > luminance(tones["right"]) + 0.2
    assert luminance(label_colour(colour)) > 0.6


def test_sides_are_the_persons():
    assert side_of(KeypointId.LEFT_EYE) == "left"
    assert side_of(KeypointId.RIGHT_HIP, KeypointId.RIGHT_KNEE) == "right"
    assert side_of(KeypointId.LEFT_HIP, KeypointId.RIGHT_HIP) == "middle"
    assert side_of(KeypointId.NOSE) == "middle"


@pytest.mark.parametrize(
    "module", ["figures.colours", "body.scale", "figures.label_layout", "body.location", "camera_model"]
)
def test_what_markers_need_is_there_without_opencv(module):
    """The visualizer keeps OpenCV and scipy out of its memory."""
    code = f"import sys, posenet_ros.{module}; sys.exit(bool({{'cv2', 'scipy'}} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
