# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

pytest.importorskip("torch", reason="training dependencies are not installed: see 'make test-training'")
pytest.importorskip("numba", reason="training dependencies are not installed: see 'make test-training'")

import torch
from photo_helpers import cutout, nobody_photo, person_photo

from training import lessons as teaching
from training import relearn as learning
from training.lessons import Lessons
from training.losses import teacher_parts
from training.network import PoseNet
from training.relearn import Relearning, Schedule, relearn
from training.supply import Supply


def network_of(seed):
    torch.manual_seed(seed)
    network = PoseNet(0.25)
    for _ in range(5):
        network(torch.randn(8, 3, 65, 65))  # so that batch norm knows what comes
    return network.eval().requires_grad_(False)


def lessons_of(pairs, count, nobody_every=3):
    photos = [
        *(person_photo(n) for n in range(3)),
        *(cutout(n) for n in range(3)),
        *(nobody_photo(n) for n in range(2)),
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(teaching, "SIZE", (65, 65))
        patch.setattr(teaching, "BATCH", 8)
        made = Lessons(Supply(torch.device("cpu"), photos, None), network_of(0), pairs, None, nobody_every)
        return [made.make(number) for number in range(count)]


@pytest.fixture(scope="module")
def lessons():
    return lessons_of(5, 6)


@pytest.mark.parametrize("pairs", [5, 11])
def test_exactly_the_later_pairs_and_the_heads_learn(pairs):
    network = network_of(1)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    relearning = Relearning(network, pairs, 1e-2)
    for number, lesson in enumerate(lessons_of(pairs, 3)):
        relearning.learn(lesson, number / 3)
    learnt = {name for name, _ in network.named_parameters()}
    later = tuple(f"trunk.{k}." for k in range(2 * pairs, 26))
    for made in (network, relearning.network):
        changed = {name for name, value in made.state_dict().items() if not torch.equal(value, before[name])}
        assert changed == {name for name in learnt if name.startswith(("heads.", *later))}


def test_photos_that_seem_empty_are_not_in_the_loss_for_images_of_nobody(lessons):
    relearning = Relearning(network_of(1), 5, 1e-3)
    nobody = lessons[1]
    assert nobody.answers is None
    hottest = relearning.loss_parts(nobody)["hottest"]
    assert hottest > 0
    assert relearning.loss_parts(replace(nobody, photos=8))["hottest"] == 0
    assert relearning.loss_parts(replace(nobody, photos=4))["hottest"] < hottest


def test_images_that_show_people_are_not_in_the_loss_for_images_of_nobody(lessons):
    people = replace(lessons[0], photos=0)
    shown = people.targets.near_people.flatten(1).any(dim=1)
    assert shown.any()
    everywhere = replace(
        people, targets=replace(people.targets, near_people=torch.ones_like(people.targets.near_people))
    )
    relearning = Relearning(network_of(1), 5, 1e-3)
    assert relearning.loss_parts(everywhere)["hottest"] == 0


def test_teachers_count_everywhere_in_composed_images_and_less_beside_labels_in_photos(lessons):
    relearning = Relearning(network_of(1), 5, 1e-3)
    lesson = lessons[0]
    assert lesson.targets.near_people.any()
    composed, photos = (relearning.loss_parts(replace(lesson, photos=photos)) for photos in (0, 8))
    heads = relearning._network.finish(lesson.features.float(), 5)
    answers = {name: answer.float() for name, answer in lesson.answers.items()}
    for name, part in teacher_parts(heads, answers, torch.full((8, 1, 1, 1), 0.5)).items():
        # Eight bits are kept where bfloat16 is fast.
        assert float(composed[f"teacher's {name}"].detach()) == pytest.approx(float(part.detach()), rel=0.1)
    assert photos["teacher's heatmap"] < composed["teacher's heatmap"]


def test_where_nobody_is_the_annotations_say_it_all(lessons):
    parts = Relearning(network_of(1), 5, 1e-3).loss_parts(lessons[1])
    assert parts.keys() == {"heatmap", "offset", "displacement", "hottest"}
    assert parts["heatmap"] > 0
    assert parts["offset"] == parts["displacement"] == 0


@pytest.fixture
def counted(monkeypatch):
    """A clock that ticks when it is looked at."""
    clock = itertools.count()
    monkeypatch.setattr(learning.time, "monotonic", lambda: float(next(clock)))


def test_a_short_training_lowers_the_loss(lessons, counted):
    network, lines, reported = network_of(1), [], []

    def loss(made):
        relearning = Relearning(made, 5, 1e-3)
        return float(sum(sum(relearning.loss_parts(lesson).values()) for lesson in lessons))

    def report(averaged, line):
        reported.append(averaged)
        lines.append(line)

    before = loss(network_of(1))
    schedule = Schedule(seconds=400.0, report=90.0, rate=5e-3, few=2)
    learnt = relearn(network, lambda number: lessons[number % 6], 5, schedule, report)
    assert loss(learnt) < 0.7 * before
    assert len(lines) >= 3
    assert "steps" in lines[0]
    assert "images/s" in lines[0]
    assert "teacher's offset" in lines[0]
    assert all(made is learnt for made in reported)


def test_the_rate_is_low_while_few_lessons_are_there(lessons, counted, monkeypatch):
    slow = []
    learn = Relearning.learn
    monkeypatch.setattr(
        Relearning, "learn", lambda self, lesson, progress, factor: slow.append(factor) or learn(self, lesson, progress)
    )
    made = iter(range(1000))

    def lesson(number):
        return lessons[next(made) % 6]

    relearn(network_of(1), lesson, 5, Schedule(seconds=60.0, few=3), lambda *_: None)
    assert slow[0] == pytest.approx(0.2)
    assert slow[-1] == 1.0
    assert slow == sorted(slow)


def test_an_interrupt_ends_a_training_with_what_is_learnt(lessons, counted, capsys):
    def interrupted(network, line):
        raise KeyboardInterrupt

    learnt = relearn(network_of(1), lambda number: lessons[0], 5, Schedule(1e6, report=20.0), interrupted)
    assert "interrupted" in capsys.readouterr().out
    assert not torch.equal(learnt.heads["heatmap"].bias, network_of(1).heads["heatmap"].bias)
