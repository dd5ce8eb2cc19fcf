# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Images of every encoding against conversions written out here, and whatever else may come."""

from __future__ import annotations

import array
import random
import re
import struct
import sys
import types
import zlib

import cv2
import numpy as np
import pytest
from builtin_interfaces.msg import Time
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import Header

from posenet_ros.errors import ImageError
from posenet_ros.image_decoding import decode_compressed_image
from posenet_ros.image_encodings import ENCODINGS
from posenet_ros.ros.messages.images import to_bgr, to_image_message

# Samples of a pixel as channels of a BGRA picture, and whether they are 8-bit or 16-bit.
CHANNELS = {"bgr": (0, 1, 2), "rgb": (2, 1, 0), "bgra": (0, 1, 2, 3), "rgba": (2, 1, 0, 3), "mono": (1,)}
PLAIN = {f"{name}{bits}": (channels, bits) for name, channels in CHANNELS.items() for bits in (8, 16)} | {
    f"{bits}UC{len(CHANNELS[name])}": (CHANNELS[name], bits) for name in ("mono", "bgr", "bgra") for bits in (8, 16)
}
BAYER = [f"bayer_{pattern}{bits}" for pattern in ("rggb", "bggr", "gbrg", "grbg") for bits in (8, 16)]
# The bytes of two neighbours, as OpenCV's and V4L2's four letters say.
YUV_422 = {"uyvy": "uyvy", "yuv422": "uyvy", "yuyv": "yuyv", "yuv422_yuy2": "yuyv"}
YUV_420 = {"nv12": "uv", "nv21": "vu"}
# BT.601, video range: Y, Cb and Cr of R, G and B.
YUV_OF_RGB = np.array([[65.481, 128.553, 24.966], [-37.797, -74.203, 112.0], [112.0, -93.786, -18.214]]) / 255


