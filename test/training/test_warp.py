# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch", reason="training dependencies are not installed: see 'make test-training'")
pytest.importorskip("numba", reason="training dependencies are not installed: see 'make test-training'")

import torch
from photo_helpers import cutout, nobody_photo, person_photo

from training.bank import LARGEST_SIDE, MAX_IGNORED, MAX_PEOPLE, NOBODY, PERSON, PHOTO, LayerBank, make_layer
from training.compose import MIRRORED
from training.device_photometry import _packed, develop
from training.layout import Layout
from training.photo import HIDDEN, OUTSIDE, UNKNOWN, VISIBLE
from training.sizes import Crowding
from training.warp import Plan, apply, compose, inverse, place_people

SIZE = (129, 161)
CELLS = (9, 11)
MIRROR = torch.from_numpy(MIRRORED)


def bank_of(*photos):
    layers = [
        make_layer(
            NOBODY if p.nobody else PERSON if p.cover else PHOTO, p.decode(), p.keypoints, p.states, p.ignored, p.cut
        )
        for p in photos
    ]
    bank = LayerBank(torch.device("cpu"), sum(len(layer.packed) for layer in layers))
    assert bank.add(layers)
    return bank


def plan_of(matrices, layers, mirrored=False):
    count = len(layers)
    return Plan(
        torch.tensor([layers]),
        torch.tensor(np.array(matrices, np.float32)).reshape(1, count, 2, 3),
        torch.full((1, count), mirrored),
        torch.ones((1, count, 3)),
    )


def placed(bank, plan):
    return place_people(bank, plan, SIZE, CELLS, MIRROR, 16)


@pytest.mark.parametrize("seed", range(4))
def test_a_keypoint_goes_where_its_pixel_goes(seed):
    photo = person_photo(seed)
    bank = bank_of(photo)
    rng = np.random.default_rng(seed)
    angle, scale = rng.uniform(-0.5, 0.5), rng.uniform(0.8, 1.6)
    turn = scale * np.array(((np.cos(angle), -np.sin(angle)), (np.sin(angle), np.cos(angle))))
    if seed % 2:
        turn = turn @ np.diag((-1.0, 1.0))
    shift = np.array(SIZE[::-1]) / 2 - turn @ (59.5, 44.5)
    plan = plan_of([np.column_stack((turn, shift))], [0], bool(seed % 2))
    image = compose(bank, plan, SIZE)[0].mean(0)
    truth = placed(bank, plan)
    inside = truth.states[0, 0] == VISIBLE
    assert inside.sum() > 5
    for x, y in truth.keypoints[0, 0][inside].round().int().tolist():
        assert image[y, x] > 128, (x, y)
    # Left and right change places in a mirror.
    moved = photo.keypoints[0] @ turn.T + shift
    order = MIRRORED if seed % 2 else np.arange(17)
    np.testing.assert_allclose(truth.keypoints[0, 0], moved[order], atol=1e-3)


def test_small_copies_are_averaged():
    noise = nobody_photo(3)
    image = compose(bank_of(noise), plan_of([((0.25, 0, 10), (0, 0.25, 10))], [0]), SIZE)[0]
    shown = image[:, 12:28, 12:28]
    assert abs(float(shown.mean()) - noise.decode()[..., :3].mean()) < 5
    assert shown.std() < 0.6 * noise.decode()[..., :3].std()


def test_what_is_before_a_person_hides_keypoints_and_nearly_all_of_them_take_the_person_out():
    photo = person_photo(5)
    bank = bank_of(photo, nobody_photo(0, value=80))
    person = ((1, 0, 20), (0, 1, 20))
    left_edge = float(np.sort(photo.keypoints[0, :, 0])[8]) + 20
    partly = placed(bank, plan_of([person, ((2, 0, left_edge), (0, 2, -10))], [0, 1]))
    assert (partly.states[0, 0] == HIDDEN).sum() > 5
    assert (partly.states[0, 0] == VISIBLE).sum() > 5
    wholly = placed(bank, plan_of([person, ((3, 0, -20), (0, 3, -20))], [0, 1]))
    assert (wholly.states[0, 0] == OUTSIDE).all()
    behind = placed(bank, plan_of([((3, 0, -20), (0, 3, -20)), person], [1, 0]))
    assert (behind.states[0, 1] == VISIBLE).all()


