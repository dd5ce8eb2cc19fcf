# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Gives a trained network fewer channels in its last two pairs, and trains its later pairs on, on a CPU.

The pairs before stay those of the wide network, so that what they give is calculated once for each image.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import torch

from training.cache import fill
from training.channels import check_channels, narrow
from training.checkpoint import read_network, write_network
from training.compose import Composer, Content, Sample
from training.held_out import SIZE
from training.lessons import Lessons, shares_pairs
from training.network import LAST, PAIRS, PoseNet, mixed_precision
from training.photo import Photo
from training.relearn import Schedule, relearn
from training.released import read_as_teacher
from training.settings import add_sources, count, duration, existing_file, positive, read_source
from training.sizes import Crowding, Sizes
from training.supply import Shares, Supply
from training.validation import Validation

# Lessons that the channels are chosen on.
_CHOOSING = 24
# Of the images that are learnt from: people overlap in many.
_SHARES = Shares(photo=0.52, collage=0.15, composed=0.33)
_SIZES = Sizes(least=40.0)
_CROWDING = Crowding((0.06, 0.28, 0.40, 0.16, 0.10), together=0.5)
# Of every second lesson: people as the held-out renders show them, mostly two to four, and 0.4 of them from behind.
_WHOLE_PEOPLE = Content(shares=(0.05, 0.20, 0.35, 0.25, 0.15), behind=0.4, least=0.35, most=1.1)
# Renders for which there is room, where it is not said how many there shall be.
_PEOPLE, _BACKGROUNDS = 6_000, 1_000
_CPU = torch.device("cpu")


def _read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--start", type=existing_file, required=True, help="weights (.pt) of the wide network")
    narrowed = parser.add_mutually_exclusive_group()
    narrowed.add_argument("--last", type=positive, default=LAST, help="channels of the last two pairs, at width 1")
    narrowed.add_argument(
        "--wide", type=existing_file, help="weights (.pt) that those of --start were narrowed from: go on with these"
    )
    parser.add_argument("--output", type=Path, default=Path("training_output/narrow.pt"))
    add_sources(parser)
    parser.add_argument(
        "--teacher-of-composed",
        type=existing_file,
        help="weights (.pt) that answer composed images; without it those of the wide network do",
    )
    parser.add_argument(
        "--pair", type=int, choices=range(2, PAIRS), default=6, metavar="NUMBER", help="the first pair that learns"
    )
    parser.add_argument("--seconds", type=duration, default=1800.0, help="of learning; the rate falls with them")
    parser.add_argument("--report", type=duration, default=Schedule.report, help="seconds from one line to the next")
    parser.add_argument("--rate", type=float, default=Schedule.rate, help="highest learning rate")
    parser.add_argument("--kept", type=positive, default=Schedule.kept, help="lessons that come again, 17 MB each")
    parser.add_argument("--seed", type=count, help="of the images; without it they are others each time")
    parser.add_argument("--compile", action="store_true", help="make images three times as fast after 100 s; needs g++")
    return parser.parse_args()


def _read_networks(options: argparse.Namespace) -> tuple[PoseNet, PoseNet]:
    """Return the network to start from and the wide one, the same where the start is to be narrowed."""
    start = read_network(options.start)
    if not options.wide:
        check_channels(start, options.last)
        return start, start
    wide = read_network(options.wide)
    if not shares_pairs(start, wide, options.pair - 1):
        raise ValueError(
            f"the first {options.pair - 1} pairs of {options.start} are not those of {options.wide}: give the weights"
            " that it was narrowed from (WIDE), or train all pairs with 'make train'"
        )
    return start, wide


def _make_supply(options: argparse.Namespace, photos: Sequence[Photo], seed: int) -> Supply:
    if options.people or options.backgrounds:
        fill(options.cache, {"train": (options.people, options.backgrounds)}, options.workers)
    supply = Supply(
        _CPU,
        photos,
        options.cache,
        (options.people or _PEOPLE, options.backgrounds or _BACKGROUNDS),
        shares=_SHARES,
        sizes=_SIZES,
        crowding=_CROWDING,
        seed=seed,
        compiled=options.compile,
    )
    supply.refresh(wait=True)
    if not supply.ready:
        raise OSError(f"there is nobody to learn from: no photos were given and no renders are in {options.cache}")
    return supply


def _samples(cache: Path, seed: int) -> Callable[[int], Sample] | None:
    """Return what gives images of whole people by number, others for another seed; None without renders."""
    try:
        composer = Composer(cache, "train", _WHOLE_PEOPLE)
    except FileNotFoundError:
        return None
    return lambda number: composer.sample(seed * 1_000_003 + number, SIZE)


def main() -> None:
    """Give trained weights fewer channels in the last two pairs, and train their later pairs on, on a CPU."""
    options = _read_options()
    # One thread makes lessons and one learns; these wait less for each other than for parts of a step.
    torch.set_num_threads(max((os.cpu_count() or 2) // 2, 1))
    cv2.setNumThreads(1)
    torch._dynamo.config.suppress_errors = True
    pairs = options.pair - 1
    network, wide = _read_networks(options)
    teacher = read_as_teacher(options.teacher) if options.teacher else None
    teacher_of_composed = read_network(options.teacher_of_composed) if options.teacher_of_composed else None
    photos = [photo for source in options.photos for photo in read_source(source)]
    seed = int(np.random.default_rng().integers(10**6)) if options.seed is None else options.seed
    supply = _make_supply(options, photos, seed)
    validation = Validation(photos, options.cache)

    def show(network: PoseNet, line: str) -> None:
        with mixed_precision(_CPU):
            print(f"{line}{validation.measure(network, _CPU)}", flush=True)

    def report(network: PoseNet, line: str) -> None:
        write_network(options.output, network)
        show(network, line)

    for given in (network, wide, teacher, teacher_of_composed):
        if given is not None:
            given.to(memory_format=torch.channels_last).fold()
    show(wide, "the wide network")
    if wide is network:
        print(f"choosing channels on {_CHOOSING} lessons", flush=True)
        choosing = Lessons(supply, wide, pairs, nobody_every=0)
        network = narrow(wide, [choosing.make(number) for number in range(_CHOOSING)], pairs, options.last)
        network.to(memory_format=torch.channels_last)
        report(network, f"{options.last} of {wide.last} channels")
    else:
        report(network, "before")
    sample = _samples(options.cache, seed)
    lessons = Lessons(supply, wide, pairs, teacher, teacher_of_composed=teacher_of_composed, sample=sample)
    lessons.prepare()
    schedule = Schedule(options.seconds, options.report, options.rate, options.kept)
    report(relearn(network, lambda number: lessons.make(_CHOOSING + number), pairs, schedule, report), "the end")
    print(f"{options.output}: go on with START={options.output} WIDE={options.wide or options.start}", flush=True)


if __name__ == "__main__":
    try:
        main()
    except (OSError, ValueError) as error:
        raise SystemExit(f"error: {error}") from error
    except KeyboardInterrupt:
        raise SystemExit("interrupted") from None
