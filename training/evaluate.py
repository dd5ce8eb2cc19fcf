# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Measures a model file on held-out renders and photos, through the package's own estimator, with its defaults.

Prints tables and writes JSON. Keypoints are right within a tenth of the person's box (PCK@0.1), over those that are
visible. On photos without keypoints the model is compared with a reference. Photos of people in crowds, and COCO's
figures: ``make evaluate-people``.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from posenet_ros.estimator import PoseEstimator
from posenet_ros.settings.pose import DecodingSettings
from posenet_ros.store.catalogue import bundled_path
from training.calibrate import held_out_samples, smaller
from training.comparison import compare_on_photos
from training.compose import Composer, Sample
from training.held_out import ALONE, NOBODY, SEVERAL, SIZE, to_bgr
from training.metrics import Match, calibration, match_people, pck
from training.photo import Photo
from training.settings import photo_source, read_source

STRIDES = (8, 16, 32)

_PARTS = {
    "face": slice(0, 5),
    "shoulders": slice(5, 7),
    "elbows": slice(7, 9),
    "wrists": slice(9, 11),
    "hips": slice(11, 13),
    "knees": slice(13, 15),
    "ankles": slice(15, 17),
}
_PROGRESS_EVERY = 100
_BANDS = ((0.0, 0.3), (0.3, 0.5), (0.5, 0.7), (0.7, 0.9), (0.9, 1.01))


@dataclass(frozen=True)
class Result:
    """What was found in images.

    Matches of the people in them, poses of nobody, the share of images with any pose, and the median of the
    network's milliseconds.
    """

    matches: list[Match]
    false: list[Match]
    images_with_poses: float
    milliseconds: float


def measure(estimator: PoseEstimator, samples: Sequence[Sample], title: str = "") -> Result:
    """Return what an estimator finds in images; with a title, show the progress."""
    matches: list[Match] = []
    false: list[Match] = []
    with_poses, times = 0, []
    for number, sample in enumerate(samples):
        if title and number % _PROGRESS_EVERY == 0:
            print(f"{title}: {number} of {len(samples)} images", file=sys.stderr, flush=True)
        people = estimator.estimate(to_bgr(sample))
        times.append(estimator.inference_seconds)
        with_poses += len(people) > 0
        of_people, of_nobody = match_people(people, sample.keypoints, sample.states)
        matches += of_people
        false += of_nobody
    return Result(matches, false, with_poses / max(len(samples), 1), float(np.median(times)) * 1e3)


def evaluate(
    model: Path, cache: Path, counts: tuple[int, int, int], split: str = "test", photos: Sequence[Photo] = ()
) -> dict[str, Any]:
    """Return the figures of a model: accuracy, false poses, calibration, and all that over the strides.

    :param counts: renders with one person, with several, and with nobody
    :param photos: of which those held out are taken
    """
    names = ("one", "several", "nobody")
    sets = [
        [composer.sample(number, SIZE) for number in range(count)]
        for content, count in zip((ALONE, SEVERAL, NOBODY), counts, strict=True)
        for composer in (Composer(cache, split, content),)
    ]
    figures: dict[str, Any] = {
        "model": str(model),
        "images": dict(zip(names, counts, strict=True)),
    }
    estimators = {stride: PoseEstimator(model, stride, (SIZE, SIZE), num_threads=1) for stride in STRIDES}
    rows = {
        stride: [
            measure(estimator, samples, f"stride {stride}, {name}") for name, samples in zip(names, sets, strict=True)
        ]
        for stride, estimator in estimators.items()
    }
    single = measure(
        PoseEstimator(model, 16, (SIZE, SIZE), decoder="single", pose_threshold=0.0, keypoint_threshold=0.0), sets[0]
    )
    one, several, nobody = rows[16]
    figures["one person"] = {"all": pck(one.matches)} | {name: pck(one.matches, part) for name, part in _PARTS.items()}
    figures["one person, decoder single"] = pck(single.matches)
    figures["several people"] = pck(several.matches)
    figures["people found"] = {"one": _found(one), "several": _found(several)}
    figures["false poses per image with several people"] = len(several.false) / max(counts[1], 1)
    figures["images of nobody with a pose"] = nobody.images_with_poses
    everything = [match for result in (one, several) for match in (*result.matches, *result.false)]
    if photos:
        people, empty = held_out_samples(photos)
        of_photos = [
            measure(estimators[16], given, f"photos, {name}")
            for name, given in (
                ("people", people),
                ("smaller", [smaller(sample) for sample in people]),
                ("nobody", empty),
            )
        ]
        figures["held-out photos"] = {
            "people": pck(of_photos[0].matches),
            "people, smaller": pck(of_photos[1].matches),
            "photos of nobody with a pose": of_photos[2].images_with_poses,
            "photos": [len(people), len(people), len(empty)],
        }
        # Who else is in a photo is not known.
        everything += [*of_photos[0].matches, *of_photos[1].matches, *of_photos[2].false]
    figures["calibration"] = [
        dict(
            zip(
                ("from", "to", "mean score", "right", "keypoints"),
                (*band, *calibration(everything, *band)),
                strict=True,
            )
        )
        for band in _BANDS
    ]
    base = rows[16][0].milliseconds
    figures["strides"] = [
        {
            "stride": stride,
            "one person": pck(results[0].matches),
            "several people": pck(results[1].matches),
            "images of nobody with a pose": results[2].images_with_poses,
            "milliseconds": results[0].milliseconds,
            "time": results[0].milliseconds / base,
        }
        for stride, results in rows.items()
    ]
    return figures


