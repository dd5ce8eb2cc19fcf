# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch", reason="training dependencies are not installed: see 'make test-training'")
pytest.importorskip("numba", reason="training dependencies are not installed: see 'make test-training'")

import torch

from training.export import to_tflite
from training.losses import hottest_part, loss_parts, teacher_parts
from training.network import HEAD_CHANNELS, PoseNet
from training.photo import UNKNOWN, VISIBLE
from training.released import read_as_teacher
from training.targets import make_targets
from training.teacher import TAUGHT_PAIRS, Hints, share_beside_labels, write_teacher

CELLS = (9, 9)


def heads(seed: int) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return {name: torch.randn((2, count, *CELLS), generator=generator) for name, count in HEAD_CHANNELS.items()}


def network(seed: int) -> PoseNet:
    torch.manual_seed(seed)
    made = PoseNet(0.25)
    made(torch.randn(4, 3, 65, 65))  # so that batch norm has something to fold
    return made.eval().requires_grad_(False)


def test_masked_cells_have_no_part_in_the_loss():
    keypoints = torch.rand(2, 1, 17, 2, generator=torch.Generator().manual_seed(0)) * 128
    states = torch.full((2, 1, 17), VISIBLE, dtype=torch.uint8)
    states[0, 0, 5] = UNKNOWN
    unlabelled = torch.zeros((2, *CELLS), dtype=torch.bool)
    unlabelled[1, :4] = True
    targets = make_targets(keypoints, states, CELLS, 16, unlabelled)
    found = heads(1)
    before = loss_parts(found, targets)["heatmap"]
    changed = found | {"heatmap": torch.where(targets.heatmaps_known, found["heatmap"], 9.0)}
    assert not torch.equal(changed["heatmap"], found["heatmap"])
    assert loss_parts(changed, targets)["heatmap"] == before


def test_a_student_that_answers_as_the_teacher_has_no_loss():
    teacher = heads(2)
    for name, part in teacher_parts(dict(teacher), teacher, torch.ones(2, 1, *CELLS)).items():
        assert part == pytest.approx(0.0, abs=1e-5), name
    assert all(part > 0 for part in teacher_parts(heads(3), teacher, torch.ones(2, 1, *CELLS)).values())


def test_a_teacher_is_heard_only_where_it_counts():
    teacher, share = heads(2), torch.zeros(2, 1, *CELLS)
    share[0, 0, 4:] = 1.0
    found = heads(3)
    parts = teacher_parts(found, teacher, share)
    changed = {name: torch.where(share > 0, head, 7.0) for name, head in found.items()}
    for name, part in teacher_parts(changed, teacher, share).items():
        assert part == pytest.approx(float(parts[name]), rel=1e-5)


def test_hottest_keypoints_count_in_images_of_nobody_only():
    heat = heads(4)["heatmap"]
    empty = torch.tensor([True, False])
    before = hottest_part(heat, empty)
    assert before > 0
    elsewhere, hotter, colder = heat.clone(), heat.clone(), heat.clone()
    elsewhere[1] += 5.0
    assert hottest_part(elsewhere, empty) == before
    order = heat[0].amax(dim=(1, 2)).argsort(descending=True)
    hotter[0, order[3], 2, 2] = 9.0
    assert hottest_part(hotter, empty) > before
    # All but the hottest cells of the four hottest keypoints may be anything below.
    colder[0, order[4:]] -= 3.0
    assert hottest_part(colder, empty) == before
    assert hottest_part(heat, torch.zeros(2, dtype=torch.bool)) == 0


def test_a_teacher_hardly_counts_where_people_are_annotated():
    keypoints = torch.full((1, 1, 17, 2), 16.0) + torch.arange(17)[:, None]
    states = torch.full((1, 1, 17), VISIBLE, dtype=torch.uint8)
    states[0, 0, 5] = UNKNOWN
    share = share_beside_labels(make_targets(keypoints, states, CELLS, 16))
    assert share[0, 0, 1, 1] < share[0, 5, 1, 1] < share[0, 0, 8, 8] == share[0, 5, 8, 8] == 1.0


@pytest.mark.parametrize("content", [b"no weights", None])
def test_a_file_that_holds_no_teacher_is_named(tmp_path, content):
    path = tmp_path / "teacher.pt"
    if content is None:
        torch.save({"averaged": network(0).state_dict()}, path)
    else:
        path.write_bytes(content)
    with pytest.raises(ValueError, match=r"teacher.pt holds no teacher: give a model file"):
        read_as_teacher(path)


def test_teachers_come_back_from_their_file_and_from_a_model(tmp_path):
    images = torch.rand(1, 3, 65, 65, generator=torch.Generator().manual_seed(0)) * 2 - 1
    made = network(0)
    (tmp_path / "model.tflite").write_bytes(to_tflite(made))
    teacher = read_as_teacher(tmp_path / "model.tflite")
    write_teacher(tmp_path / "teacher.pt", teacher)
    for again in (teacher, read_as_teacher(tmp_path / "teacher.pt")):
        assert not any(weight.requires_grad for weight in again.parameters())
        for name, head in again(images).items():
            wanted = made(images)[name]
            # Half floats have eleven bits, and 27 layers add up.
            assert (head - wanted).abs().max() < 0.05 * wanted.abs().max()


def test_hints_are_learnt():
    student, teacher = network(1), network(2)
    torch.manual_seed(0)
    hints = Hints(student, teacher)
    images = torch.randn(4, 3, 65, 65)
    features = [made.with_features(images, TAUGHT_PAIRS)[1] for made in (student, teacher)]
    optimizer = torch.optim.Adam(hints.parameters(), lr=1e-2)
    losses = []
    for _ in range(60):
        loss = hints(*features)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss))
    assert losses[-1] < 0.5 * losses[0]
    assert np.isfinite(losses).all()
