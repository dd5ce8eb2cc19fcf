# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

# pytest knows a setting for this from version 7 on; Humble has 6.
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))
sys.path.insert(0, str(Path(__file__).resolve().parent / "browser"))
sys.path.insert(0, str(Path(__file__).resolve().parent / "integration"))
sys.path.insert(0, str(Path(__file__).resolve().parent))
# At the end, so that an installed posenet_ros comes first.
sys.path.append(str(Path(__file__).resolve().parents[1]))

from posenet_ros.skeleton import KEYPOINT_NAMES
from posenet_ros.store.catalogue import bundled_path

REPOSITORY = Path(__file__).resolve().parents[1]
FLOAT_MODEL = "posenet_mobilenet_v1_075_257x257.tflite"
DATA_VARIABLE = "POSENET_ROS_TEST_DATA"


def find_test_data() -> Path | None:
    """Return the folder with real weights, photos and reference results, which are not part of the project."""
    for folder in (os.environ.get(DATA_VARIABLE), REPOSITORY.parent / "shared"):
        if folder and (Path(folder) / "models").is_dir():
            return Path(folder)
    return None


@pytest.fixture(scope="session")
def test_data() -> Path:
    folder = find_test_data()
    if folder is None:
        pytest.skip(f"no real weights: neither ${DATA_VARIABLE} nor ../shared holds a folder 'models'")
    return folder


@pytest.fixture(scope="session")
def float_model(test_data: Path) -> Path:
    return test_data / "models" / FLOAT_MODEL


@pytest.fixture(scope="session")
def any_model() -> Path:
    """Return the real float model, or else the bundled one: enough for whatever asks for no figures."""
    folder = find_test_data()
    return folder / "models" / FLOAT_MODEL if folder else bundled_path()


@pytest.fixture(scope="session")
def quantised_model(test_data: Path) -> Path:
    return test_data / "models" / "posenet_mobilenet_v1_075_353x481_quant.tflite"


@pytest.fixture(scope="session")
def couple(test_data: Path) -> np.ndarray:
    return cv2.imread(str(test_data / "images" / "test_couple.jpg"))


@pytest.fixture(scope="session")
def mini_model(tmp_path_factory) -> Path:
    """Return the file of a model that is exact by construction, on images of 257x257 pixels."""
    pytest.importorskip("ai_edge_litert.schema_py_generated", reason="only LiteRT's schema has classes to build models")
    path = tmp_path_factory.mktemp("mini") / "mini.tflite"
    from mini_posenet import build  # noqa: PLC0415 - needs what the line above asks for

    path.write_bytes(build())
    return path


@pytest.fixture(scope="session")
def person_path() -> Path:
    return REPOSITORY / "test" / "data" / "person.png"


@pytest.fixture(scope="session")
def person(person_path: Path) -> np.ndarray:
    return cv2.imread(str(person_path))


@pytest.fixture(scope="session")
def person_keypoints() -> np.ndarray:
    """Return where the keypoints of the drawn person are, [17, 2] x, y."""
    truth = json.loads((REPOSITORY / "test" / "data" / "person.json").read_text())
    return np.array([truth[name] for name in KEYPOINT_NAMES])
