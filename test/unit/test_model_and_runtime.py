# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What the model asks of the runtime, and what it makes of the answers."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from interpreter_double import InterpreterDouble
from posenet_ros.errors import ModelError
from posenet_ros.network import model as model_module
from posenet_ros.network.model import PoseNetModel
from posenet_ros.network.runtime import Delegate, create_interpreter

NOT_UTF_8 = UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte")


def fail_with(error: Exception):
    def fail(*_):
        raise error

    return fail


@pytest.fixture
def runtime(monkeypatch):
    """Return a function after which interpreters have other functions, and a dict of what they are made with."""
    made = {}

    def replace(make=lambda _: {}):
        def create(content, **options):
            made.update(content=content, **options)
            interpreter = create_interpreter(content, num_threads=1)
            return InterpreterDouble(interpreter, **make(interpreter))

        monkeypatch.setattr(model_module, "create_interpreter", create)
        return made

    return replace


@pytest.fixture
def trials(monkeypatch) -> list:
    """Return the trial runs, none of which is made."""
    found: list = []
    monkeypatch.setattr(model_module, "_tried", set())
    monkeypatch.setattr(model_module, "try_in_other_process", lambda *arguments: found.append(arguments))
    return found


def test_tensors_of_a_float_model_are_described(float_model):
    model = PoseNetModel(float_model.read_bytes(), trusted=True)
    assert model.describe_input() == "sub_2 [1, 257, 257, 3] float32"
    heads = model.describe_heads()
    assert list(heads) == ["heatmaps", "offsets", "displacements_fwd", "displacements_bwd"]
    assert heads["offsets"] == "MobilenetV1/offset_2/BiasAdd [1, 17, 17, 34] float32"


def test_tensors_of_a_quantised_model_are_described(quantised_model):
    model = PoseNetModel(quantised_model.read_bytes(), trusted=True)
    assert model.describe_input() == "sub_2 [1, 353, 481, 3] uint8, scale 0.0078125, zero point 128"
    assert model.describe_heads()["displacements"].endswith("[1, 23, 31, 64] uint8, scale 1.38758, zero point 117")


@pytest.mark.parametrize(
    ("dtype", "written"), [(np.float32, [-1.0, 0.003922, 1.0]), (np.uint8, [0, 128, 255]), (np.int8, [-128, 0, 127])]
)
def test_pixels_are_written_as_the_file_needs_them(any_model, monkeypatch, dtype, written):
    model = PoseNetModel(any_model.read_bytes(), trusted=True)
    memory = {model._input["index"]: np.zeros((1, 1, 3, 3), dtype)}
    double = InterpreterDouble(model._interpreter, tensor=lambda index: lambda: memory[index])
    monkeypatch.setattr(model, "_interpreter", double)
    model.write_input(np.repeat(np.array([[[0], [128], [255]]], np.uint8), 3, axis=2))
    np.testing.assert_allclose(*memory.values(), np.repeat(np.reshape(written, (1, 1, 3, 1)), 3, axis=3), atol=1e-6)


def test_quantised_heads_are_scaled_and_joined_displacements_parted(quantised_model):
    model = PoseNetModel(quantised_model.read_bytes(), trusted=True)
    heads = model.run(np.random.default_rng(0).integers(0, 255, (353, 481, 3), np.uint8))
    stored = {detail["name"]: model._interpreter.get_tensor(detail["index"])[0] for detail in model._outputs}
    expected = {"heatmaps": (stored["float_heatmaps"].astype(float) - 128) * 0.0784314}
    moves = (stored["float_mid_offsets"].astype(float) - 117) * 1.38758
    expected["displacements_fwd"], expected["displacements_bwd"] = moves[..., :32], moves[..., 32:]
    for name, values in expected.items():
        found = getattr(heads, name)
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, values, rtol=1e-4, atol=1e-4)


def test_probabilities_of_0_and_1_are_finite_logits(make_variant, monkeypatch):
    model = PoseNetModel(make_variant("with_sigmoid"), trusted=True)
    get_tensor = model._interpreter.get_tensor

    def get(index):
        values = get_tensor(index)
        if index == model._outputs[model._heads["heatmaps"]]["index"]:
            values[0, 0, 0, :3] = 0.0, 0.75, 1.0
        return values

    monkeypatch.setattr(model, "_interpreter", InterpreterDouble(model._interpreter, get_tensor=get))
    logits = model.read_heads().heatmaps[0, 0, :3]
    assert logits[1] == pytest.approx(np.log(3.0))
    assert -18.0 < logits[0] < -14.0
    assert 14.0 < logits[2] < 18.0


