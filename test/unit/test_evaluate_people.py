# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The evaluation on annotated photos: what it reads, passes over, and counts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from coco_people import AnnotationError, read_people
from mini_posenet import keypoints_of, paint
from posenet_ros.people import People
from posenet_ros.skeleton import KEYPOINT_NAMES

figures = pytest.importorskip(
    "coco_figures", reason="pycocotools is a dependency of the tools (requirements/tools.in), not of the package"
).figures

TOOLS = Path(__file__).resolve().parents[2] / "tools"
SIZE = (257, 257)
PLACES = [[(33, 21)], [(60, 50)], []]
COCO_NAMES = ["".join(f"_{c.lower()}" if c.isupper() else c for c in name) for name in KEYPOINT_NAMES]


def annotate(image: int, person: np.ndarray, **changes) -> dict:
    numbers = np.column_stack((person, np.full(17, 2))).ravel().tolist()
    return {"image_id": image, "category_id": 1, "keypoints": numbers, **changes}


def write(folder: Path, images: list[dict], annotations: list[dict], names: list[str] = COCO_NAMES) -> Path:
    categories = [{"id": 1, "name": "person", "keypoints": names}]
    path = folder / "people.json"
    path.write_text(json.dumps({"images": images, "annotations": annotations, "categories": categories}))
    return path


@pytest.fixture
def folder(tmp_path) -> Path:
    """Return a folder with two photos of a person each, and one of nobody."""
    images, annotations = [], []
    (tmp_path / "photos").mkdir()
    for number, places in enumerate(PLACES):
        name = f"{number}.png"
        cv2.imwrite(str(tmp_path / "photos" / name), paint(SIZE, places))
        images.append({"id": 10 + number, "file_name": name, "height": SIZE[0], "width": SIZE[1]})
        annotations += [annotate(10 + number, keypoints) for keypoints in keypoints_of(places)]
    write(tmp_path, images, annotations)
    return tmp_path


def content_of(folder: Path) -> dict:
    return json.loads((folder / "people.json").read_text())


def evaluate(folder: Path, *options: str) -> tuple[subprocess.CompletedProcess, dict]:
    report = folder / "report" / "figures.json"
    command = [
        sys.executable,
        str(TOOLS / "evaluate_people.py"),
        "--data",
        str(folder),
        "--json",
        str(report),
        *options,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C"})
    return done, json.loads(report.read_text()) if report.exists() else {}


def found(people: np.ndarray, scores: list[float]) -> People:
    return People(people, np.full(people.shape[:2], 0.9), np.array(scores))


def test_what_is_exact_has_the_highest_figures(folder, mini_model):
    done, report = evaluate(
        folder,
        "--models",
        str(mini_model),
        "--sizes",
        "257x257",
        "289x289",
        "--strides",
        "8",
        "16",
        "--decoders",
        "multi",
    )
    assert done.returncode == 0, done.stderr
    exact = [row for row in report["results"] if row["input_size"] == [257, 257]]
    assert len(exact) == 2
    assert len(report["results"]) == 4
    for row in exact:
        assert (row["ap"], row["ap_50"], row["ar"], row["poses"]) == (1.0, 1.0, 1.0, 2)
        assert row["oks"] == pytest.approx(1.0, abs=1e-4)
        assert row["people"] == 2
    assert done.stdout.count(" 1.000") >= 8


def sweep(folder: Path, model: Path, *arguments: str) -> subprocess.CompletedProcess:
    command = (sys.executable, str(TOOLS / "sweep_people.py"), "--data", str(folder), "--model", str(model), *arguments)
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_sweep_agrees_with_the_evaluation_and_tries_other_values(folder, mini_model):
    some = "--sizes", "257x257", "353x481", "--strides", "16"
    rows = evaluate(folder, "--models", str(mini_model), "--decoders", "multi_refined", "multi", *some)[1]["results"]
    done = sweep(folder, mini_model, *some)
    assert done.returncode == 0, done.stderr
    lines = {" ".join(words[:-6]): words[-6:] for words in map(str.split, done.stdout.splitlines()[1:])}
    wanted = []
    for decoder in ("multi_refined", "multi"):
        own = [row for row in rows if row["decoder"] == decoder]
        wanted += [f"{np.mean([row[name] for row in own]):.3f}" for name in ("ap", "oks")]
        wanted.append(str(sum(row["poses"] for row in own)))
    assert lines["the defaults"] == lines["keypoint_threshold 0.4"] == lines["LEAST_KEYPOINTS 2"] == wanted
    assert int(lines["_SAME_PERSON_FROM 2.0"][2]) >= int(wanted[2])


def test_the_sweep_refuses_a_folder_without_people(tmp_path, mini_model):
    done = sweep(tmp_path, mini_model)
    assert done.returncode == 1
    assert done.stderr.startswith("sweep_people: ")


def test_a_model_that_cannot_be_had_is_named_and_the_others_are_measured(folder, mini_model):
    missing = str(folder / "missing.tflite")
    done, report = evaluate(folder, "--models", missing, str(mini_model), "--sizes", "257x257", "--strides", "16")
    assert done.returncode == 0, done.stderr
    assert missing in done.stderr
    assert {row["model"] for row in report["results"]} == {mini_model.stem}
    assert evaluate(folder, "--models", missing)[0].returncode == 1


def test_odd_photos_are_named_and_passed_over(folder):
    content = content_of(folder)
    (folder / "broken.jpg").write_bytes(b"no photo")
    content["images"] += [{"id": 20, "file_name": "broken.jpg"}, {"id": 21, "file_name": "nowhere.jpg"}]
    content["images"][1]["height"] = 100
    write(folder, content["images"], content["annotations"])
    data = read_people(folder)
    assert [photo.id for photo in data.photos] == [10, 12]
    notes = "\n".join(data.notes)
    assert "broken.jpg is passed over: it cannot be read" in notes
    assert "nowhere.jpg is passed over: there is no such file" in notes
    assert "1.png is passed over: it has 257x257 pixels, but was annotated at 257x100" in notes


def test_odd_annotations_are_named_and_passed_over(folder):
    content = content_of(folder)
    (keypoints,) = keypoints_of([(33, 21)])
    outside = keypoints.copy()
    outside[16] = (300.0, 20.0)
    content["annotations"] = [
        annotate(10, outside),
        annotate(10, keypoints, keypoints=[], num_keypoints=0, bbox=[0, 0, 9, 9]),
        annotate(11, keypoints, iscrowd=1),
        annotate(11, keypoints, keypoints=[1, 2]),
        annotate(99, keypoints),
    ]
    write(folder, content["images"], content["annotations"])
    data = read_people(folder)
    assert [person["num_keypoints"] for person in data.annotations] == [16, 0, 17]
    notes = "\n".join(data.notes)
    for what in ("1 keypoints outside", "1 people without keypoints", "1 crowds", "1 annotations are passed over",
                 "1 annotations belong to no photo"):  # fmt: skip
        assert what in notes


def test_keypoints_are_taken_by_name(folder):
    """Other data sets have other orders, and joints that PoseNet does not know."""
    content = content_of(folder)
    (person,) = keypoints_of([(33, 21)])
    numbers = np.column_stack((person, np.full(17, 2)))[::-1]
    names = ["neck", *COCO_NAMES[::-1]]
    annotation = annotate(10, person, keypoints=[1, 1, 2, *numbers.ravel().tolist()])
    write(folder, content["images"], [annotation], names)
    read = np.reshape(read_people(folder).annotations[0]["keypoints"], (17, 3))
    np.testing.assert_allclose(read[:, :2], person)
    write(folder, content["images"], [annotate(10, person, keypoints=numbers[1:].ravel().tolist())], COCO_NAMES[:0:-1])
    data = read_people(folder)
    assert data.annotations[0]["keypoints"][:3] == [0.0, 0.0, 0.0]
    assert data.annotations[0]["num_keypoints"] == 16


def test_what_is_missing_is_derived(folder):
    (person,) = read_people(folder, limit=1).annotations
    (keypoints,) = keypoints_of(PLACES[0])
    size = np.ptp(keypoints, axis=0)
    assert person["bbox"] == [*keypoints.min(axis=0), *size]
    assert person["area"] == pytest.approx(size.prod() / 2)
    assert person["iscrowd"] == 0


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "holds no JSON file"),
        ({"a.json": "{"}, "cannot be read"),
        ({"a.json": "[]"}, "not in COCO's format"),
        ({"a.json": '{"images": [], "annotations": [{}]}'}, "person_keypoints_"),
        ({"a.json": '{"images": [], "annotations": [{"keypoints": [0, 0, 0]}]}'}, "no photo"),
    ],
)
def test_a_folder_without_people_is_refused_with_the_reason(tmp_path, files, message):
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(AnnotationError, match=message):
        read_people(tmp_path)


