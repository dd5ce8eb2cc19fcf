# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Colours of people and of their sides, for overlays and markers alike."""

from __future__ import annotations

import colorsys

from posenet_ros.skeleton import KeypointId

Colour = tuple[float, float, float]
"""Red, green, blue, each 0 to 1."""

# Steps of the golden ratio around the colour circle never come close to an earlier colour soon.
_GOLDEN_RATIO = 0.618034
_SATURATION = 0.85
# Blue and violet of full strength are too dark to see on a dark background.
_LEAST_LUMINANCE = 0.35
_LUMINANCE_WEIGHTS = (0.2126, 0.7152, 0.0722)  # ITU-R BT.709
_LEFT_WHITE = 0.5
_RIGHT_BLACK = 0.25
_LABEL_WHITE = 0.45


def person_colour(number: int) -> Colour:
    """Return a bright colour that differs from those of the numbers around."""
    colour = colorsys.hsv_to_rgb((number * _GOLDEN_RATIO) % 1.0, _SATURATION, 1.0)
    brightness = luminance(colour)
    if brightness >= _LEAST_LUMINANCE:
        return colour
    return _mixed(colour, 1.0, (_LEAST_LUMINANCE - brightness) / (1.0 - brightness))


def side_colours(colour: Colour) -> dict[str, Colour]:
    """Return the tones of a person's colour: ``left`` is lighter, ``right`` darker, ``middle`` the colour itself."""
    return {"left": _mixed(colour, 1.0, _LEFT_WHITE), "middle": colour, "right": _mixed(colour, 0.0, _RIGHT_BLACK)}


def label_colour(colour: Colour) -> Colour:
    """Return a light tone of a person's colour, to write with on a dark background."""
    return _mixed(colour, 1.0, _LABEL_WHITE)


def side_of(*parts: int) -> str:
    """Return ``left`` or ``right`` if all keypoints are of that side of the person, else ``middle``."""
    sides = {KeypointId(part).name.split("_")[0].lower() for part in parts}
    return sides.pop() if len(sides) == 1 and sides <= {"left", "right"} else "middle"


def luminance(colour: Colour) -> float:
    """Return how bright a colour is, 0 to 1 (ITU-R BT.709)."""
    return sum(weight * channel for weight, channel in zip(_LUMINANCE_WEIGHTS, colour, strict=True))


def _mixed(colour: Colour, towards: float, share: float) -> Colour:
    red, green, blue = (channel + share * (towards - channel) for channel in colour)
    return red, green, blue
