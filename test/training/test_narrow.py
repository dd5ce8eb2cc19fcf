# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import sys

import pytest

pytest.importorskip("torch", reason="training dependencies are not installed: see 'make test-training'")
pytest.importorskip("numba", reason="training dependencies are not installed: see 'make test-training'")

import torch
from photo_helpers import nobody_photo, person_photo

from training import lessons as teaching
from training import narrow as narrowing
from training.channels import narrow
from training.checkpoint import Checkpoint, read_network, write_network
from training.export import to_tflite
from training.least_squares import LeastSquares
from training.lessons import Lessons
from training.network import LAST, PoseNet
from training.packs import write_pack
from training.settings import read_settings
from training.supply import Supply

SIZE = (65, 65)
WIDE = 1024
SHARED = 5


@pytest.fixture(scope="module")
def supply():
    return Supply(torch.device("cpu"), [*(person_photo(n) for n in range(6)), nobody_photo()], None)


@pytest.fixture(scope="module")
def network(supply):
    torch.manual_seed(0)
    network = PoseNet(0.25, WIDE)
    for images in [supply.batch(number, SIZE, 16).images for number in range(8)] * 5:
        network(images)  # so that batch norm knows what comes
    network.eval().requires_grad_(False)
    # So that it is sure of something.
    network.heads["heatmap"].weight.mul_(10.0)
    network.heads["heatmap"].bias.zero_()
    return network


@pytest.fixture(scope="module")
def lessons(supply, network):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(teaching, "SIZE", SIZE)
        made = Lessons(supply, network, SHARED, nobody_every=0)
        yield [made.make(number) for number in range(8)]


def error(network, lessons):
    """Return the squared error of the heads as a share of their variance, the mean of all."""
    shares = []
    with torch.no_grad():
        for lesson in lessons:
            heads = network.finish(lesson.features.float(), SHARED)
            shares += [(heads[n] - a.float()).square().mean() / a.float().var() for n, a in lesson.answers.items()]
    return float(torch.stack(shares).mean())


def first_pairs(network, pairs):
    names = ("stem", *(f"trunk.{k}." for k in range(2 * pairs)))
    return {name: value for name, value in network.state_dict().items() if name.startswith(names)}


def test_least_squares_keeps_the_inputs_that_the_outputs_depend_on():
    torch.manual_seed(1)
    inputs = torch.randn(500, 8)
    # An input that says the same as two others is not needed.
    inputs[:, 0] = inputs[:, 2] + inputs[:, 5]
    outputs = torch.stack((inputs[:, 2] - 2.0 * inputs[:, 5] + 3.0, 0.5 * inputs[:, 7]), dim=1)
    fit = LeastSquares(8, 2)
    for half in (slice(0, 250), slice(250, 500)):
        fit.add(inputs[half], outputs[half], torch.ones(250))
    chosen = fit.choose(3, torch.ones(2))
    assert len(set(chosen.tolist()) & {0, 2, 5}) == 2
    assert 7 in chosen
    weights, bias = fit.fit(chosen)
    found = inputs[:, chosen].double() @ weights.T + bias
    torch.testing.assert_close(found, outputs.double(), atol=2e-3, rtol=0.0)


def test_least_squares_counts_outputs_and_samples_as_told():
    torch.manual_seed(2)
    inputs = torch.randn(400, 2)
    first = torch.arange(400) < 200
    outputs = torch.where(first[:, None], inputs, inputs.flip(1))
    for counted, weight in ((first, 1.0), (~first, -1.0)):
        fit = LeastSquares(2, 2)
        fit.add(inputs, outputs, counted.double() + 1e-6)
        assert fit.choose(1, torch.tensor([1.0, 1e-3])).tolist() == [0 if weight > 0.0 else 1]
        assert fit.choose(1, torch.tensor([1e-3, 1.0])).tolist() == [1 if weight > 0.0 else 0]


def test_a_narrowed_network_has_the_shapes_of_a_new_one_and_the_layers_before_unchanged(network, lessons):
    made = narrow(network, lessons[:2], SHARED, 512)
    assert made.last == 512
    new = PoseNet(0.25, 512).state_dict()
    assert {n: v.shape for n, v in made.state_dict().items()} == {n: v.shape for n, v in new.items()}
    for name, value in first_pairs(network, 11).items():
        assert torch.equal(made.state_dict()[name], value)
    images = torch.randn(1, 3, *SIZE)
    assert {n: h.shape for n, h in made(images).items()} == {n: h.shape for n, h in network(images).items()}


def test_with_all_its_channels_a_network_answers_as_before(network, lessons):
    assert error(narrow(network, lessons[:6], SHARED, WIDE), lessons[6:]) < 1e-2


def test_least_squares_answers_better_than_leaving_channels_out(network, lessons):
    fitted = narrow(network, lessons[:6], SHARED, 512)
    dropped = PoseNet(0.25, 512).eval().requires_grad_(False)
    state = network.state_dict()
    inputs, outputs = (strongest(state[f"trunk.{layer}.0.weight"], 128) for layer in (23, 25))
    for name, value in dropped.state_dict().items():
        given = state[name]
        if name.startswith(("trunk.23", "trunk.24", "trunk.25")) and given.ndim:
            given = given[outputs if name.startswith("trunk.25") else inputs]
        if name == "trunk.25.0.weight":
            given = given[:, inputs]
        if name.startswith("heads") and given.ndim > 1:
            given = given[:, outputs]
        value.copy_(given)
    assert error(fitted, lessons[6:]) < 0.5 * error(dropped, lessons[6:])