def random_bytes(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def stored(samples, bits, big_endian):
    """Return rows of 8-bit samples, or of 16-bit ones whose low bytes are random, as rows of bytes."""
    rows = samples.reshape(len(samples), -1)
    if bits == 8:
        return rows
    wide = rows.astype(np.uint16) * 256 + random_bytes(*rows.shape, seed=1)
    return wide.astype(">u2" if big_endian else "<u2").view(np.uint8)


def image_message(encoding, rows, height, width, padding=0, big_endian=False):
    padded = np.hstack([rows, random_bytes(len(rows), padding, seed=2)])
    return Image(
        height=height,
        width=width,
        encoding=encoding,
        is_bigendian=int(big_endian),
        step=padded.shape[1],
        data=padded.tobytes(),
    )


def mosaic(image, pattern):
    """Return what a sensor sees whose top left four pixels have the colours of the pattern."""
    samples = np.empty(image.shape[:2], np.uint8)
    for at, colour in enumerate(pattern):
        y, x = divmod(at, 2)
        samples[y::2, x::2] = image[y::2, x::2, "bgr".index(colour)]
    return samples


def yuv_rows(encoding, image):
    """Return the data of an image whose 2x2 blocks have one colour each."""
    y, u, v = np.moveaxis(np.round(image[..., ::-1] @ YUV_OF_RGB.T + (16, 128, 128)).astype(np.uint8), 2, 0)
    if encoding in YUV_420:
        planes = {"u": u[::2, ::2], "v": v[::2, ::2]}
        chroma = np.stack([planes[letter] for letter in YUV_420[encoding]], axis=2)
        return np.vstack([y, chroma.reshape(len(chroma), -1)])
    data = np.empty((len(y), 2 * y.shape[1]), np.uint8)
    luma = iter((y[:, ::2], y[:, 1::2]))
    for at, letter in enumerate(YUV_422[encoding]):
        data[:, at::4] = next(luma) if letter == "y" else {"u": u, "v": v}[letter][:, ::2]
    return data


def any_message(encoding, height=6, width=8, **how):
    """Return a message of random bytes with the right layout."""
    described = ENCODINGS[encoding]
    rows = random_bytes(described.rows(height), described.row_bytes(width))
    return image_message(encoding, rows, height, width, **how)


def test_these_are_all_encodings():
    assert set(ENCODINGS) == {*PLAIN, *BAYER, *YUV_422, *YUV_420}


@pytest.mark.parametrize("size", [(1, 1), (5, 7), (1, 64), (64, 1)], ids=str)
@pytest.mark.parametrize("padding", [0, 1, 13])
@pytest.mark.parametrize("big_endian", [False, True])
@pytest.mark.parametrize("encoding", PLAIN)
def test_plain_encodings(encoding, big_endian, padding, size):
    channels, bits = PLAIN[encoding]
    picture = random_bytes(*size, 4)
    rows = stored(picture[..., channels], bits, big_endian)
    image = to_bgr(image_message(encoding, rows, *size, padding, big_endian))
    expected = picture[..., (1, 1, 1)] if len(channels) == 1 else picture[..., :3]
    np.testing.assert_array_equal(image, expected)
    assert image.dtype == np.uint8


@pytest.mark.parametrize("size", [(3, 3), (16, 16), (17, 23)], ids=str)
@pytest.mark.parametrize(("padding", "big_endian"), [(0, False), (5, True)])
@pytest.mark.parametrize("encoding", BAYER)
def test_bayer_encodings(encoding, padding, big_endian, size):
    pattern, bits = re.fullmatch(r"bayer_([rgb]{4})(8|16)", encoding).groups()
    y, x = np.mgrid[: size[0], : size[1]]
    # Slopes, which interpolation keeps, and different ones, so that no shift and no swapped colour goes unseen.
    picture = np.stack([20 + 4 * x, 120 + 4 * y, 250 - 4 * x - 2 * y], axis=2).astype(np.uint8)
    rows = stored(mosaic(picture, pattern), int(bits), big_endian)
    image = to_bgr(image_message(encoding, rows, *size, padding, big_endian))
    assert image.shape == (*size, 3)
    inner = np.s_[1:-1, 1:-1]
    np.testing.assert_allclose(image[inner].astype(int), picture[inner].astype(int), atol=1)


@pytest.mark.parametrize("size", [(2, 2), (6, 10), (34, 70)], ids=str)
@pytest.mark.parametrize("padding", [0, 1, 16])
@pytest.mark.parametrize("encoding", [*YUV_422, *YUV_420])
def test_yuv_encodings(encoding, padding, size):
    picture = random_bytes(size[0] // 2, size[1] // 2, 3).repeat(2, axis=0).repeat(2, axis=1)
    image = to_bgr(image_message(encoding, yuv_rows(encoding, picture), *size, padding))
    np.testing.assert_allclose(image.astype(int), picture.astype(int), atol=3)


@pytest.mark.parametrize("encoding", YUV_422)
def test_yuv_422_takes_odd_heights(encoding):
    picture = np.full((3, 2, 3), (200, 100, 50), np.uint8)
    image = to_bgr(image_message(encoding, yuv_rows(encoding, picture), 3, 2))
    np.testing.assert_allclose(image.astype(int), picture.astype(int), atol=3)


@pytest.mark.parametrize("encoding", ["bgr8", "8UC3"])
@pytest.mark.parametrize("padding", [0, 7])
def test_bgr_is_not_copied_up_to_8k(encoding, padding):
    step = 3 * 7680 + padding
    message = Image(height=4320, width=7680, encoding=encoding, step=step, data=bytes(step * 4320))
    image = to_bgr(message)
    assert image.shape == (4320, 7680, 3)
    assert np.shares_memory(image, np.frombuffer(message.data, np.uint8))


def test_nv12_in_8k():
    rows = np.full((6480, 7680), 128, np.uint8)
    rows[:4320] = np.linspace(16, 235, 7680)
    image = to_bgr(image_message("nv12", rows, 4320, 7680))
    assert image.shape == (4320, 7680, 3)
    assert (image[0, 0] == 0).all()
    assert (image[-1, -1] == 255).all()


@pytest.mark.parametrize(
    ("encoding", "fields", "reason"),
    [
        ("bgr8", {"height": 0}, "empty: 8x0 pixels"),
        ("nv12", {"width": 0}, "empty: 0x6 pixels"),
        ("bgr8", {"step": 23}, "the bgr8 image of 8x6 pixels has rows of 23 bytes and 144 .* at least 24 a row"),
        ("mono16", {"step": 8}, "rows of 8 bytes and 96 bytes in all; expected at least 16 a row"),
        ("rgb8", {"step": 0}, "rows of 0 bytes"),
        ("rgb8", {"step": 25}, "6 rows of step = 150 in all: check the camera driver"),
        ("rgba8", {"height": 5}, "5 rows of step = 160"),
        ("mono8", {"data": bytes(47)}, "47 bytes in all"),
        ("mono8", {"data": b""}, "0 bytes in all"),
        ("nv12", {"data": bytes(48)}, "9 rows of step = 72"),
        ("nv21", {"height": 5}, "blocks of 2x2 pixels"),
        ("nv12", {"width": 7}, "blocks of 2x2 pixels"),
        ("uyvy", {"width": 7}, "blocks of 2x1 pixels"),
        ("bayer_rggb8", {"width": 2}, "at least 3x3"),
        ("bgr8", {"height": 2**32 - 1, "width": 2**32 - 1, "step": 2**32 - 1}, "at least 12884901885 a row"),
        ("8UC4", {"height": 2**32 - 1, "width": 1, "step": 2**32 - 1, "data": b""}, "0 bytes in all"),
    ],
)
def test_fields_that_disagree_are_named(encoding, fields, reason):
    message = any_message(encoding)
    for name, value in fields.items():
        setattr(message, name, value)
    with pytest.raises(ImageError, match=reason):
        to_bgr(message)


@pytest.mark.parametrize("encoding", ["", "rgb12", "RGB8", "bgr8 ", "bgr8\0", "32FC1", "8UC0", "8UC513", "x" * 100_000])
def test_unknown_encoding_without_cv_bridge(encoding, monkeypatch):
    monkeypatch.setitem(sys.modules, "cv_bridge", None)
    with pytest.raises(ImageError, match=r"needs cv_bridge.*install .*bgr8, .*nv21$") as caught:
        to_bgr(Image(height=2, width=2, step=16, encoding=encoding, data=bytes(32)))
    assert repr(encoding)[:8] in str(caught.value)
    assert "\0" not in str(caught.value)
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (np.ones((4, 6, 3), np.uint8), None),
        (np.ones((4, 6), np.uint8), r"'vendor' to uint8 of \(4, 6\)"),
        (np.ones((4, 6, 3), np.uint16), "'vendor' to uint16"),
        (None, "to object"),
        *((error("odd"), "cannot convert .*'vendor'.*publish one of bgr8.*odd") for error in (KeyError, SystemError)),
        (ImportError("numpy.core"), "cannot be imported .*numpy.core"),
    ],
)
def test_cv_bridge_does_what_is_left(result, reason, monkeypatch):
    class CvBridge:
        def imgmsg_to_cv2(self, message, encoding):
            assert (message.encoding, encoding) == ("vendor", "bgr8")
            if isinstance(result, Exception):
                raise result
            return result

    monkeypatch.setitem(sys.modules, "cv_bridge", types.SimpleNamespace(CvBridge=CvBridge))
    message = Image(height=4, width=6, step=6, encoding="vendor", data=bytes(24))
    if reason is None:
        np.testing.assert_array_equal(to_bgr(message), result)
    else:
        with pytest.raises(ImageError, match=reason):
            to_bgr(message)


