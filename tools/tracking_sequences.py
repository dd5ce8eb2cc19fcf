# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Sequences in which it is known who is who: shaken cameras, crossings, hidden people, crowds."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np
from tracking_detector import SimulatedNetwork
from tracking_world import Camera, Pillar, Room, Walker

from posenet_ros.people import People

UNKNOWN = -1
"""The owner of a pose that is nobody's, or as much one's as another's."""

_EMPTY = Room()


@dataclass(frozen=True)
class Frame:
    """An image, [h, w, 3] uint8 BGR, taken at a stamp in seconds; who was found in it, and who they are, [n].

    :param whose: tells who some of them are, [m], where that depends on who else there is
    """

    stamp: float
    image: np.ndarray
    people: People
    owners: np.ndarray
    whose: Callable[[People], np.ndarray] | None = None

    def owners_of(self, published: People) -> np.ndarray:
        """Return who the people are that tracking returned, [m]: those of the image, less some, moved by filters."""
        same = (published.keypoint_scores[:, None] == self.people.keypoint_scores).all(axis=-1)
        which = same.argmax(axis=1) if len(published) else np.zeros(0, int)
        return self.owners[which] if self.whose is None else self.whose(self.people.select(which))


@dataclass(frozen=True)
class Script:
    """A sequence.

    :param name: what happens
    :param group: ``shake``, ``crossing`` (which a person could follow) or ``hard``
    :param walkers: who is there
    :param seconds: how long
    :param rate: images a second
    :param camera: the camera at an image's number and time
    :param room: what one may hide behind
    :param stamps: of the images, if they do not tell the time
    :param dropped: whether the image of a number does not arrive
    """

    name: str
    group: str
    walkers: tuple[Walker, ...]
    seconds: float = 3.0
    rate: float = 30.0
    camera: Callable[[int, float], Camera] = lambda _number, _time: Camera()
    room: Room = _EMPTY
    stamps: Callable[[int, float], float] = lambda _number, time: time
    dropped: Callable[[int], bool] = lambda _number: False

    def play(self, seed: int) -> Iterator[Frame]:
        """Return the images that arrive; the seed is the network's."""
        network = SimulatedNetwork(seed, len(self.walkers))
        for number in count():
            time = number / self.rate
            if time >= self.seconds:
                return
            figures = [walker.at(time) for walker in self.walkers]
            view = self.room.view(self.camera(number, time), figures)
            people, owners = network.find(view.keypoints, view.visible, time)
            if not self.dropped(number):
                yield Frame(self.stamps(number, time), view.image, people, owners)


def _shaken(offsets: Callable[[int, float], float], vertical: float = 0.0) -> Callable[[int, float], Camera]:
    def camera(number: int, time: float) -> Camera:
        offset = offsets(number, time)
        return Camera(shake=(offset, vertical * offset))

    return camera


def _random(amplitude: float, seed: int) -> Callable[[int, float], float]:
    return lambda number, _: float(np.random.default_rng((seed, number)).uniform(-amplitude, amplitude))


def shakes(amplitudes: Sequence[float] = (20.0, 40.0, 80.0)) -> list[Script]:
    """Return one person, 170 x 285 pixels about, before cameras that shake."""
    one = (Walker(0.0, 2.7),)
    scripts = []
    for a in amplitudes:
        kinds: dict[str, Callable[[int, float], float]] = {
            f"alternating {a:.0f} px": lambda number, _, a=a: a * (-1.0) ** number,
            f"random {a:.0f} px": _random(a, 7),
            f"sine of 8 Hz {a:.0f} px": lambda _, time, a=a: a * math.sin(2.0 * math.pi * 8.0 * time),
            f"one jump of {a:.0f} px": lambda _, time, a=a: a if time > 1.5 else 0.0,
        }
        scripts += [Script(name, "shake", one, camera=_shaken(offsets)) for name, offsets in kinds.items()]
    pair = (Walker(-0.45, 2.7), Walker(0.45, 3.0))
    walking = (Walker(-1.2, 2.7, 0.8), Walker(0.9, 3.2))
    for a in (25.0, 60.0):
        scripts.append(Script(f"two people, random {a:.0f} px", "shake", pair, camera=_shaken(_random(a, 8), 0.5)))
        scripts.append(Script(f"one walks, random {a:.0f} px", "shake", walking, camera=_shaken(_random(a, 9), 0.5)))
    return scripts


