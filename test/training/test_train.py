# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="training dependencies are not installed: see 'make test-training'")
pytest.importorskip("numba", reason="training dependencies are not installed: see 'make test-training'")

import torch
from photo_helpers import nobody_photo, person_photo

from posenet_ros.errors import ModelError
from training import train
from training.bank import PERSON
from training.batches import Batches
from training.checkpoint import Checkpoint
from training.compose import Content
from training.export import to_tflite
from training.gpu_folder import fill_folder
from training.network import HEAD_CHANNELS, PoseNet, normalised
from training.packs import write_pack
from training.released import read_released
from training.settings import Settings, read_settings
from training.supply import Supply
from training.teacher import write_teacher
from training.train import Trainer

ROOT = Path(__file__).parents[2]


def settings(filled, output, images, **more):
    stages = (((65, 65), 0.5), ((81, 65), 0.5))
    return Settings(filled, output, images, **{"width": 0.25, "batch": 4, "device": "cpu", "stages": stages} | more)


@pytest.fixture(autouse=True)
def quick_validation(monkeypatch):
    monkeypatch.setattr("training.validation._IMAGES", 2)


@pytest.fixture
def pack(tmp_path):
    path = tmp_path / "pack.npz"
    write_pack(path, [*(person_photo(n, held_out=n == 0) for n in range(4)), nobody_photo()])
    return path


def weights_of(trainer):
    return torch.cat([value.flatten() for value in trainer._network.state_dict().values() if value.is_floating_point()])


def test_training_goes_on_where_it_was_interrupted(filled, tmp_path, pack):
    more = {"photos": (str(pack),)}
    whole = Trainer(settings(filled, tmp_path / "whole", 16, **more))
    whole.run()
    # As if it had been interrupted after two of four steps: the schedule is that of all.
    stop_after(Trainer(settings(filled, tmp_path / "parts", 16, **more)), 2)
    second = Trainer(settings(filled, tmp_path / "parts", 16, **more))
    second.run()
    torch.testing.assert_close(weights_of(second), weights_of(whole), rtol=1e-3, atol=1e-4)


def stop_after(trainer, steps):
    """Run so many steps and write the checkpoint."""
    for _ in range(steps):
        size = trainer._settings.size_at(trainer.progress)
        trainer.learn(trainer._supply.batch(trainer._step, size, 4))
    trainer._write()


def test_a_finished_training_says_so_and_changes_nothing(filled, tmp_path, capsys):
    Trainer(settings(filled, tmp_path, 8)).run()
    before = (tmp_path / "checkpoint.pt").read_bytes()
    capsys.readouterr()
    Trainer(settings(filled, tmp_path, 8)).run()
    assert "this training is finished: 8 images" in capsys.readouterr().out
    assert (tmp_path / "checkpoint.pt").read_bytes() == before


def test_a_training_ends_when_its_time_is_up(filled, tmp_path):
    trainer = Trainer(settings(filled, tmp_path, 10**9, seconds=1.0))
    trainer.run()
    assert trainer.finished
    assert Checkpoint.read(tmp_path / "checkpoint.pt").elapsed >= 1.0


def test_a_start_beside_a_checkpoint_is_refused(filled, tmp_path):
    stop_after(Trainer(settings(filled, tmp_path, 16)), 1)
    with pytest.raises(FileExistsError, match=r"holds a training already: leave START out"):
        Trainer(settings(filled, tmp_path, 16, start=tmp_path / "weights.pt"))


def test_an_interrupt_leaves_a_checkpoint_and_no_traceback(filled, tmp_path, capsys, monkeypatch):
    trainer = Trainer(settings(filled, tmp_path, 10**6))
    learn, calls = trainer.learn, []

    def interrupted(batch):
        calls.append(None)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return learn(batch)

    monkeypatch.setattr(trainer, "learn", interrupted)
    trainer.run()
    assert "interrupted after 8 images: start again to go on" in capsys.readouterr().out
    assert Checkpoint.read(tmp_path / "checkpoint.pt").step == 2