@pytest.mark.parametrize("encoding", [name for name in [*PLAIN, *BAYER, *YUV_422] if not re.match(r"\d", name)])
def test_as_cv_bridge_does(encoding):
    cv_bridge = pytest.importorskip("cv_bridge", reason="cv_bridge, the oracle, is not installed")
    # Padded by whole pixels and little-endian: else cv_bridge itself goes wrong. It rounds 16 bits.
    message = any_message(encoding, 32, 40, padding=24)
    try:
        expected = cv_bridge.CvBridge().imgmsg_to_cv2(message, "bgr8")
    except cv_bridge.CvBridgeError as error:
        pytest.skip(f"this cv_bridge cannot convert {encoding}: {error}")
    tolerance = 1 if "16" in encoding else 0
    np.testing.assert_allclose(to_bgr(message).astype(int), expected.astype(int), atol=tolerance)


def test_unknown_encodings_with_cv_bridge():
    pytest.importorskip("cv_bridge", reason="needs the real cv_bridge")
    for encoding in ("", "rgb12", "bgr8\0", "32FC1", "8UC0", "8UC513", "64FC2", "8SC3", "\N{SNOWMAN}", "nv24"):
        for step, size in ((16, 32), (2**32 - 1, 32), (0, 0), (1, 2)):
            with pytest.raises(ImageError, match="publish one of bgr8"):
                to_bgr(Image(height=2, width=2, step=step, encoding=encoding, data=bytes(size)))


def encode(suffix, image, *parameters):
    return cv2.imencode(suffix, image, parameters)[1].tobytes()


def smooth(*shape):
    return cv2.GaussianBlur(random_bytes(*shape), (0, 0), 4)


GREY, COLOUR, WIDE = smooth(40, 60), smooth(40, 60, 3), random_bytes(40, 120).view(np.uint16)
JPEG, PNG = encode(".jpg", COLOUR), encode(".png", COLOUR)
JPEG_SCAN = JPEG.index(b"\xff\xda")