def strongest(weights, count):
    """Return the indices of the channels with the largest weights."""
    return weights.flatten(1).abs().sum(dim=1).topk(count).indices.sort().values


@pytest.mark.parametrize("last", [0, 2048])
def test_no_channels_or_more_than_there_are_is_an_error(network, lessons, last):
    with pytest.raises(ValueError, match=rf"{last} channels are asked for, and the network's last two pairs have 1024"):
        narrow(network, lessons[:1], SHARED, last)


def run(monkeypatch, *options):
    """Run the command on small images."""
    monkeypatch.setattr("training.validation._IMAGES", 2)
    monkeypatch.setattr(narrowing, "_CHOOSING", 2)
    monkeypatch.setattr(teaching, "SIZE", SIZE)
    monkeypatch.setattr(teaching, "BATCH", 4)
    monkeypatch.setattr(sys, "argv", ["narrow", *(str(option) for option in options)])
    narrowing.main()


@pytest.fixture
def files(network, tmp_path):
    """Return options with wide weights, photos and a place for narrow weights."""
    write_network(tmp_path / "wide.pt", network)
    write_pack(tmp_path / "pack.npz", [*(person_photo(n, held_out=n == 0) for n in range(4)), nobody_photo()])
    return ("--output", tmp_path / "narrow.pt", "--photos", tmp_path / "pack.npz", "--cache", tmp_path / "cache")


def test_the_command_narrows_weights_and_goes_on_from_them(network, files, tmp_path, monkeypatch, capsys):
    (tmp_path / "teacher.tflite").write_bytes(to_tflite(network))
    start = ("--start", tmp_path / "wide.pt", "--teacher", tmp_path / "teacher.tflite")
    run(monkeypatch, *start, *files, "--seconds", "0.5")
    assert "512 of 1024 channels" in capsys.readouterr().out
    first = read_network(tmp_path / "narrow.pt")
    assert first.last == LAST
    assert read_settings(("--start", str(tmp_path / "narrow.pt"))).start == tmp_path / "narrow.pt"
    options = ("--start", tmp_path / "narrow.pt", "--wide", tmp_path / "wide.pt", "--seconds", "0.5", "--report", "0")
    options += ("--teacher-of-composed", tmp_path / "wide.pt")
    run(monkeypatch, *options, *files)
    printed = capsys.readouterr().out
    assert "of 1024 channels" not in printed
    assert "images/s" in printed
    assert f"go on with START={tmp_path / 'narrow.pt'} WIDE={tmp_path / 'wide.pt'}" in printed
    second = read_network(tmp_path / "narrow.pt")
    changed = {name for name, value in second.state_dict().items() if not torch.equal(value, first.state_dict()[name])}
    assert changed
    assert changed.isdisjoint(first_pairs(network, 5))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--start", "none.pt"), "there is no file 'none.pt'"),
        (("--start", "wide.pt", "--wide", "narrow.pt", "--last", "256"), "not allowed with argument"),
        (("--start", "wide.pt", "--pair", "13"), "invalid choice: 13"),
        (("--start", "wide.pt", "--seconds", "-1"), "-1 is no number of seconds"),
        (("--start", "wide.pt", "--photos", "none.npz"), "there is no 'none.npz'"),
    ],
)
def test_arguments_are_checked_before_any_work(options, message, files, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write_network(tmp_path / "narrow.pt", PoseNet(0.25))
    with pytest.raises(SystemExit):
        run(monkeypatch, *files, *options)
    assert message in capsys.readouterr().err


def test_weights_that_were_not_narrowed_from_the_wide_ones_are_refused(files, tmp_path, monkeypatch):
    write_network(tmp_path / "other.pt", PoseNet(0.25))
    wide = ("--start", tmp_path / "other.pt", "--wide", tmp_path / "wide.pt")
    with pytest.raises(ValueError, match=r"first 5 pairs of .*other.pt are not those of .*wide.pt: give the weights"):
        run(monkeypatch, *wide, *files)
    with pytest.raises(ValueError, match=r"2048 channels are asked for, .* choose from 1 to 1024"):
        # Before anybody is looked for.
        run(monkeypatch, "--start", tmp_path / "wide.pt", "--last", "2048", *files, "--photos")
    (tmp_path / "model.tflite").write_bytes(b"TFL3 no weights")
    with pytest.raises(ValueError, match=r"model.tflite holds no trained network: give a checkpoint.pt"):
        run(monkeypatch, "--start", tmp_path / "model.tflite", *files)


def test_nobody_to_learn_from_is_an_error(files, tmp_path, monkeypatch):
    with pytest.raises(OSError, match="there is nobody to learn from: no photos were given and no renders are in"):
        run(monkeypatch, "--start", tmp_path / "wide.pt", *files, "--photos")


def test_weights_say_how_wide_their_network_is_and_files_of_earlier_versions_load(network, tmp_path):
    torch.save({"width": 0.25, "averaged": network.state_dict()}, tmp_path / "old.pt")
    old = read_network(tmp_path / "old.pt")
    assert (old.width, old.last) == (0.25, WIDE)
    parts = {"network": {}, "averaged": network.state_dict(), "optimizer": {}, "step": 3}
    torch.save({"width": 0.25, **parts}, tmp_path / "checkpoint.pt")
    assert Checkpoint.read(tmp_path / "checkpoint.pt").step == 3
    assert read_network(tmp_path / "checkpoint.pt").last == WIDE


def test_new_networks_are_as_narrow_as_googles():
    assert read_settings(()).last == PoseNet(0.75).last == 512
    assert PoseNet(0.75).trunk[-1][0].out_channels == 384
    assert read_settings(("--last", "1024")).last == WIDE
