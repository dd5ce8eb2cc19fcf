# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The settings of a training, read from the command line and checked before any work starts."""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from training.coco import read_coco
from training.network import LAST, cells_of
from training.packs import read_pack
from training.photo import Photo
from training.supply import Shares

Size = tuple[int, int]


@dataclass(frozen=True)
class Settings:
    """``stages``: ((height, width), share of the training) in order; the other names are those of the command line.

    ``photos``: packs, or folders with their COCO keypoint files. ``seconds``: of training, those before a resume
    included; 0 is no limit.
    """

    cache: Path
    output: Path
    images: int = 1_000_000
    seconds: float = 0.0
    start: Path | None = None
    teacher: Path | None = None
    photos: tuple[str, ...] = ()
    width: float = 0.5
    last: int = LAST
    batch: int = 16
    workers: int = 2
    people: int = 0
    backgrounds: int = 0
    rate: float = 1.5e-3
    seed: int = 0
    device: str = "auto"
    compile: bool = False
    report: float = 60.0
    stages: tuple[tuple[Size, float], ...] = (((257, 257), 1.0),)
    shares: Shares = field(default_factory=Shares)

    def size_at(self, progress: float) -> Size:
        """Return the image size, height and width, at a share of the training."""
        until = 0.0
        for size, share in self.stages:
            until += share
            if progress < until:
                return size
        return self.stages[-1][0]

    def read_photos(self) -> list[Photo]:
        """Return the photos of all sources.

        :raises ValueError: if a source is no pack and no COCO keypoint file
        """
        return [photo for source in self.photos for photo in read_source(source)]


def read_source(text: str) -> list[Photo]:
    """Return the photos of ``pack.npz``, or of ``folder:keypoints.json``.

    :raises ValueError: if it is neither
    """
    if text.endswith(".npz"):
        return read_pack(Path(text))
    folder, separator, annotations = text.rpartition(":")
    if not separator:
        raise ValueError(f"photos are '{text}', expected pack.npz or folder:keypoints.json")
    return read_coco(Path(folder), Path(annotations))


def read_settings(arguments: Sequence[str] | None = None) -> Settings:
    """Return the settings of a command line; end the program with a message if they are wrong."""
    parser = argparse.ArgumentParser(description="Train a PoseNet on photos, renders or both.")
    add_sources(parser)
    parser.add_argument("--output", type=Path, default=Path("training_output"), help="folder of the checkpoint")
    parser.add_argument(
        "--images", type=positive, default=Settings.images, help="in all, those before a resume included"
    )
    parser.add_argument("--seconds", type=duration, default=0.0, help="of training at most; 0 is no limit")
    parser.add_argument("--start", type=existing_file, help="model file (.tflite) or weights (.pt) to go on from")
    parser.add_argument("--width", type=float, default=Settings.width, help="channel multiplier of a new network")
    parser.add_argument(
        "--last", type=positive, default=Settings.last, help="channels of a new network's last two pairs, at width 1"
    )
    parser.add_argument("--batch", type=positive, default=Settings.batch)
    parser.add_argument("--rate", type=float, default=Settings.rate, help="highest learning rate")
    parser.add_argument("--seed", type=int, default=Settings.seed)
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    parser.add_argument(
        "--compile", action="store_true", help="compile the network first: faster, needs a C++ compiler"
    )
    parser.add_argument(
        "--report", type=duration, default=60.0, help="seconds from one line and checkpoint to the next"
    )
    parser.add_argument("--stages", type=_stages, default=Settings.stages, metavar="SIZE:SHARE,...")
    parser.add_argument("--shares", type=_shares, default=Shares(), metavar="PHOTO,COLLAGE,COMPOSED")
    options = vars(parser.parse_args(arguments))
    return Settings(**options | {"photos": tuple(options["photos"])})


def add_sources(parser: argparse.ArgumentParser) -> None:
    """Add the options that say what is learnt from: photos, renders and a teacher."""
    parser.add_argument(
        "--photos", nargs="*", type=photo_source, default=(), metavar="SOURCE", help="pack.npz or folder:keypoints.json"
    )
    parser.add_argument("--teacher", type=existing_file, help="model file, or weights (.pt, from training.gpu_folder)")
    parser.add_argument("--cache", type=Path, default=Path("training_output/cache"), help="folder of renders")
    parser.add_argument("--people", type=count, default=0, help="people that there shall be in the cache")
    parser.add_argument("--backgrounds", type=count, default=0, help="backgrounds that there shall be in the cache")
    parser.add_argument("--workers", type=positive, default=Settings.workers, help="processes that render")


def positive(text: str) -> int:
    """Return the whole number, for argparse, if it is 1 or more."""
    value = count(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return value


def count(text: str) -> int:
    """Return the whole number, for argparse, if it is 0 or more."""
    try:
        value = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is no whole number") from None
    if value < 0:
        raise argparse.ArgumentTypeError(f"{text} is less than 0")
    return value


def duration(text: str) -> float:
    """Return the seconds, for argparse, if they are 0 or more."""
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is no number of seconds") from None
    if not 0.0 <= value < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is no number of seconds from 0 on")
    return value


def existing_file(text: str) -> Path:
    """Return the path, for argparse, if it is a file."""
    path = Path(text)
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"there is no file '{text}'")
    return path


def photo_source(text: str) -> str:
    """Return the text if it names photos that exist, for argparse."""
    parts = [text] if text.endswith(".npz") else text.rpartition(":")[::2]
    if not all(parts):
        raise argparse.ArgumentTypeError(f"'{text}' is neither pack.npz nor folder:keypoints.json")
    for part in parts:
        if not Path(part).exists():
            raise argparse.ArgumentTypeError(f"there is no '{part}'")
    return text


def _stages(text: str) -> tuple[tuple[Size, float], ...]:
    """Return the stages from '257:0.4,353x481:0.6'."""
    stages = []
    for stage in text.split(","):
        size, _, share = stage.partition(":")
        try:
            sides = [int(side) for side in size.split("x")]
            stages.append(((sides[0], sides[-1]), float(share)))
            for side in sides:
                cells_of(side)
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"'{stage}' is no SIZE:SHARE such as 353x481:0.5: {error}") from None
    return tuple(stages)


def _shares(text: str) -> Shares:
    """Return the shares from '0.5,0.2,0.3', each at least 0 and 1 together."""
    shares = np.array([float(share) for share in text.split(",")])
    if len(shares) != 3 or shares.min() < 0.0 or abs(shares.sum() - 1.0) > 1e-6:
        raise argparse.ArgumentTypeError(f"shares are {text}, expected three that add up to 1")
    return Shares(*(float(share) for share in shares))
