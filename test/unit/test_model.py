# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Model files of every kind: what runs, what is refused, and how."""

from __future__ import annotations

import contextlib
import random

import numpy as np
import pytest

from interpreter_double import InterpreterDouble
from posenet_ros.errors import ModelError
from posenet_ros.letterbox import Letterbox
from posenet_ros.network import runtime, trial_run
from posenet_ros.network.graph import read_graph
from posenet_ros.network.model import PoseNetModel
from posenet_ros.network.posenet_graph import can_be_restrided, own_stride
from posenet_ros.network.restride import restride
from posenet_ros.network.runtime import Delegate


@pytest.fixture(scope="session")
def picture(person) -> np.ndarray:
    """Return the drawn person at 257x257, RGB."""
    canvas = np.zeros((257, 257, 3), np.uint8)
    Letterbox.fit(person.shape[:2], (257, 257)).resize_into(person, canvas)
    return canvas[..., ::-1].copy()


def heads_at(content: bytes, stride: int, image: np.ndarray):
    return PoseNetModel(content, output_stride=stride, input_size=image.shape[:2], trusted=True).run(image)


@pytest.mark.parametrize("stride", [8, 16, 32])
@pytest.mark.parametrize(
    ("variant", "tolerance"), [("half_float", 0.1), ("dynamic_range", 1.5), ("with_sigmoid", 1e-3)]
)
def test_variants_are_restrided_and_agree_with_the_float_model(
    float_model, make_variant, picture, variant, tolerance, stride
):
    expected = heads_at(float_model.read_bytes(), stride, picture)
    found = heads_at(make_variant(variant), stride, picture)
    assert found.heatmaps.shape == expected.heatmaps.shape
    sure = expected.heatmaps > 0.0
    assert sure.sum() >= 17
    assert np.abs(found.heatmaps - expected.heatmaps)[sure].max() < tolerance


def test_foreign_trunk_runs_at_its_own_stride_and_is_refused_at_others(make_variant, picture):
    content = make_variant("with_foreign_trunk")
    assert not can_be_restrided(read_graph(content))
    assert own_stride(read_graph(content)) == 32
    assert heads_at(content, 32, picture).heatmaps.shape == (9, 9, 17)
    with pytest.raises(
        ModelError, match=r"at layer 2: ADD instead of DEPTHWISE_CONV_2D.*1 ADD.*own stride, which is 32"
    ):
        heads_at(content, 16, picture)


@pytest.mark.parametrize(
    ("name", "cure"),
    [("PosenetDecoderOp", "use a file with raw heads"), ("edgetpu-custom-op", "set 'delegate' to the path")],
)
def test_custom_operators_are_refused_with_the_cure(make_variant, name, cure):
    with pytest.raises(ModelError, match=cure):
        PoseNetModel(make_variant("with_custom_operator", name))


@pytest.mark.parametrize("trusted", [True, False])
def test_a_model_for_an_edge_tpu_is_taken_with_a_delegate(make_variant, trusted):
    """What is refused here is the library, which is not there."""
    content = make_variant("with_custom_operator", "edgetpu-custom-op")
    with pytest.raises(ModelError, match=r"^the delegate library '/nowhere/libedgetpu\.so' cannot be loaded.*plugged"):
        PoseNetModel(content, delegate="/nowhere/libedgetpu.so,device=usb", trusted=trusted)


def test_quantised_heads_are_in_the_units_of_the_float_model(float_model, quantised_model, couple):
    canvas = np.zeros((353, 481, 3), np.uint8)
    Letterbox.fit(couple.shape[:2], (353, 481)).resize_into(couple, canvas)
    expected = heads_at(float_model.read_bytes(), 16, canvas[..., ::-1].copy())
    found = heads_at(quantised_model.read_bytes(), 16, canvas[..., ::-1].copy())
    for head in ("heatmaps", "displacements_fwd", "displacements_bwd"):
        slope, _ = np.polyfit(getattr(expected, head).ravel(), getattr(found, head).ravel(), 1)
        assert 0.7 < slope < 1.3, head
    assert np.abs(found.offsets).max() <= 10.04  # uint8 holds no more


