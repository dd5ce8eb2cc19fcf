# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Which stamps tell that images get lost on their way."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest

from posenet_ros.streaming.arrival_share import LEAST_SHARE, ArrivalShare

PERIOD = 1 / 30
RANDOM = np.random.default_rng(5)
# What a camera of 30 Hz takes in 40 s.
TIMES = np.arange(1200) * PERIOD
STAMP_OF_FIRST = 1.7e9


def shares(stamps: Iterable[float]) -> list[float]:
    """Return the share after each image that arrives with a stamp."""
    arrivals = ArrivalShare()
    found = []
    for stamp in stamps:
        arrivals.add(STAMP_OF_FIRST + stamp)
        found.append(arrivals.share)
    return found


def kept(share: float) -> np.ndarray:
    return TIMES[RANDOM.random(len(TIMES)) < share]


def with_jitter(times: np.ndarray, seconds: float) -> np.ndarray:
    return times + RANDOM.normal(0.0, seconds, len(times))


LOSSY = {
    "a fifth arrives": kept(0.2),
    "two fifths arrive": kept(0.4),
    "a fifth arrives, stamps with jitter": with_jitter(kept(0.2), 0.001),
    "two of five": TIMES[np.isin(np.arange(len(TIMES)) % 5, (0, 1))],
    "three of ten": TIMES[np.arange(len(TIMES)) % 10 < 3],
}


@pytest.mark.parametrize("times", LOSSY.values(), ids=LOSSY)
def test_lost_images_are_seen(times):
    found = shares(times)
    assert np.nanmin(found) < LEAST_SHARE
    # 30 images to settle, then 30 intervals.
    assert np.isnan(found[:60]).all()
    assert found[60] < LEAST_SHARE


@pytest.mark.parametrize("share", [0.2, 0.3, 0.4])
def test_the_share_is_that_of_the_images_that_arrive(share):
    assert np.nanmedian(np.unique(shares(kept(share)))) == pytest.approx(share, abs=0.12)


RATES = RANDOM.uniform(0.02, 0.1, 400)
HARMLESS = {
    "30 Hz": TIMES,
    "30 Hz with jitter": with_jitter(TIMES, 0.001),
    "single images are lost": kept(0.9),
    "a third is lost": kept(0.67),
    "every third image, as with a driver that skips": TIMES[::3],
    "10 Hz from 30 Hz, not quite regular": np.cumsum(RANDOM.choice([3, 4], 300)) * PERIOD,
    "a variable rate": np.cumsum(RATES),
    "a variable rate, in whole milliseconds": np.round(np.cumsum(RATES), 3),
    "half the rate where it is dark": np.cumsum(np.repeat(np.tile([1, 2], 6), 50)) * PERIOD,
    "a quarter of the rate where it is dark": np.cumsum(np.repeat(np.tile([1, 4], 8), 37)) * PERIOD,
    "a pause": np.concatenate([TIMES, TIMES + 43.0]),
    "many pauses": np.cumsum(np.where(np.arange(600) % 20, 1, 31)) * PERIOD,
    "a second publisher just after the first": np.sort(np.concatenate([TIMES, TIMES + 0.001])),
}


@pytest.mark.parametrize("times", HARMLESS.values(), ids=HARMLESS)
def test_other_cameras_lose_nothing(times):
    assert not any(share < LEAST_SHARE for share in shares(times))


@pytest.mark.parametrize("name", ["30 Hz", "every third image, as with a driver that skips"])
def test_all_images_of_a_regular_camera_arrive(name):
    assert shares(HARMLESS[name])[-1] == 1.0


ODD = {
    "no stamps": np.zeros(len(TIMES)),
    "a bag that loops": TIMES % 3.0,
    "a short bag that loops": TIMES % 0.5,
    "jumps forward": TIMES + 3600.0 * (np.arange(len(TIMES)) // 40),
    "a clock that is set": np.where(TIMES < 20.0, TIMES, TIMES - 1.3),
    "before 1970": TIMES - 1.8e9,
    "each image twice": np.repeat(TIMES[::2], 2),
    "in reverse": -TIMES,
}


@pytest.mark.parametrize("stamps", ODD.values(), ids=ODD)
def test_odd_stamps_tell_of_no_loss(stamps):
    assert not any(share < LEAST_SHARE for share in shares(stamps))


def test_images_that_arrive_again_end_the_loss():
    lossy, whole = LOSSY["two of five"], TIMES + 41.0
    assert shares(lossy)[-1] < LEAST_SHARE
    assert shares(np.concatenate([lossy, whole]))[-1] == 1.0
