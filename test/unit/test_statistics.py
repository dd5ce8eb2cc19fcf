# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math

import pytest

from posenet_ros.streaming.statistics import FrameStatistics


def test_rates_and_new_counts_are_of_the_last_period():
    statistics = FrameStatistics(now=100.0)
    for frame in range(20):
        statistics.count_received(100.0 + 0.1 * frame)
        statistics.count_processed(0.01, 0.02, 0.03, people=2)
    statistics.count_bad()
    statistics.count_failed()
    statistics.count_dropped()
    report = statistics.report(102.0)
    assert report.image_rate == pytest.approx(10.0)
    assert report.pose_rate == pytest.approx(10.0)
    assert (report.dropped, report.bad, report.failed, report.new_bad, report.new_failed) == (1, 1, 1, 1, 1)
    assert report.people == 2
    assert report.silence == pytest.approx(0.1)
    later = statistics.report(104.0)
    assert (later.image_rate, later.pose_rate, later.new_bad, later.new_failed) == (0.0, 0.0, 0, 0)
    assert (later.dropped, later.bad, later.failed) == (1, 1, 1)
    assert later.silence == pytest.approx(2.1)


def test_spread_is_of_the_last_hundred():
    statistics = FrameStatistics(now=0.0)
    for frame in range(1000):
        statistics.count_processed(9.0 if frame < 900 else 0.001 * (frame - 899), 1.0, None, people=0)
    report = statistics.report(1.0)
    assert report.inference.median == pytest.approx(0.0505)
    assert report.inference.p95 == pytest.approx(0.09505)
    assert math.isnan(report.age.median)


def test_nothing_measured_is_not_a_number():
    report = FrameStatistics(now=0.0).report(0.0)
    assert math.isnan(report.inference.median)
    assert report.image_rate == 0.0


def test_single_lost_images_are_no_problem_and_a_tenth_is():
    statistics = FrameStatistics(now=0.0)
    for frame in range(200):
        statistics.count_received(0.01 * frame)
    assert not statistics.count_lost(20)
    assert not statistics.report(2.0).loses_images
    assert statistics.count_lost(5)
    report = statistics.report(3.0)
    assert (report.lost, report.new_lost, report.loses_images) == (25, 5, True)
    assert statistics.report(4.0).new_lost == 0


def test_stamps_tell_of_lost_images():
    statistics = FrameStatistics(now=0.0)
    # Two of five images arrive.
    times = [0.03 * number for number in range(500) if number % 5 < 2]
    assert [statistics.count_received(time, time) for time in times].count(True) > 100
    assert statistics.report(15.0).arrival_share == pytest.approx(0.4, abs=0.02)
    # An image of this process cannot get lost.
    statistics = FrameStatistics(now=0.0)
    assert not any(statistics.count_received(time) for time in times)
    assert math.isnan(statistics.report(15.0).arrival_share)


def test_few_lost_images_at_the_start_are_no_problem():
    statistics = FrameStatistics(now=0.0)
    assert not statistics.count_lost(9)
    assert statistics.count_lost(1)