@pytest.mark.parametrize("error", [ValueError("out of memory"), RuntimeError("out of memory")])
def test_a_runtime_that_fails_on_an_image_says_why(any_model, monkeypatch, error):
    model = PoseNetModel(any_model.read_bytes(), trusted=True)
    monkeypatch.setattr(model, "_interpreter", InterpreterDouble(model._interpreter, invoke=fail_with(error)))
    with pytest.raises(ModelError, match="out of memory"):
        model.run(np.zeros((*model.input_size, 3), np.uint8))


@pytest.mark.parametrize("error", [ValueError("no room"), RuntimeError("no room")])
def test_an_input_size_that_the_runtime_refuses_is_named_with_the_cure(any_model, runtime, error):
    runtime(lambda _: {"allocate_tensors": fail_with(error)})
    with pytest.raises(ModelError, match=r"257x129.*no room.*input_height"):
        PoseNetModel(any_model.read_bytes(), input_size=(257, 129), trusted=True)


@pytest.mark.parametrize("function", ["get_input_details", "allocate_tensors", "get_output_details"])
def test_names_that_are_no_text_are_damage(any_model, runtime, function):
    runtime(lambda _: {function: fail_with(NOT_UTF_8)})
    with pytest.raises(ModelError, match=r"damaged.*name of a tensor.*start byte"):
        PoseNetModel(any_model.read_bytes(), trusted=True)


@pytest.mark.parametrize(("size", "resized"), [((0, 0), []), ((257, 129), [[1, 257, 129, 3]]), ((257, 257), [])])
def test_the_input_is_resized_only_if_it_has_another_size(float_model, runtime, size, resized):
    shapes = []

    def make(interpreter):
        def resize(index, shape):
            shapes.append(shape)
            interpreter.resize_tensor_input(index, shape)

        return {"resize_tensor_input": resize}

    runtime(make)
    PoseNetModel(float_model.read_bytes(), input_size=size, trusted=True)
    assert shapes == resized


def test_heat_maps_of_another_stride_are_refused_with_both_grids(any_model, monkeypatch):
    model = PoseNetModel(any_model.read_bytes(), trusted=True)
    monkeypatch.setattr(model, "output_stride", 8)
    with pytest.raises(ModelError, match=r"\(17, 17\) cells.*\(257, 257\) pixels.*\(33, 33\) at output stride 8"):
        model._check_grid()


@pytest.mark.parametrize("threads", [0, 3])
def test_the_runtime_is_made_with_the_threads_and_the_delegate_of_the_caller(any_model, runtime, threads):
    made = runtime()
    PoseNetModel(any_model.read_bytes(), num_threads=threads, delegate="lib.so,device=usb", trusted=True)
    assert made["num_threads"] == threads
    assert made["delegate"] == Delegate("lib.so", (("device", "usb"),))


def test_the_trial_has_what_will_be_run(any_model, runtime, trials):
    made = runtime()
    PoseNetModel(any_model.read_bytes(), output_stride=8, input_size=(129, 257), delegate="lib.so")
    assert trials == [(made["content"], (129, 257), Delegate("lib.so"))]
    assert made["content"] != any_model.read_bytes()  # rewritten for the stride


def test_only_files_from_elsewhere_are_tried_and_each_once(any_model, trials):
    content = any_model.read_bytes()
    PoseNetModel(content, trusted=True)
    assert not trials
    PoseNetModel(content)
    PoseNetModel(content)
    assert len(trials) == 1
    PoseNetModel(content + b"\0")
    assert len(trials) == 2


def test_a_trial_that_failed_is_made_again(any_model, trials, monkeypatch):
    content = any_model.read_bytes()
    with monkeypatch.context() as failing:
        failing.setattr(model_module, "try_in_other_process", fail_with(ModelError("crashed")))
        with pytest.raises(ModelError, match="crashed"):
            PoseNetModel(content)
    PoseNetModel(content)
    assert len(trials) == 1


@pytest.mark.parametrize(
    ("restridable", "wanted", "size", "snapped"),
    [
        (False, (0, 0), (224, 200), False),
        (True, (0, 0), (225, 193), True),
        (False, (100, 0), (97, 193), True),
        (False, (0, 97), (225, 97), True),
        (True, (97, 113), (97, 113), False),
    ],
)
def test_a_file_that_cannot_be_rewritten_keeps_its_own_size(monkeypatch, restridable, wanted, size, snapped):
    monkeypatch.setattr(model_module, "can_be_restrided", lambda _: restridable)
    graph = SimpleNamespace(inputs=[1], tensors=[None, SimpleNamespace(shape=(1, 224, 200, 3))])
    assert model_module._choose_input_size(graph, wanted, 16) == (size, snapped)


@pytest.mark.parametrize("name", ["output_stride", "native_stride"])
def test_a_stride_that_no_posenet_has_is_refused_by_its_name(any_model, name):
    with pytest.raises(ValueError, match=f"^{name} is 12"):
        PoseNetModel(any_model.read_bytes(), **{name: 12}, trusted=True)
