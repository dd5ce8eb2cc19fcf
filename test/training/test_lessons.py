# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch", reason="training dependencies are not installed: see 'make test-training'")
pytest.importorskip("numba", reason="training dependencies are not installed: see 'make test-training'")

import torch
from photo_helpers import cutout, nobody_photo, person_photo

from posenet_ros.skeleton import NUM_KEYPOINTS
from training import lessons as teaching
from training.compose import Sample
from training.hot_photos import HotPhotos
from training.lessons import Lessons, shares_pairs
from training.network import PoseNet, normalised
from training.photo import VISIBLE
from training.shelf import Shelf
from training.supply import Supply

SIZE = (65, 65)
PAIRS = 5


@pytest.fixture(autouse=True)
def small_images(monkeypatch):
    monkeypatch.setattr(teaching, "SIZE", SIZE)
    monkeypatch.setattr(teaching, "BATCH", 8)


def supply_of(*photos):
    return Supply(torch.device("cpu"), photos, None)


def people():
    return supply_of(*(person_photo(n) for n in range(3)), *(cutout(n) for n in range(3)), nobody_photo())


def teacher_of(answer):
    """Return a network that answers the same number everywhere."""
    network = PoseNet(0.25).eval().requires_grad_(False)
    for head in network.heads.values():
        head.weight.zero_()
        head.bias.fill_(answer)
    return network


def test_photos_are_taught_by_the_teacher_and_composed_images_by_the_wide_network():
    lesson = Lessons(people(), teacher_of(3.0), PAIRS, teacher_of(-5.0), nobody_every=0).make(0)
    assert 0 < lesson.photos < 8
    for answer in lesson.answers.values():
        assert (answer[: lesson.photos] == -5.0).all()
        assert (answer[lesson.photos :] == 3.0).all()


def test_without_a_teacher_the_wide_network_teaches_photos_too():
    lesson = Lessons(people(), teacher_of(3.0), PAIRS, nobody_every=0).make(0)
    assert lesson.photos > 0
    assert all((answer == 3.0).all() for answer in lesson.answers.values())


def test_composed_images_may_have_a_teacher_of_their_own_who_sees_them_as_the_student_does():
    own, seen = teacher_of(-7.0), []
    own.register_forward_pre_hook(lambda _, arguments: seen.append(arguments[0]))
    supply = people()
    lesson = Lessons(supply, teacher_of(3.0), PAIRS, nobody_every=0, teacher_of_composed=own).make(4)
    for answer in lesson.answers.values():
        assert (answer[: lesson.photos] == 3.0).all()
        assert (answer[lesson.photos :] == -7.0).all()
    torch.testing.assert_close(seen[0], supply.batch(4, SIZE, 8).images[lesson.photos :])


def whole_person(number):
    """Return a grey image with all keypoints in a diagonal that the number moves."""
    steps = np.arange(NUM_KEYPOINTS, dtype=np.float32)[:, None] + number % 8
    keypoints = np.repeat(4.0 + 2.0 * steps, 2, axis=1)[None]
    return Sample(
        np.full((65, 65, 3), number % 256, np.uint8), keypoints, np.full((1, NUM_KEYPOINTS), VISIBLE, np.uint8)
    )


def test_every_second_lesson_shows_whole_people_with_their_keypoints_and_their_teacher():
    wide, own = PoseNet(0.25).eval().requires_grad_(False), teacher_of(-7.0)
    asked = []
    made = Lessons(
        people(),
        wide,
        PAIRS,
        teacher_of(-5.0),
        nobody_every=0,
        teacher_of_composed=own,
        sample=lambda number: asked.append(number) or whole_person(number),
    )
    lesson = made.make(6)
    count = teaching.RENDERS_BATCH
    assert asked == list(range(6 * count, 7 * count))
    assert lesson.photos == 0
    assert all((answer == -7.0).all() for answer in lesson.answers.values())
    samples = [whole_person(number) for number in asked]
    images = normalised(torch.from_numpy(np.stack([sample.image for sample in samples])))
    torch.testing.assert_close(
        lesson.features.float(), wide.with_features(images, (PAIRS,))[1][0], rtol=0.05, atol=0.05
    )
    for index, sample in enumerate(samples):
        nearest = np.rint(sample.keypoints[0] / 16).astype(int)
        assert lesson.targets.heatmaps[index, range(NUM_KEYPOINTS), nearest[:, 1], nearest[:, 0]].all()
    made.make(7)
    assert len(asked) == count


def test_images_of_each_kind_are_made_once_before_anything_is_learnt(monkeypatch):
    supply, made, gradients = people(), [], []
    for kind in ("batch", "nobody"):
        monkeypatch.setattr(
            supply,
            kind,
            lambda number, size, what, kind=kind: (
                gradients.append(torch.is_grad_enabled()) or made.append((kind, size, what))
            ),
        )
    Lessons(supply, teacher_of(3.0), PAIRS).prepare()
    assert gradients == [False, False]
    assert [(kind, size) for kind, size, _ in made] == [("batch", SIZE), ("nobody", SIZE)]
    assert made[0][2] == len(made[1][2]) == 8
    assert made[1][2].max() < supply.photos_of_nobody


def test_the_teacher_sees_photos_as_they_were_before_the_camera():
    teacher, seen = teacher_of(-5.0), []
    teacher.register_forward_pre_hook(lambda _, arguments: seen.append(arguments[0]))
    supply = people()
    lesson = Lessons(supply, teacher_of(3.0), PAIRS, teacher, nobody_every=0).make(4)
    torch.testing.assert_close(seen[0], supply.batch(4, SIZE, 8).clean[: lesson.photos])