def _found(result: Result) -> float:
    return sum(match.found for match in result.matches) / max(len(result.matches), 1)


def print_figures(figures: dict[str, Any]) -> None:
    """Print the figures as tables."""
    print(
        f"{figures['model']} at {SIZE}x{SIZE}, stride 16, decoder {DecodingSettings().decoder};"
        f" images: {figures['images']}\n"
    )
    for name in ("one person, decoder single", "several people", "images of nobody with a pose"):
        print(f"{name:<44}{figures[name]:.3f}")
    for name, share in figures.get("held-out photos", {}).items():
        print(f"{'held-out photos: ' + name:<44}{share}")
    for name, share in figures["people found"].items():
        print(f"{'people found, ' + name:<44}{share:.3f}")
    _print_row("\none person", figures["one person"], "{}")
    _print_row("PCK@0.1", figures["one person"].values(), "{:.3f}")
    bands = figures["calibration"]
    _print_row("\nscores", (f"{band['from']:.1f}-{min(band['to'], 1.0):.1f}" for band in bands), "{}")
    for key, form in (("mean score", "{:.3f}"), ("right", "{:.3f}"), ("keypoints", "{}")):
        _print_row(key, (band[key] for band in bands), form)
    columns = ("one person", "several people", "images of nobody with a pose", "time")
    _print_row("\nstride", ("one", "several", "nobody", "time"), "{}")
    for row in figures["strides"]:
        _print_row(str(row["stride"]), (row[column] for column in columns), "{:.3f}")


def _print_row(title: str, values: Iterable[Any], form: str) -> None:
    print(f"{title:<16}" + "".join(form.format(value).rjust(11) for value in values))


def main() -> None:
    """Measure a model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=bundled_path())
    parser.add_argument("--cache", type=Path, default=Path("training_output/cache"))
    parser.add_argument("--output", type=Path, default=Path("training_output"), help="folder of the results")
    parser.add_argument("--counts", type=int, nargs=3, default=(1000, 1000, 1500), metavar=("ONE", "SEVERAL", "NOBODY"))
    parser.add_argument("--split", default="test", choices=("validation", "test"))
    parser.add_argument(
        "--photos", nargs="*", type=photo_source, default=(), metavar="SOURCE", help="what is held out is measured, too"
    )
    parser.add_argument("--compare-on", type=Path, help="folder of photos on which to compare the model ...")
    parser.add_argument("--reference", type=Path, help="... with this one")
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    sources = [photo for source in options.photos for photo in read_source(source)]
    figures = evaluate(options.model, options.cache, tuple(options.counts), options.split, sources)
    print_figures(figures)
    if options.compare_on and options.reference:
        photos = sorted(path for path in options.compare_on.iterdir() if path.suffix in (".jpg", ".png"))
        figures["photos"] = compare_on_photos(options.model, options.reference, photos, options.output)
        for row in figures["photos"]:
            print(row)
    (options.output / "evaluation.json").write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        raise SystemExit("interrupted") from None