@pytest.mark.parametrize(
    ("wanted", "stride", "used", "snapped"),
    [
        ((0, 0), 16, (257, 257), None),
        ((353, 481), 16, (353, 481), None),
        ((480, 640), 16, (481, 641), (480, 640)),
        ((0, 200), 8, (257, 201), (0, 200)),
        ((33, 33), 32, (33, 33), None),
    ],
)
def test_input_size_is_snapped_and_told(float_model, wanted, stride, used, snapped):
    model = PoseNetModel(float_model.read_bytes(), output_stride=stride, input_size=wanted)
    assert model.input_size == used
    assert model.snapped_from == snapped
    assert model.run(np.zeros((*used, 3), np.uint8)).heatmaps.shape[:2] == tuple((n - 1) // stride + 1 for n in used)


def test_image_of_another_size_is_refused(float_model):
    with pytest.raises(ValueError, match="expected"):
        PoseNetModel(float_model.read_bytes()).run(np.zeros((256, 257, 3), np.uint8))


def test_heads_do_not_change_with_the_next_image(float_model, picture):
    """What run() returns is the caller's, not the runtime's memory."""
    model = PoseNetModel(float_model.read_bytes())
    heads = model.run(picture)
    before = heads.heatmaps.copy()
    model.run(np.zeros_like(picture))
    np.testing.assert_array_equal(heads.heatmaps, before)


def test_number_of_threads_does_not_change_the_answer(float_model, picture):
    answers = [PoseNetModel(float_model.read_bytes(), num_threads=n).run(picture).heatmaps for n in (1, 2, 0)]
    for answer in answers[1:]:
        np.testing.assert_allclose(answer, answers[0], atol=1e-4)


@pytest.mark.parametrize(
    ("text", "path", "options"),
    [
        ("libedgetpu.so.1", "libedgetpu.so.1", ()),
        ("/opt/lib.so,device=usb:0, performance=max", "/opt/lib.so", (("device", "usb:0"), ("performance", "max"))),
    ],
)
def test_delegate_options_are_parsed(text, path, options):
    assert Delegate.parse(text) == Delegate(path, options)


def test_no_delegate():
    assert Delegate.parse("") is None


@pytest.mark.parametrize(("delegate", "word"), [("/nowhere/lib.so", "cannot be loaded"), ("lib.so,fast", "key=value")])
def test_delegate_that_fails_is_named(float_model, delegate, word):
    with pytest.raises(ModelError, match=word):
        PoseNetModel(float_model.read_bytes(), delegate=delegate, trusted=True)


def test_runtime_that_is_missing_is_named(monkeypatch):
    monkeypatch.setattr(runtime, "_CANDIDATES", (("ai-edge-litert", "no_such_module.interpreter"),))
    runtime.find_runtime.cache_clear()
    with pytest.raises(ModelError, match="pip install ai-edge-litert"):
        runtime.find_runtime()
    runtime.find_runtime.cache_clear()


def test_crash_of_the_runtime_is_an_error_not_the_end(float_model, monkeypatch):
    monkeypatch.setattr(trial_run, "_PROGRAM", ("-c", "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"))
    content = float_model.read_bytes() + b"\0"  # never tried before
    with pytest.raises(ModelError, match=r"crashed on the model \(signal 11\)"):
        PoseNetModel(content)


def test_runtime_that_does_not_end_is_an_error(float_model, monkeypatch):
    monkeypatch.setattr(trial_run, "_PROGRAM", ("-c", "import time; time.sleep(60)"))
    monkeypatch.setattr(trial_run, "_TIMEOUT_S", 0.5)
    with pytest.raises(ModelError, match=r"did not finish with the model in 0\.5 s"):
        PoseNetModel(float_model.read_bytes() + b"\0\0")


def test_trial_is_made_once_for_a_file(float_model, monkeypatch):
    content = float_model.read_bytes() + b"\0\0\0"
    PoseNetModel(content)
    monkeypatch.setattr(trial_run, "_PROGRAM", ("-c", "raise SystemExit(1)"))
    PoseNetModel(content, output_stride=8)


@pytest.mark.parametrize("length", [0, 3, 8, 100, 5_000, 1_000_000, 5_000_000])
def test_truncated_files_end_in_one_error(float_model, length):
    with pytest.raises(ModelError):
        PoseNetModel(float_model.read_bytes()[:length])


@pytest.mark.parametrize("seed", range(4))
def test_random_bytes_end_in_one_error(seed):
    noise = np.random.default_rng(seed).integers(0, 256, 20_000, np.uint8).tobytes()
    for content in (noise, noise[:4] + b"TFL3" + noise[8:], b"\x1c\0\0\0TFL3" + noise):
        with pytest.raises(ModelError):
            PoseNetModel(content)


# Places in the two models where a fuzz run of 2,000 single-byte changes found something that got past an
# earlier version of the checks: a name that is no UTF-8, memory without end, options outside the file.
@pytest.mark.parametrize(("model", "seed"), [("float_model", 1286), ("float_model", 1831), ("quantised_model", 312)])
def test_changes_that_once_got_through(request, model, seed):
    # tflite-runtime can run one of them.
    with contextlib.suppress(ModelError):
        PoseNetModel(change_one_byte(request.getfixturevalue(model).read_bytes(), seed), input_size=(257, 257))


@pytest.mark.parametrize("model", ["float_model", "quantised_model"])
def test_single_byte_changes_run_or_end_in_one_error(request, model):
    """A sample of the fuzz run; most changes hit weights and are harmless."""
    content = request.getfixturevalue(model).read_bytes()
    image = np.zeros((33, 33, 3), np.uint8)
    refused = 0
    for seed in range(10_000, 10_012):
        try:
            PoseNetModel(change_one_byte(content, seed), input_size=(33, 33)).run(image)
        except ModelError:
            refused += 1
    assert refused < 12


def change_one_byte(content: bytes, seed: int) -> bytes:
    """Change one byte; two times in three in the structure, which lies at both ends of the file."""
    rng = random.Random(seed)
    size = len(content)
    place = rng.choice([rng.randrange(size), rng.randrange(4096), size - 1 - rng.randrange(45_000)])
    changed = bytearray(content)
    changed[place] ^= 1 << rng.randrange(8) if rng.random() < 0.5 else rng.randrange(1, 256)
    return bytes(changed)


def test_rewritten_file_differs_only_where_layers_point_to_their_options(float_model):
    content = float_model.read_bytes()
    rewritten = restride(content, 8)
    changed = [i for i, (a, b) in enumerate(zip(content, rewritten, strict=False)) if a != b]
    assert 0 < len(changed) <= 13 * 4
    assert len(rewritten) - len(content) < 1024


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("head", range(4))
def test_an_answer_that_is_not_finite_is_an_error(any_model, picture, monkeypatch, head, bad):
    """Whichever head it is: people at no place would be published otherwise."""
    model = PoseNetModel(any_model.read_bytes())
    get_tensor = model._interpreter.get_tensor
    broken = list(model._heads.values())[head]

    def get(index):
        tensor = get_tensor(index)
        if index == model._outputs[broken]["index"]:
            tensor[0, 2, 3, 1] = bad
        return tensor

    monkeypatch.setattr(model, "_interpreter", InterpreterDouble(model._interpreter, get_tensor=get))
    with pytest.raises(ModelError, match="not finite"):
        model.run(picture)