@pytest.mark.parametrize(
    ("image_format", "data", "expected"),
    [
        ("jpeg", JPEG, COLOUR),
        ("rgb8; jpeg compressed bgr8", JPEG, COLOUR),
        ("", encode(".jpg", COLOUR, cv2.IMWRITE_JPEG_PROGRESSIVE, 1), COLOUR),
        ("jpg", encode(".jpg", COLOUR, cv2.IMWRITE_JPEG_RST_INTERVAL, 1), COLOUR),
        ("jpeg padded", JPEG + bytes(5000), COLOUR),
        ("jpeg padded within", JPEG[:2] + b"\xff\xff" + JPEG[2:], COLOUR),
        ("mono8; jpeg compressed ", encode(".jpg", GREY), np.dstack([GREY] * 3)),
        ("bgr8; png compressed bgr8", PNG, COLOUR),
        ("png padded", PNG + bytes(5000), COLOUR),
        ("png", encode(".png", GREY), np.dstack([GREY] * 3)),
        ("16UC1; png compressed ", encode(".png", WIDE), np.dstack([WIDE >> 8] * 3)),
        ("rgb16; png compressed bgr16", encode(".png", np.dstack([WIDE, ~WIDE, WIDE])), None),
        ("alpha", encode(".png", np.dstack([COLOUR, GREY])), COLOUR),
        ("1x1", encode(".png", COLOUR[:1, :1]), COLOUR[:1, :1]),
        ("1x1", encode(".jpg", COLOUR[:1, :1]), COLOUR[:1, :1]),
    ],
)
def test_compressed_images(image_format, data, expected):
    image = decode_compressed_image(CompressedImage(format=image_format, data=data))
    expected = np.dstack([WIDE >> 8, ~WIDE >> 8, WIDE >> 8]) if expected is None else expected
    assert image.dtype == np.uint8
    lossless = data.startswith(b"\x89PNG")
    np.testing.assert_allclose(image.astype(int), expected.astype(int), atol=0 if lossless else 8)


def with_exif(jpeg, exif):
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", 8 + len(exif)) + b"Exif\0\0" + exif + jpeg[2:]


ROTATED = struct.pack(">2sHIHHHIHHI", b"MM", 42, 8, 1, 0x0112, 3, 1, 6, 0, 0)


def test_orientation_does_not_turn_the_image():
    data = with_exif(JPEG, ROTATED)
    assert cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR).shape == (60, 40, 3)
    assert decode_compressed_image(CompressedImage(format="jpeg", data=data)).shape == (40, 60, 3)


def png_claiming(height, width):
    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(bytes(100))), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def jpeg_claiming(height, width):
    frame = JPEG.index(b"\xff\xc0")
    return JPEG[: frame + 5] + struct.pack(">HH", height, width) + JPEG[frame + 9 :]