def crossings() -> list[Script]:
    """Return people who pass each other, hide and come back, as one can follow with the eye."""
    scripts = []
    for speed in (0.7, 1.2, 2.0):
        for rate in (10.0, 15.0, 30.0):
            walkers = (Walker(-1.5, 2.6, speed), Walker(1.7, 3.3, -speed))
            scripts.append(Script(f"crossing, {speed} m/s, {rate:.0f} Hz", "crossing", walkers, 3.2 / speed, rate))
    overtaking = (Walker(-1.6, 3.4, 0.6), Walker(-2.0, 2.6, 1.3))
    passing = (Walker(0.0, 3.0), Walker(-1.8, 2.4, 1.0))
    behind = (Walker(0.0, 2.6), Walker(-1.8, 3.4, 0.9))
    pillar, post = Room((Pillar(0.0, 2.2, 0.5),)), Room((Pillar(0.1, 2.2, 0.25),))
    table = Room((Pillar(0.2, 2.0, 1.2, 0.9),))
    scripts += [
        Script("overtaking", "crossing", overtaking, 3.0),
        Script("before somebody who stands", "crossing", passing, 3.5),
        Script("behind somebody who stands", "crossing", behind, 4.0),
        Script("behind a pillar", "crossing", (Walker(-1.3, 3.0, 1.1),), 2.5, 30.0, room=pillar),
        Script("behind a pillar, 10 Hz", "crossing", (Walker(-1.3, 3.0, 1.1),), 2.5, 10.0, room=pillar),
        Script("two cross behind a post", "crossing", (Walker(-1.3, 2.8, 1.0), Walker(1.4, 3.4, -1.0)), 2.8, room=post),
        Script("behind a table", "crossing", (Walker(-1.4, 3.0, 0.9), Walker(1.2, 3.6, -0.7)), 3.2, 15.0, room=table),
        Script("three meet", "crossing", (Walker(-1.5, 2.6, 1.0), Walker(1.6, 3.2, -1.0), Walker(0.1, 4.2)), 3.2),
    ]
    return scripts


def moving_cameras() -> list[Script]:
    """Return cameras that turn and drive, past people of whom some are hidden for a time."""
    pair = (Walker(-0.6, 2.8), Walker(-1.2, 3.6, 0.9))
    facing = (Walker(-0.5, 4.0), Walker(1.4, 4.8, -0.6))
    pillar = Room((Pillar(0.3, 2.3, 0.45),))

    def turns(_number: int, time: float) -> Camera:
        return Camera(yaw=0.3 * time - 0.4)

    def swings(_number: int, time: float) -> Camera:
        return Camera(yaw=0.25 * math.sin(4.0 * time))

    def drives(_number: int, time: float) -> Camera:
        return Camera(z=0.8 * time)

    def drives_past(_number: int, time: float) -> Camera:
        return Camera(x=0.7 * time - 0.7)

    return [
        Script("camera turns 17 deg/s", "crossing", pair, 2.5, camera=turns),
        Script("camera turns, one is hidden", "crossing", pair, 2.5, 30.0, turns, pillar),
        Script("camera swings, one is hidden", "crossing", pair, 3.0, 15.0, swings, pillar),
        Script("camera drives 0.8 m/s", "crossing", facing, 2.5, 15.0, drives),
        Script("camera drives past, 10 Hz", "crossing", pair, 2.0, 10.0, drives_past, pillar),
    ]


def _crowd() -> tuple[Walker, ...]:
    rng = np.random.default_rng(4)
    x, z = rng.uniform(-2.0, 2.0, 10), np.linspace(2.4, 5.6, 10)
    speeds = rng.choice((-1.0, 1.0), 10) * rng.uniform(0.3, 1.2, 10)
    along = rng.uniform(-0.2, 0.2, 10)
    return tuple(Walker(*map(float, each)) for each in zip(x, z, speeds, along, strict=True))


def hard_ones() -> list[Script]:
    """Return what is hard, or at the edge of what can be known."""
    crowd = _crowd()
    pair = (Walker(-1.5, 2.6, 1.2), Walker(1.7, 3.3, -1.2))
    standing = (Walker(-0.6, 2.7), Walker(0.6, 3.2))
    lost = np.random.default_rng(3).random(1000) < 0.4
    shaken = _shaken(_random(25.0, 5), 0.5)
    pillar = Room((Pillar(0.0, 2.2, 0.5),))

    def drop(number: int) -> bool:
        return bool(lost[number])

    def back(number: int, time: float) -> float:
        return time - 5.0 if number == 40 else time

    return [
        Script("40 % of the images dropped", "hard", pair, 2.7, dropped=drop),
        Script("every image of 0.3 s dropped", "hard", pair, 2.7, dropped=lambda number: 30 <= number < 39),
        Script("leaves and comes back", "hard", (Walker(1.2, 2.8, 1.0, turns=0.8), Walker(-0.5, 3.0)), 3.0),
        Script("turns round while hidden", "hard", (Walker(-1.3, 3.0, 1.0, turns=1.35),), 3.0, room=pillar),
        Script("crowd of ten", "hard", crowd, 4.0),
        Script("crowd of ten, 10 Hz", "hard", crowd, 4.0, 10.0),
        Script("crowd of ten, random 25 px", "hard", crowd, 4.0, camera=shaken),
        Script("stamp jumps back once", "hard", standing, 3.0, stamps=back),
        Script("a recording that starts again", "hard", standing, 3.0, stamps=lambda _, time: time % 1.0),
    ]


def all_scripts() -> list[Script]:
    """Return every sequence."""
    return shakes() + crossings() + moving_cameras() + hard_ones()