def test_absent_layers_show_nothing_and_nobody():
    bank = bank_of(person_photo())
    plan = plan_of([((1, 0, 0), (0, 1, 0))], [-1])
    assert compose(bank, plan, SIZE).max() == 0
    assert (placed(bank, plan).states == OUTSIDE).all()


def test_people_without_keypoints_are_marked_where_they_are_in_front():
    box = np.array([[32, 16, 64, 48]], np.float32)
    bank = bank_of(replace(person_photo(2), ignored=box), nobody_photo())
    matrix = ((1, 0, 16), (0, 1, 32))
    marked = placed(bank, plan_of([matrix], [0])).unlabelled[0]
    assert marked.nonzero().tolist() == [[r, c] for r in (3, 4, 5) for c in (3, 4, 5)]
    covered = placed(bank, plan_of([matrix, ((4, 0, -50), (0, 4, -50))], [0, 1])).unlabelled
    assert not covered.any()


def test_keypoints_beyond_the_edge_are_outside_and_unknown_ones_stay_unknown():
    photo = person_photo(4)
    photo.states[0, 7] = UNKNOWN
    truth = placed(bank_of(photo), plan_of([((1, 0, 60), (0, 1, 20))], [0]))
    beyond = truth.keypoints[0, 0, :, 0] >= SIZE[1] - 0.5
    states = truth.states[0, 0]
    known = torch.arange(17) != 7
    assert states[7] == UNKNOWN
    assert (states[beyond & known] == OUTSIDE).all()
    assert (states[~beyond & known] == VISIBLE).all()


