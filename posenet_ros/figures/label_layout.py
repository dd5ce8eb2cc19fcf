# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Where labels go: beside what they name, over no face and no other label."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

# Around a head the places near it are tried first, then farther ones.
_FARTHEST_ROWS = 6


@dataclass(frozen=True)
class Box:
    """An upright rectangle, x right and y down, in any unit."""

    left: float
    top: float
    width: float
    height: float

    def overlaps(self, other: Box) -> bool:
        """Return whether the two share more than an edge."""
        return (
            self.left < other.left + other.width
            and other.left < self.left + self.width
            and self.top < other.top + other.height
            and other.top < self.top + self.height
        )

    def inside(self, bounds: Box) -> Box:
        """Return the rectangle moved into the bounds, at their left and top if it is too large for them."""
        left = max(min(self.left, bounds.left + bounds.width - self.width), bounds.left)
        top = max(min(self.top, bounds.top + bounds.height - self.height), bounds.top)
        return Box(left, top, self.width, self.height)


def place_labels(
    heads: Sequence[Box], sizes: Sequence[tuple[float, float]], bounds: Box | None = None, gap: float = 0.0
) -> list[Box | None]:
    """Return the rectangle of each label, or None where there is no room for it near its head.

    Each goes above its head if it can, else to the right or the left of it, else farther up, or down. No label covers a
    head or another label.

    :param heads: what the labels name, in order of importance; also what they must not cover
    :param sizes: (width, height) of each label
    :param bounds: of the image; None where there are none
    :param gap: between a head and its label
    """
    placed: list[Box | None] = []
    for head, size in zip(heads, sizes, strict=True):
        taken = [*heads, *(label for label in placed if label is not None)]
        options = (place if bounds is None else place.inside(bounds) for place in _places(head, *size, gap))
        placed.append(next((place for place in options if not any(map(place.overlaps, taken))), None))
    return placed


def _places(head: Box, width: float, height: float, gap: float) -> Iterator[Box]:
    """Return where a label may go, the best first."""
    middle = head.left + (head.width - width) / 2.0
    above, below = head.top - gap - height, head.top + head.height + gap
    right, left = head.left + head.width + gap, head.left - gap - width
    for row in range(_FARTHEST_ROWS):
        shift = row * (height + gap)
        yield Box(middle, above - shift, width, height)
        for side in (right, left):
            yield Box(side, head.top - shift, width, height)
            yield Box(side, head.top + shift, width, height)
        yield Box(right, above - shift, width, height)
        yield Box(left, above - shift, width, height)
    for row in range(_FARTHEST_ROWS):
        yield Box(middle, below + row * (height + gap), width, height)
