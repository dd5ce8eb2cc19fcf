# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Images and people come together, are described and encoded."""

from __future__ import annotations

import asyncio
import json
import struct

import cv2
import numpy as np
import pytest

from posenet_ros.camera_model import PinholeCamera
from posenet_ros.errors import ImageError
from posenet_ros.people import People
from posenet_ros.web.encoder import FrameEncoder, width_class
from posenet_ros.web.frames import Frame, FramePairer, LazyImage
from posenet_ros.web.presence import Presence, RateMeter
from posenet_ros.web.scene import View, describe

CAMERA = PinholeCamera(500.0, 500.0, 319.5, 239.5)


def image(stamp, size_bytes=100):
    return Frame(stamp, 0.01, LazyImage(lambda: np.zeros((480, 640, 3), np.uint8), size_bytes, 640))


def people_at(stamp, people=None):
    return Frame(stamp, 0.02, None, people or People.nobody(), (480, 640), "eye")


def some_people(n=2, ids=(3, 7), positions=None):
    rng = np.random.default_rng(0)
    return People(
        rng.uniform(0, 400, (n, 17, 2)),
        np.full((n, 17), 0.9),
        np.full(n, 0.8),
        None if ids is None else np.array(ids),
        positions,
    )


def test_an_image_waits_for_its_people_and_older_ones_go():
    pairer = FramePairer()
    pairer.add_people(people_at(0.0), now=0.0)
    for stamp in (1.0, 2.0, 3.0):
        assert pairer.add_image(image(stamp), now=0.1) is None
    shown = pairer.add_people(people_at(2.0), now=0.2)
    assert (shown.stamp, shown.image_size, shown.frame_id) == (2.0, (480, 640), "eye")
    assert shown.image is not None
    assert shown.people is not None
    # The one before is gone, the one behind is not.
    assert pairer.add_people(people_at(1.0), now=0.2) is None
    assert pairer.add_people(people_at(3.0), now=0.2).image is not None


def test_people_who_come_first_wait_for_their_image():
    pairer = FramePairer()
    pairer.add_image(image(0.5), now=0.0)
    assert pairer.add_people(people_at(1.0), now=0.1) is None
    shown = pairer.add_image(image(1.0), now=0.2)
    assert shown.image is not None
    assert shown.people is not None


def test_images_are_shown_alone_where_no_people_come_and_people_where_no_images_come():
    assert FramePairer().add_image(image(1.0), now=5.0).people is None
    assert FramePairer().add_people(people_at(1.0), now=5.0).image is None
    pairer = FramePairer()
    pairer.add_people(people_at(1.0), now=0.0)
    assert pairer.add_image(image(2.0), now=0.5) is None
    assert pairer.add_image(image(3.0), now=1.5).stamp == 3.0


@pytest.mark.parametrize(("size_bytes", "kept"), [(100, 32), (32 * 2**20, 3)])
def test_what_waits_is_bounded_in_number_and_in_memory(size_bytes, kept):
    pairer = FramePairer()
    pairer.add_people(people_at(-1.0), now=0.0)
    for stamp in range(100):
        pairer.add_image(image(float(stamp), size_bytes), now=0.0)
    assert pairer.add_people(people_at(99.0 - kept), now=0.0) is None
    assert pairer.add_people(people_at(100.0 - kept), now=0.0).image is not None


def test_a_frame_is_described_without_nan():
    positions = np.full((2, 17, 3), np.nan)
    positions[0] = (0.0, 0.0, 4.0)
    positions[0, 9] = np.nan
    frame = people_at(12.5, some_people(positions=positions))
    described = describe(frame, View(CAMERA, 2.5, 0.5), {3: 1.25})
    assert json.loads(json.dumps(described, allow_nan=False)) == described
    measured, assumed = described["people"]
    assert (measured["id"], measured["measured"], measured["distance"], measured["seconds"]) == (3, True, 4.0, 1.2)
    # What depth does not tell of a person who was measured is not made up.
    assert measured["positions"][9] is None
    assert (assumed["id"], assumed["measured"], assumed["distance"]) == (7, False, None)
    assert {place[2] for place in assumed["positions"]} == {2.5}
    x, y = frame.people.keypoints[1, 0]
    assert assumed["positions"][0] == pytest.approx([2.5 * (x - 319.5) / 500, 2.5 * (y - 239.5) / 500, 2.5], abs=1e-3)
    assert described["corners"][0] == pytest.approx([-0.64, -0.48, 1.0])