def test_large_photos_shrink_with_their_keypoints():
    photo = person_photo(1, (600, 800))
    layer = make_layer(PHOTO, photo.decode(), photo.keypoints, photo.states)
    assert layer.sizes[0].tolist() == [LARGEST_SIDE, LARGEST_SIDE * 3 // 4]
    scale = LARGEST_SIDE / 800
    np.testing.assert_allclose(layer.people, (photo.keypoints + 0.5) * scale - 0.5, atol=1e-3)


def test_more_people_than_fit_become_boxes():
    photo = person_photo()
    people = np.repeat(photo.keypoints, MAX_PEOPLE + 2, axis=0)
    people[-1] *= 0.5
    people[-2] *= 0.4
    boxes = np.tile(np.array([[0, 0, 5, 5]], np.float32), (MAX_IGNORED, 1))
    layer = make_layer(PHOTO, photo.decode(), people, np.repeat(photo.states, len(people), axis=0), boxes)
    assert len(layer.people) == MAX_PEOPLE
    assert len(layer.ignored) == MAX_IGNORED
    np.testing.assert_allclose(layer.ignored[0], (*people[-1].min(0), *people[-1].max(0)))


def test_a_full_bank_takes_no_more():
    photo = person_photo()
    layer = make_layer(PHOTO, photo.decode(), photo.keypoints, photo.states)
    bank = LayerBank(torch.device("cpu"), len(layer.packed))
    assert bank.add([layer])
    assert not bank.add([layer])
    assert bank.count(PHOTO) == 1


def test_layouts_draw_what_was_asked_for():
    photos = [person_photo(n) for n in range(3)] + [nobody_photo(n) for n in range(2)]
    generator = torch.Generator().manual_seed(0)
    plans = Layout(bank_of(*photos), SIZE, generator).draw(5, 4, 3)
    assert [len(plan.layers) for plan in plans] == [5, 4, 3]
    # There are no renders and no cut-outs, so that the composed images show nobody.
    assert (plans[2].layers[:, 1:-1] == -1).all()
    for plan in plans:
        assert torch.isfinite(plan.matrices).all()
        determinants = torch.linalg.det(plan.matrices[..., :2])
        assert ((determinants < 0) == plan.mirrored).all()


def people_of(crowding, *photos, images=200):
    """Return where the middles of people come to [images, 4, 2], and who is there [images, 4], in composed images."""
    bank = bank_of(*photos)
    (plan,) = Layout(bank, SIZE, torch.Generator().manual_seed(0), crowding=crowding).draw(0, 0, images)
    index, matrices = plan.layers[:, 1:-1], plan.matrices[:, 1:-1]
    place = index.clamp(min=0)
    middles = torch.stack((bank.tables.width[place, 0], bank.tables.height[place, 0]), dim=-1) / 2.0 - 0.5
    return apply(matrices, middles), index >= 0


def test_composed_images_have_as_many_people_as_asked_for():
    _, present = people_of(Crowding((0.0, 0.0, 1.0, 0.0, 0.0)), cutout())
    assert (present.sum(dim=1) == 2).all()
    _, present = people_of(Crowding((0.5, 0.0, 0.0, 0.0, 0.5)), cutout())
    assert set(present.sum(dim=1).tolist()) == {0, 4}


def test_people_stand_near_each_other_in_the_share_of_images_that_is_asked_for():
    distances = []
    for together in (0.0, 0.5, 1.0):
        middles, _ = people_of(Crowding((0.0, 0.0, 1.0, 0.0, 0.0), together), cutout())
        distances.append((middles[:, 2] - middles[:, 3]).norm(dim=1).mean())
    assert distances[2] < 0.5 * distances[0]
    assert distances[1] == pytest.approx(float(distances[0] + distances[2]) / 2.0, rel=0.15)


def test_people_whom_the_edge_cuts_stay_at_the_edge():
    cut = cutout(cut=np.array((True, False, False, False)))
    places = [people_of(Crowding(together=together), cut)[0] for together in (0.0, 1.0)]
    torch.testing.assert_close(*places)


def test_a_picture_alone_is_inside_the_image_or_the_image_inside_the_picture():
    bank = bank_of(nobody_photo(0))
    plan = Layout(bank, SIZE, torch.Generator().manual_seed(0)).alone(torch.zeros(50, dtype=torch.int64))
    assert plan.layers.shape == (50, 1)
    corners = torch.tensor([[-0.5, -0.5], [79.5, 79.5]]).expand(50, 2, 2)
    ends = apply(plan.matrices.expand(-1, 2, -1, -1), corners)
    low, high = ends.amin(dim=1) + 0.5, ends.amax(dim=1) + 0.5
    limit = torch.tensor(SIZE[::-1])
    inside = (low > -1e-3) & (high < limit + 1e-3)
    around = (low < 1e-3) & (high > limit - 1e-3)
    assert (inside | around).all()
    assert plan.mirrored.any()
    whole = inside.all(dim=1)
    assert whole.any()
    assert not whole.all()


def test_inverse_undoes_a_matrix():
    matrices = torch.randn(5, 2, 3, generator=torch.Generator().manual_seed(0))
    points = torch.randn(5, 2, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(apply(inverse(matrices), apply(matrices, points)), points, rtol=1e-3, atol=1e-3)


def test_cameras_keep_size_and_range():
    images = torch.rand(8, 3, 41, 57) * 255
    seen = develop(images.clone(), torch.Generator().manual_seed(0))
    assert seen.shape == images.shape
    assert (seen.min() >= 0, seen.max() <= 255) == (True, True)
    assert not torch.equal(seen, images)


def test_jpeg_of_high_quality_changes_little_and_of_low_quality_much():
    smooth = torch.linspace(0, 255, 41 * 57).reshape(1, 1, 41, 57).expand(1, 3, -1, -1)
    noise = torch.rand(1, 3, 41, 57, generator=torch.Generator().manual_seed(0)) * 255
    images = torch.cat((smooth, noise))
    good, bad = (_packed(images, torch.full((2, 1), quality)) for quality in (99.0, 10.0))
    assert (good - images).abs().max() < 8
    assert (bad - images)[1].abs().mean() > 20