@pytest.mark.parametrize(
    ("image_format", "data", "reason"),
    [
        ("16UC1; compressedDepth", bytes(12) + PNG, "depth map; subscribe"),
        ("32FC1; compressedDepth png", PNG, "depth map"),
        ("jpeg", b"", r"'jpeg', 0 bytes\) is neither JPEG nor PNG"),
        ("h264", b"\0\0\0\1abc", r"'h264', 7 bytes\) is neither .* begins with 00 00 00 01"),
        ("webp", encode(".webp", COLOUR), "neither"),
        ("\0" * 10_000, b"\xff\xd8", "neither"),
        ("jpeg", JPEG[:-1], "cut off"),
        ("jpeg", JPEG[:-2], "cut off"),
        ("jpeg", JPEG[: JPEG_SCAN + 100], "cut off"),
        ("jpeg", JPEG[: JPEG_SCAN - 100], "cut off"),
        ("jpeg", with_exif(JPEG[: JPEG_SCAN + 100], ROTATED + JPEG[:1000] + b"\xff\xd9"), "cut off"),
        ("jpeg", JPEG[:3], "cut off"),
        ("png", PNG[:-1], "cut off"),
        ("png", PNG[: len(PNG) // 2], "cut off"),
        ("png", PNG[:100] + bytes(20) + PNG[120:], "damaged"),
        ("png", PNG[:8] + PNG[-8:], "cut off"),
        ("png", png_claiming(2**31 - 1, 2**31 - 1), "2147483647x2147483647 pixels it claims"),
        ("png", png_claiming(30_000, 30_000), "30000x30000"),
        ("jpeg", jpeg_claiming(65_500, 65_500), "65500x65500"),
    ],
)
def test_compressed_images_that_cannot_be_read(image_format, data, reason):
    with pytest.raises(ImageError, match=reason) as caught:
        decode_compressed_image(CompressedImage(format=image_format, data=data))
    assert len(str(caught.value)) < 300


def test_what_is_published_is_what_is_read():
    header = Header(stamp=Time(sec=1, nanosec=2), frame_id="head")
    wide = smooth(40, 60, 3)
    for image in (wide, wide[:, 5:-5], wide[:, :, ::-1], wide[:1, :1]):
        message = to_image_message(image, header)
        assert (message.header, message.encoding, message.step) == (header, "bgr8", 3 * image.shape[1])
        assert isinstance(message.data, array.array)
        np.testing.assert_array_equal(to_bgr(message), image)


def odd_number(chance):
    bits = chance.choice((0, 1, 2, 3, 5, 8, 15, 16, 31, 32))
    return min(chance.getrandbits(bits) + chance.randrange(2), 2**32 - 1)


def odd_text(chance):
    alphabet = "bgr816UCFS3\0; \xff\N{SNOWMAN}"
    return "".join(chance.choices(alphabet, k=chance.choice((0, 1, 4, 5, 300))))


@pytest.mark.parametrize("seed", range(8))
def test_random_images_are_read_or_refused(seed):
    chance = random.Random(seed)
    outcomes = {True: 0, False: 0}
    for _ in range(100):
        encoding = chance.choice(list(ENCODINGS))
        message = any_message(encoding, chance.randint(1, 9), chance.randint(1, 9), padding=chance.choice((0, 0, 3)))
        changes = {
            "height": lambda: odd_number(chance),
            "width": lambda: odd_number(chance),
            "step": lambda: odd_number(chance),
            "is_bigendian": lambda: chance.randrange(256),
            "encoding": lambda: chance.choice((odd_text(chance), chance.choice(list(ENCODINGS)))),
            "data": lambda: chance.randbytes(chance.choice((0, 1, 2, 100, 1000))),
        }
        for name in chance.sample(list(changes), chance.choice((0, 1, 1, 2, 6))):
            setattr(message, name, changes[name]())
        try:
            image = to_bgr(message)
        except ImageError:
            outcomes[False] += 1
        else:
            assert image.shape == (message.height, message.width, 3)
            assert image.dtype == np.uint8
            outcomes[True] += 1
    assert min(outcomes.values()) > 10


@pytest.mark.parametrize("seed", range(4))
def test_random_compressed_images_are_read_or_refused(seed):
    chance = random.Random(seed)
    refused = 0
    for _ in range(100):
        data = bytearray(chance.choice((JPEG, PNG, chance.randbytes(50), JPEG[:4] + chance.randbytes(500))))
        for _ in range(chance.choice((0, 1, 3, 30))):
            data[chance.randrange(min(len(data), chance.choice((30, 700, 10**6))))] = chance.randrange(256)
        del data[chance.choice((len(data), len(data), chance.randrange(len(data)))) :]
        message = CompressedImage(format=chance.choice(("jpeg", "png", odd_text(chance))), data=bytes(data))
        try:
            image = decode_compressed_image(message)
        except ImageError:
            refused += 1
        else:
            assert image.ndim == 3
            assert image.shape[2] == 3
            assert image.dtype == np.uint8
    assert 10 < refused < 100


@pytest.mark.parametrize("bits", [10, 12, 14, 16])
@pytest.mark.parametrize("big_endian", [0, 1])
def test_images_of_fewer_than_16_bits_keep_their_eight_highest(bits, big_endian):
    values = (COLOUR.astype(np.uint16) << (bits - 8)) + 1
    values[0, 0] = (1 << bits) - 1
    grey = np.ascontiguousarray(values[..., 0])
    message = Image(height=40, width=60, encoding="mono16", step=120, is_bigendian=big_endian)
    message.data = grey.astype(">u2" if big_endian else "<u2").tobytes()
    np.testing.assert_array_equal(to_bgr(message), np.dstack([grey >> (bits - 8)] * 3))
    compressed = decode_compressed_image(CompressedImage(format="16UC3; png", data=encode(".png", values)))
    np.testing.assert_array_equal(compressed, values >> (bits - 8))


def test_a_dark_image_of_16_bits_is_not_black():
    message = Image(height=2, width=2, encoding="mono16", step=4, data=np.full(4, 900, "<u2").tobytes())
    assert (to_bgr(message) == 225).all()