def test_features_are_those_behind_the_first_pairs():
    torch.manual_seed(0)
    wide = PoseNet(0.25).eval().requires_grad_(False)
    lesson = Lessons(people(), wide, PAIRS, nobody_every=0).make(0)
    for name, head in wide.finish(lesson.features.float(), PAIRS).items():
        torch.testing.assert_close(lesson.answers[name].float(), head, rtol=0.1, atol=0.1)


def test_one_lesson_in_so_many_shows_nobody():
    made = Lessons(people(), teacher_of(3.0), PAIRS, nobody_every=3)
    lessons = [made.make(number) for number in range(6)]
    assert [lesson.answers is None for lesson in lessons] == [False, True, False, False, True, False]
    nobody = lessons[1]
    assert nobody.photos == 0
    assert not nobody.targets.heatmaps.any()
    assert not nobody.targets.near_people.any()
    assert nobody.targets.heatmaps_known.all()


def test_without_photos_of_nobody_all_lessons_show_people():
    made = Lessons(supply_of(person_photo()), teacher_of(3.0), PAIRS, nobody_every=2)
    assert all(made.make(number).answers is not None for number in range(2))


def test_held_out_photos_of_nobody_are_in_no_lesson():
    white = replace(nobody_photo(value=255), held_out=True)
    supply = supply_of(white, person_photo(), nobody_photo(value=100), white)
    assert supply.photos_of_nobody == 1
    for number in range(3):
        batch = supply.nobody(number, SIZE, torch.zeros(8, dtype=torch.int64))
        pixels = (batch.clean + 1.0) * 127.5
        assert 99 < pixels.max() < 101


def test_photos_of_nobody_are_drawn_first_that_were_not_seen_and_then_those_where_somebody_was():
    photos = HotPhotos(20)
    assert sorted(photos.draw(20).tolist()) == list(range(20))
    heat = torch.full((20, 17, 3, 3), -9.0)
    heat[4, :2] = 9.0
    # One keypoint alone is nobody.
    heat[5, 0] = 9.0
    photos.note(torch.arange(19), heat[:19])
    drawn = torch.cat([photos.draw(2) for _ in range(200)]).bincount(minlength=20)
    assert drawn[19] > 100
    assert drawn[4] > 100
    assert max(number for photo, number in enumerate(drawn.tolist()) if photo not in (4, 19)) < 40


def test_a_photo_of_nobody_stays_hot_whatever_the_next_image_of_it_shows():
    photos = HotPhotos(10)
    hot, cold = torch.full((10, 17, 1, 1), -9.0), torch.full((10, 17, 1, 1), -9.0)
    hot[6] = 9.0
    for heat in (hot, cold):
        photos.note(torch.arange(10), heat)
    assert torch.cat([photos.draw(1) for _ in range(50)]).bincount(minlength=10)[6] > 25


def test_fewer_photos_of_nobody_than_a_batch_has_come_once_each():
    assert sorted(HotPhotos(3).draw(8).tolist()) == [0, 1, 2]


def test_photos_of_nobody_in_which_the_wide_network_sees_somebody_come_more_often():
    supply = supply_of(person_photo(), *(nobody_photo(n, value=255 if n in (2, 3) else 50) for n in range(30)))
    made = Lessons(supply, teacher_of(0.0), PAIRS, nobody_every=1)
    drawn = []
    ask = supply.nobody
    supply.nobody = lambda number, size, chosen: drawn.append(chosen) or ask(number, size, chosen)

    def see_white(images):
        heat = torch.where(images.amax(dim=(1, 2, 3)) > 0.6, 9.0, -9.0)
        return {"heatmap": heat[:, None, None, None].expand(-1, 17, 1, 1)}, images

    made._ask = see_white
    for number in range(16):
        made.make(number)
    counts = torch.cat(drawn).bincount(minlength=30)
    assert min(counts[2], counts[3]) > 2 * counts[4:].float().mean()


def test_only_networks_with_the_same_first_pairs_share_them():
    torch.manual_seed(0)
    wide, narrow = PoseNet(0.25, 1024), PoseNet(0.25, 512)
    assert not shares_pairs(narrow, wide, 1)
    narrow.stem.load_state_dict(wide.stem.state_dict())
    for own, given in zip(narrow.trunk[:10], wide.trunk, strict=False):
        own.load_state_dict(given.state_dict())
    assert shares_pairs(narrow, wide, 5)
    assert not shares_pairs(narrow, wide, 6)
    assert not shares_pairs(PoseNet(0.5), wide, 1)
    narrow.trunk[3][1].running_mean[0] += 1.0
    assert not shares_pairs(narrow, wide, 5)


def test_the_newest_lesson_comes_first_and_then_any_that_is_kept():
    may = [threading.Semaphore(0) for _ in range(4)]

    def make(number):
        assert may[number].acquire(timeout=30.0)
        return number

    with Shelf(make, kept=2) as shelf:
        may[0].release()
        assert [shelf.take() for _ in range(4)] == [0] * 4
        for number in (1, 2):
            may[number].release()
            shelf._coming.result()
            assert shelf.take() == number
            assert {shelf.take() for _ in range(30)} == {number - 1, number}
        assert shelf.made == 3
        may[3].release()


def test_a_lesson_that_cannot_be_made_is_an_error():
    with pytest.raises(OSError, match="no such image"), Shelf(lambda number: fail("no such image"), 1) as shelf:
        shelf.take()


def fail(text):
    raise OSError(text)
