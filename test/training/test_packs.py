# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch", reason="training dependencies are not installed: see 'make test-training'")
pytest.importorskip("numba", reason="training dependencies are not installed: see 'make test-training'")

from photo_helpers import encoded, nobody_photo, person_photo

from training.packs import read_pack, write_pack
from training.photo import HIDDEN, UNKNOWN, VISIBLE, Photo


def test_packs_come_back_as_they_were_written(tmp_path):
    photos = [person_photo(0), person_photo(1, held_out=True, weight=0.5), nobody_photo()]
    photos[0].states[0, 3:5] = HIDDEN, UNKNOWN
    photos[1] = replace(photos[1], ignored=np.array([[1, 2, 30, 40]], np.float32))
    write_pack(tmp_path / "pack.npz", photos)
    for before, after in zip(photos, read_pack(tmp_path / "pack.npz"), strict=True):
        np.testing.assert_array_equal(after.decode(), before.decode())
        np.testing.assert_allclose(after.keypoints, before.keypoints, atol=0.05)
        np.testing.assert_array_equal(after.states, before.states)
        np.testing.assert_array_equal(after.ignored, before.ignored)
        assert (after.held_out, after.weight) == (before.held_out, before.weight)


def test_packs_of_cutouts_keep_their_opacity(tmp_path):
    cover = np.zeros((90, 120, 3), np.uint8)
    cover[20:50, 30:60] = 255
    cutout = replace(person_photo(), cover=encoded(cover), cut=np.array([False, True, False, False]))
    write_pack(tmp_path / "cutouts.npz", [cutout])
    (after,) = read_pack(tmp_path / "cutouts.npz")
    np.testing.assert_array_equal(after.decode()[..., 3], cover[..., 0])
    np.testing.assert_array_equal(after.cut, cutout.cut)
    assert not after.nobody


def test_packs_without_a_split_get_one(tmp_path):
    for photos, share in (([person_photo(n % 3) for n in range(81)], 3), ([nobody_photo()] * 8, 2)):
        write_pack(tmp_path / "pack.npz", photos)
        with np.load(tmp_path / "pack.npz") as file:
            arrays = {name: file[name] for name in file.files if name != "held_out"}
        np.savez(tmp_path / "without.npz", **arrays)
        assert sum(photo.held_out for photo in read_pack(tmp_path / "without.npz")) == share


def test_low_visibility_is_unknown(tmp_path):
    photo = person_photo()
    write_pack(tmp_path / "pack.npz", [photo])
    with np.load(tmp_path / "pack.npz") as file:
        arrays = dict(file)
    arrays["kp"][0, :4, 2] = 2.0, 1.0, 0.5, 0.0
    np.savez(tmp_path / "pack.npz", **arrays)
    (after,) = read_pack(tmp_path / "pack.npz")
    assert after.states[0, :4].tolist() == [VISIBLE, HIDDEN, UNKNOWN, UNKNOWN]


def test_other_files_are_no_packs(tmp_path):
    np.savez(tmp_path / "other.npz", something=np.zeros(3))
    with pytest.raises(ValueError, match=r"no photo pack: it has no bytes and no offsets"):
        read_pack(tmp_path / "other.npz")


def test_damaged_files_are_named():
    with pytest.raises(OSError, match="broken is no readable image"):
        Photo("broken", b"no image").decode()