def test_a_teacher_and_its_hints_come_back_after_a_resume(filled, tmp_path, pack):
    torch.manual_seed(1)
    write_teacher(tmp_path / "teacher.pt", PoseNet(0.25))
    more = {"photos": (str(pack),), "teacher": tmp_path / "teacher.pt"}
    first = Trainer(settings(filled, tmp_path, 16, **more))
    losses = first.learn(first._supply.batch(0, (65, 65), 4))
    assert {"heatmap", "teacher's heatmap", "hints"} <= losses.keys()
    first._write()
    second = Trainer(settings(filled, tmp_path, 16, **more))
    for name, value in first._hints.state_dict().items():
        torch.testing.assert_close(second._hints.state_dict()[name], value)


def test_nobody_to_learn_from_is_an_error(tmp_path):
    with pytest.raises(OSError, match="there is nobody to learn from"):
        Trainer(settings(tmp_path / "empty", tmp_path, 16))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--images", "abc"), "'abc' is no whole number"),
        (("--images", "0"), "0 is not 1 or more"),
        (("--seconds", "-1"), "-1 is no number of seconds"),
        (("--start", "none.tflite"), "there is no file 'none.tflite'"),
        (("--teacher", "none.pt"), "there is no file 'none.pt'"),
        (("--photos", "none.npz"), "there is no 'none.npz'"),
        (("--photos", "photos"), "neither pack.npz nor folder:keypoints.json"),
        (("--stages", "258:1"), "does not fit stride 16"),
        (("--shares", "0.5,0.5"), "expected three that add up to 1"),
    ],
)
def test_arguments_are_checked_before_any_work(arguments, message, capsys):
    with pytest.raises(SystemExit):
        read_settings(arguments)
    assert message in capsys.readouterr().err


def test_the_same_layers_give_the_same_batch(filled, pack):
    supply = Supply(
        torch.device("cpu"), settings(filled, filled, 1, photos=(str(pack),)).read_photos(), filled, (50, 50)
    )
    supply.refresh(wait=True)
    first, again, other = (supply.batch(number, (65, 81), 6) for number in (3, 3, 4))
    assert first.images.shape == (6, 3, 65, 81)
    assert -1.0 <= first.images.min() < first.images.max() <= 1.0
    torch.testing.assert_close(first.images, again.images)
    assert not torch.equal(first.images, other.images)
    assert first.photos == 4
    assert first.targets.heatmaps.any()


def test_renders_join_as_they_are_made(filled, tmp_path):
    cache = tmp_path / "cache"
    (cache / "train").mkdir(parents=True)
    supply = Supply(torch.device("cpu"), [person_photo(1)], cache, (50, 50))
    assert supply.people == 1
    for path in (filled / "train").iterdir():
        shutil.copy(path, cache / "train")
    supply.refresh(wait=True)
    assert supply.people == 7
    supply.refresh(wait=True)
    assert supply.people == 7


def test_renders_from_behind_are_drawn_three_times_as_often(filled):
    supply = Supply(torch.device("cpu"), [], filled, (50, 50))
    supply.refresh(wait=True)
    drawn = supply.bank.draw(PERSON, torch.linspace(0.0, 1.0, 10_001))
    keypoints = supply.bank.tables.people[:, 0]
    backs = keypoints[:, 5, 0] < keypoints[:, 6, 0]
    times = torch.bincount(drawn, minlength=len(keypoints))[supply.bank.members(PERSON)].double()
    backs = backs[supply.bank.members(PERSON)]
    assert backs.any()
    assert not backs.all()
    assert times[backs].mean() / times[~backs].mean() == pytest.approx(3.0, rel=0.01)


@pytest.mark.skipif(shutil.which("g++") is None, reason="there is no C++ compiler to compile the network with")
def test_compiled_network_learns_the_same(filled, tmp_path, monkeypatch):
    # Processors with bfloat16 would keep eight bits, and the two round at other places.
    monkeypatch.setattr(train, "mixed_precision", lambda device: contextlib.nullcontext())
    trainers = [Trainer(settings(filled, tmp_path / str(way), 16, compile=way)) for way in (False, True)]
    batch = trainers[0]._supply.batch(0, (65, 65), 4)
    losses = [trainer.learn(batch) for trainer in trainers]
    torch.testing.assert_close(*losses, rtol=1e-3, atol=1e-4)
    for trainer in trainers:
        trainer._write()
    names = [Checkpoint.read(tmp_path / way / "checkpoint.pt").network.keys() for way in ("False", "True")]
    assert names[0] == names[1]