def test_people_without_ids_and_without_a_camera():
    described = describe(people_at(1.0, some_people(ids=None)), View(), {})
    assert [person["id"] for person in described["people"]] == [-1, -1]
    assert described["people"][0]["positions"] == [None] * 17
    assert described["corners"] == []
    assert describe(image(1.0), View(), {})["people"] is None


def test_distance_is_that_of_the_trunk_and_of_what_scores():
    positions = np.full((1, 17, 3), (0.0, 0.0, 9.0))
    positions[0, [5, 6, 11, 12]] = (0.0, 3.0, 4.0)
    people = some_people(1, (1,), positions)
    assert describe(people_at(1.0, people), View(CAMERA), {})["people"][0]["distance"] == 5.0
    people.keypoint_scores[0, [5, 6, 11, 12]] = 0.1
    assert describe(people_at(1.0, people), View(CAMERA), {})["people"][0]["distance"] == 9.0


@pytest.mark.parametrize(
    ("asked", "image_width", "width"),
    [
        (600, 1920, 640),
        (640, 1920, 640),
        (641, 1920, 960),
        (5000, 1920, 0),
        (600, 640, 0),
        (300, 0, 320),
        (1, 640, 320),
    ],
)
def test_sizes_are_few(asked, image_width, width):
    assert width_class(asked, image_width) == width


def unpack(payload):
    length = struct.unpack_from("<I", payload)[0]
    return json.loads(payload[4 : 4 + length]), payload[4 + length :]


def encode(encoder, frame, *widths):
    async def all_at_once():
        return await asyncio.gather(*(encoder.payload(frame, width, dict) for width in widths))

    return [unpack(payload) for payload in asyncio.run(all_at_once())]


@pytest.fixture
def encoder():
    encoder = FrameEncoder(80)
    yield encoder
    encoder.close()


def test_an_image_is_encoded_once_for_all_who_watch_at_a_size(encoder):
    gradient = np.tile(np.linspace(0, 255, 640).astype(np.uint8)[None, :, None], (480, 1, 3))
    frame = Frame(1.0, 0.0, LazyImage(lambda: gradient, gradient.nbytes, 640))
    shown = encode(encoder, frame, 640, 700, 0, 320, 300)
    assert encoder.encoded == 2
    sizes = [cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR).shape for _, content in shown]
    assert sizes == [(480, 640, 3)] * 3 + [(240, 320, 3)] * 2
    decoded = cv2.imdecode(np.frombuffer(shown[0][1], np.uint8), cv2.IMREAD_COLOR)
    assert np.abs(decoded.astype(int) - gradient).mean() < 3


def test_a_jpeg_that_fits_is_passed_on_as_it_is(encoder):
    _, data = cv2.imencode(".jpg", np.zeros((48, 64, 3), np.uint8))
    content = data.tobytes()
    image = LazyImage(lambda: cv2.imdecode(data, cv2.IMREAD_COLOR), len(content), 0, content)
    shown = encode(encoder, Frame(1.0, 0.0, image), 0, 640)
    assert [sent for _, sent in shown] == [content, content]
    assert encoder.encoded == 0


def test_an_image_that_cannot_be_read_is_said_to_be_so(encoder):
    def fail():
        raise ImageError("the image is torn")

    [(header, content)] = encode(encoder, Frame(1.0, 0.0, LazyImage(fail, 1)), 640)
    assert header["problem"] == "the image is torn"
    assert content == b""


def test_rates_are_those_of_the_last_two_seconds():
    meter = RateMeter()
    for tick in range(100):
        meter.count(0.1 * tick)
    assert meter.rate(9.9) == pytest.approx(10.0, abs=0.6)
    assert meter.rate(20.0) == 0.0


def test_people_are_timed_from_when_they_came():
    presence = Presence()
    presence.update(some_people(ids=(1, 2)), 100.0)
    assert presence.update(some_people(ids=(1, 3)), 104.0)[1] == 4.0
    # Back after a short absence, and after a long one.
    assert presence.update(some_people(ids=(2, 3)), 108.0)[2] == 8.0
    assert presence.update(some_people(ids=(1, 3)), 130.0)[1] == 0.0
    # A recording that starts again.
    assert presence.update(some_people(ids=(1, 3)), 5.0) == {1: 0.0, 3: 0.0}
