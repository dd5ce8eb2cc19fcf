# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import shutil

import numpy as np
import pytest

pytest.importorskip("torch", reason="training dependencies are not installed: see 'make test-training'")
pytest.importorskip("numba", reason="training dependencies are not installed: see 'make test-training'")

import torch

from posenet_ros.errors import ModelError
from training.batches import Batches
from training.checkpoint import Checkpoint
from training.compose import Content
from training.export import to_tflite
from training.network import HEAD_CHANNELS, PoseNet, normalised
from training.released import read_released
from training.train import Settings, Trainer


def settings(filled, output, images, **more):
    return Settings(
        filled, output, images, width=0.25, batch=4, workers=0, device="cpu", stages=((65, 0.5), (81, 0.5)), **more
    )


def weights_of(trainer):
    return torch.cat([value.flatten() for value in trainer._network.state_dict().values() if value.is_floating_point()])


def test_training_goes_on_where_it_was_interrupted(filled, tmp_path, monkeypatch):
    monkeypatch.setattr("training.train._VALIDATION_IMAGES", 2)
    whole = Trainer(settings(filled, tmp_path / "whole", 16))
    whole.run()
    # As if it had been interrupted after two of four steps: the schedule is that of all.
    first = Trainer(settings(filled, tmp_path / "parts", 16))
    stop_after(first, 2)
    second = Trainer(settings(filled, tmp_path / "parts", 16))
    second.run()
    torch.testing.assert_close(weights_of(second), weights_of(whole), rtol=1e-3, atol=1e-4)


@pytest.mark.skipif(shutil.which("g++") is None, reason="there is no C++ compiler to compile the network with")
def test_compiled_network_learns_the_same(filled, tmp_path):
    batch = next(iter(Batches(filled, "train", 4, lambda _: 65)))
    trainers = [Trainer(settings(filled, tmp_path / str(way), 16, compile=way)) for way in (False, True)]
    losses = [trainer._learn(batch) for trainer in trainers]
    # Processors with bfloat16 keep eight bits, and the two round at other places.
    torch.testing.assert_close(*losses, rtol=2e-2, atol=1e-3)
    for trainer in trainers:
        trainer._write()
    names = [Checkpoint.read(tmp_path / way / "checkpoint.pt").network.keys() for way in ("False", "True")]
    assert names[0] == names[1]


def stop_after(trainer, steps):
    """Run so many steps and write the checkpoint."""
    batches = iter(Batches(trainer._settings.cache, "train", 4, trainer._size_of))
    for _ in range(steps):
        trainer._learn(next(batches))
    trainer._write()


def test_sizes_follow_from_the_number_of_the_batch(filled):
    batches = iter(Batches(filled, "train", 2, lambda number: 65 if number < 2 else 97, first=1))
    images = [next(batches)[0] for _ in range(3)]
    assert [image.shape[1] for image in images] == [65, 97, 97]


def test_images_hold_what_is_asked_for(filled):
    for shares, people in (((1.0,), 0), ((0.0, 0.0, 1.0), 2)):
        batches = Batches(filled, "train", 4, lambda _: 129, content=Content(shares=shares, whole=True))
        _, _, states = next(iter(batches))
        assert ((states > 0).any(dim=2).sum(dim=1) == people).all()


def test_released_model_is_what_training_starts_from(filled, tmp_path):
    torch.manual_seed(0)
    network = PoseNet(0.25)
    images = torch.randint(0, 256, (4, 65, 65, 3), dtype=torch.uint8)
    network(normalised(images))  # so that batch norm has something to fold
    network.eval()
    path = tmp_path / "model.tflite"
    path.write_bytes(to_tflite(network))
    again = read_released(path, images)
    assert again.width == 0.25
    # As in training, batch norm measures the batch, and as in use, it does not.
    for mode in (again.train(), again.eval()):
        heads = mode(normalised(images))
        for name in HEAD_CHANNELS:
            wanted = network(normalised(images))[name]
            # Half floats have eleven bits, and 27 layers add up.
            assert (heads[name] - wanted).abs().max() < 0.05 * wanted.abs().max()
    assert all(weight.requires_grad for weight in again.parameters())
    trainer = Trainer(settings(filled, tmp_path / "output", 16, start=path))
    assert trainer._network.width == 0.25
    np.testing.assert_allclose(
        trainer._network.heads["offset"].bias.detach(), network.heads["offset"].bias.detach(), atol=1e-3
    )


def test_other_files_are_no_start(mini_model, tmp_path):
    images = torch.zeros((1, 65, 65, 3), dtype=torch.uint8)
    with pytest.raises(ValueError, match="no PoseNet of width"):
        read_released(mini_model, images)
    text = tmp_path / "text.tflite"
    text.write_text("no model at all")
    with pytest.raises(ModelError, match="no TensorFlow Lite model"):
        read_released(text, images)