def test_of_several_files_one_must_be_chosen(folder):
    (folder / "more.json").write_text((folder / "people.json").read_text())
    with pytest.raises(AnnotationError, match=r"choose with ANNOTATIONS= one of more\.json, people\.json"):
        read_people(folder)
    assert len(read_people(folder, folder / "more.json").photos) == 3


def test_similarity_counts_everybody(folder):
    """One of two people found: half of the similarity, and the size of each person is told apart."""
    dataset = read_people(folder).as_coco()
    result = figures(
        dataset, {10: found(keypoints_of(PLACES[0]), [0.9]), 11: People.nobody()}, {10: 0.5, 11: 2.0, 12: 1.0}
    )
    assert result.oks == pytest.approx(0.5)
    assert result.people_by_length == [0, 1, 0, 0, 1]
    assert result.oks_by_length == [None, pytest.approx(1.0), None, None, pytest.approx(0.0)]
    assert result.ap == pytest.approx(0.5, abs=0.01)
    assert result.ar == pytest.approx(0.5)
    assert result.ap_large is not None


def test_false_poses_count_in_precision_and_those_in_crowds_do_not(folder):
    keypoints = keypoints_of(PLACES[0])
    poses = {10: found(keypoints, [0.5]), 12: found(keypoints, [0.9])}
    scales = dict.fromkeys((10, 11, 12), 1.0)
    dataset = read_people(folder).as_coco()
    dataset["annotations"] = dataset["annotations"][:1]
    assert figures(dataset, poses, scales).ap == pytest.approx(0.5, abs=0.01)
    crowd = {**dataset["annotations"][0], "id": 7, "image_id": 12, "iscrowd": 1}
    dataset["annotations"].append(crowd)
    result = figures(dataset, poses, scales)
    assert result.ap == pytest.approx(1.0)
    assert result.people == 1


def test_nobody_found_is_no_error(folder):
    result = figures(read_people(folder).as_coco(), {}, dict.fromkeys((10, 11, 12), 1.0))
    assert (result.ap, result.ar, result.oks, result.poses) == (0.0, 0.0, 0.0, 0)