def test_a_gpu_folder_trains_without_the_packages_that_a_gpu_machine_lacks(filled, tmp_path, pack):
    stop_after(Trainer(settings(filled, tmp_path / "start", 16)), 1)
    torch.manual_seed(0)
    (tmp_path / "teacher.tflite").write_bytes(to_tflite(PoseNet(0.25).eval().requires_grad_(False)))
    folder = tmp_path / "folder"
    start, teacher = tmp_path / "start" / "weights.pt", tmp_path / "teacher.tflite"
    size = fill_folder(folder, [str(pack)], start, teacher, filled, 48_000_000)
    assert 0 < size == sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    missing = ("ai_edge_litert", "anny", "flatbuffers", "scipy", "rclpy")
    code = f"import sys; sys.modules.update(dict.fromkeys({missing})); from training.train import main; main()"
    options = ("--photos", "photos_0.npz", "--start", "start.pt", "--teacher", "teacher.pt", "--cache", "cache")
    run = subprocess.run(
        (sys.executable, "-c", code, *options, "--images", "8", "--batch", "4", "--stages", "65:1", "--device", "cpu"),
        cwd=folder,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert "8 images" in run.stdout
    assert (folder / "training_output" / "weights.pt").exists()


def test_a_gpu_folder_leaves_photos_out_evenly_where_all_do_not_fit(filled, tmp_path):
    pack = tmp_path / "many.npz"
    write_pack(pack, [person_photo(n, (200, 200)) for n in range(60)])
    sizes = []
    for spare in (10**6, 30_000):
        base = fill_folder(tmp_path / f"empty{spare}", [], body=filled)
        fill_folder(tmp_path / f"full{spare}", [str(pack)], body=filled, largest=base + 100_000 + spare)
        with np.load(tmp_path / f"full{spare}" / "photos_0.npz") as file:
            sizes.append(len(file["offsets"]) - 1)
    assert sizes[0] == 60
    assert 5 < sizes[1] < 60
    with pytest.raises(ValueError, match="there is room for"):
        fill_folder(tmp_path / "none", [str(pack)], body=filled, largest=1000)


def test_images_hold_what_is_asked_for(filled):
    for shares, people in (((1.0,), 0), ((0.0, 0.0, 1.0), 2)):
        batches = Batches(filled, "train", 4, lambda _: 129, content=Content(shares=shares, whole=True))
        _, _, states = next(iter(batches))
        assert ((states > 0).any(dim=2).sum(dim=1) == people).all()


def test_released_model_is_what_training_starts_from(filled, tmp_path):
    torch.manual_seed(0)
    network = PoseNet(0.25)
    images = normalised(torch.randint(0, 256, (4, 65, 65, 3), dtype=torch.uint8))
    network(images)  # so that batch norm has something to fold
    network.eval()
    path = tmp_path / "model.tflite"
    path.write_bytes(to_tflite(network))
    again = read_released(path, images)
    assert again.width == 0.25
    # As in training, batch norm measures the batch, and as in use, it does not.
    for mode in (again.train(), again.eval()):
        heads = mode(images)
        for name in HEAD_CHANNELS:
            wanted = network(images)[name]
            # Half floats have eleven bits, and 27 layers add up.
            assert (heads[name] - wanted).abs().max() < 0.05 * wanted.abs().max()
    assert all(weight.requires_grad for weight in again.parameters())
    trainer = Trainer(settings(filled, tmp_path / "output", 16, start=path))
    assert trainer._network.width == 0.25
    np.testing.assert_allclose(
        trainer._network.heads["offset"].bias.detach(), network.heads["offset"].bias.detach(), atol=1e-3
    )


def test_other_files_are_no_start(mini_model, tmp_path):
    images = torch.zeros((1, 3, 65, 65))
    with pytest.raises(ValueError, match="no PoseNet of width"):
        read_released(mini_model, images)
    text = tmp_path / "text.tflite"
    text.write_text("no model at all")
    with pytest.raises(ModelError, match="no TensorFlow Lite model"):
        read_released(text, images)
