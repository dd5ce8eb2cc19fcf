# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Which level /diagnostics shows for what."""

from __future__ import annotations

from dataclasses import replace

import pytest
from diagnostic_msgs.msg import DiagnosticStatus

from posenet_ros.estimator import EstimatorReport
from posenet_ros.ros.diagnostics import busy_bound, camera_status
from posenet_ros.streaming.statistics import FrameReport, Spread

TIME = Spread(0.01, 0.02)
GOOD = FrameReport(
    image_rate=30.0,
    pose_rate=29.0,
    inference=TIME,
    total=TIME,
    age=Spread(0.03, 0.05),
    dropped=7,
    bad=3,
    failed=2,
    lost=4,
    arrival_share=0.96,
    new_bad=0,
    new_failed=0,
    silence=0.03,
    people=2,
)
ESTIMATOR = EstimatorReport("net.tflite", 16, (257, 353), None, "ai-edge-litert 2.3.0", 4)


@pytest.mark.parametrize(
    ("change", "level", "word"),
    [
        ({}, DiagnosticStatus.OK, "29.0 poses a second"),
        ({"new_failed": 1}, DiagnosticStatus.ERROR, "the network failed"),
        ({"new_lost": 12, "loses_images": True}, DiagnosticStatus.WARN, "12 images on /image were lost on their way"),
        ({"new_lost": 1}, DiagnosticStatus.OK, "29.0 poses a second"),
        ({"arrival_share": 0.38}, DiagnosticStatus.WARN, "only 38% of the images on /image arrive"),
        ({"arrival_share": float("nan")}, DiagnosticStatus.OK, "29.0 poses a second"),
        ({"new_bad": 5, "pose_rate": 0.0}, DiagnosticStatus.ERROR, "none of the images on /image can be read"),
        ({"new_bad": 5}, DiagnosticStatus.WARN, "5 images on /image could not be read"),
        ({"silence": 5.1, "pose_rate": 0.0}, DiagnosticStatus.WARN, "no image on /image for 5 s"),
        ({"age": Spread(1.2, 2.0)}, DiagnosticStatus.WARN, "published 1.2 s after their image"),
        ({"age": Spread(float("nan"), float("nan"))}, DiagnosticStatus.OK, "poses a second"),
    ],
)
def test_levels(change, level, word):
    status = camera_status("posenet: image", "/image", replace(GOOD, **change), ESTIMATOR)
    assert status.level == level
    assert word in status.message


def test_missing_depth_is_a_warning_with_its_reason():
    status = camera_status("posenet: image", "/image", GOOD, ESTIMATOR, "no depth image")
    assert (status.level, status.message) == (DiagnosticStatus.WARN, "depth: no depth image")
    assert {value.key: value.value for value in status.values}["depth"] == "no depth image"
    status = camera_status("posenet: image", "/image", GOOD, ESTIMATOR, "")
    assert status.level == DiagnosticStatus.OK
    assert {value.key: value.value for value in status.values}["depth"] == "used"


def test_values():
    status = camera_status("posenet: front", "/front/image", GOOD, ESTIMATOR)
    assert (status.name, status.hardware_id) == ("posenet: front", "/front/image")
    assert {value.key: value.value for value in status.values} == {
        "topic": "/front/image",
        "image rate (Hz)": "30.0",
        "pose rate (Hz)": "29.0",
        "inference median (ms)": "10.0",
        "inference p95 (ms)": "20.0",
        "total median (ms)": "10.0",
        "total p95 (ms)": "20.0",
        "image age median (ms)": "30.0",
        "image age p95 (ms)": "50.0",
        "busy with one image (s)": "0.0",
        "dropped images": "7",
        "lost images": "4",
        "arriving images (%)": "96",
        "bad images": "3",
        "failed images": "2",
        "people": "2",
        "depth": "off",
        "model": "net.tflite",
        "output stride": "16",
        "input height": "257",
        "input width": "353",
        "runtime": "ai-edge-litert 2.3.0",
        "threads": "4",
    }


@pytest.mark.parametrize(
    ("total", "busy", "level"),
    [
        (TIME, 2.9, DiagnosticStatus.OK),
        (TIME, 3.1, DiagnosticStatus.WARN),
        (TIME, 9.1, DiagnosticStatus.ERROR),
        # A network that always takes a second is not slow after three.
        (Spread(0.8, 1.0), 9.9, DiagnosticStatus.OK),
        (Spread(0.8, 1.0), 10.1, DiagnosticStatus.WARN),
        (Spread(0.8, 1.0), 30.1, DiagnosticStatus.ERROR),
        (Spread(float("nan"), float("nan")), 3.1, DiagnosticStatus.WARN),
    ],
)
def test_a_network_that_hangs_is_seen(total, busy, level):
    report = replace(GOOD, total=total)
    status = camera_status("posenet: image", "/image", report, ESTIMATOR, busy_seconds=busy)
    assert status.level == level
    assert (busy > busy_bound(total)) == (f"busy with one image for {busy:.0f} s" in status.message)
