# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Photos with people annotated as in COCO: reads the JSON, finds the photos, names what cannot be used.

Format: https://cocodataset.org/#format-data (keypoint detection). What is missing there and can be derived is
derived: the number of keypoints, boxes, areas.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from posenet_ros.skeleton import KEYPOINT_NAMES, NUM_KEYPOINTS

# COCO measures the area of outlines; the box around a standing person has about twice that.
OUTLINE_OF_BOX = 0.5
CATEGORY = {"id": 1, "name": "person", "keypoints": list(KEYPOINT_NAMES)}


class AnnotationError(Exception):
    """The folder holds nothing that can be used; the message says why."""


@dataclass(frozen=True)
class Photo:
    """One photo of a data set, with its id there."""

    id: int
    path: Path


@dataclass(frozen=True)
class AnnotatedPhotos:
    """Photos that can be read, and the people in them.

    ``annotations``: those of COCO, each with ``keypoints`` (17 times x, y, v in PoseNet's order),
    ``num_keypoints``, ``bbox``, ``area`` and ``iscrowd``. ``notes``: what was passed over, a line each.
    """

    source: Path
    photos: list[Photo]
    annotations: list[dict[str, Any]]
    notes: list[str]

    def as_coco(self) -> dict[str, Any]:
        """Return the data set in COCO's format, with one category."""
        images = [{"id": photo.id, "file_name": photo.path.name} for photo in self.photos]
        return {"images": images, "annotations": self.annotations, "categories": [CATEGORY]}


def read_people(
    folder: Path,
    annotations: Path | None = None,
    limit: int | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> AnnotatedPhotos:
    """Read a folder of photos, anywhere in it, with keypoints in COCO's JSON format.

    :param annotations: the JSON file; by default the only one with keypoints in the folder or its ``annotations``
    :param limit: read only so many photos
    :param progress: called with the number of photos looked at, and of all
    :raises AnnotationError: if there is no such JSON, or no photo that can be read
    """
    if not folder.is_dir():
        raise AnnotationError(f"there is no folder '{folder}'")
    source, content = _find_annotations(folder, annotations)
    notes: list[str] = []
    images = content["images"][:limit]
    photos: list[Photo] = []
    sizes: dict[int, tuple[int, int]] = {}
    places = {path.name: path for path in sorted(folder.rglob("*")) if path.is_file()}
    for number, image in enumerate(images, 1):
        path, size, problem = _look_at(image, folder, places)
        if problem:
            notes.append(f"photo {image.get('file_name', image.get('id'))} is passed over: {problem}")
        else:
            photos.append(Photo(image["id"], path))
            sizes[image["id"]] = size
        progress(number, len(images))
    if not photos:
        raise AnnotationError(f"no photo of '{source}' can be used: {notes[0] if notes else 'it lists none'}")
    known = {image.get("id") for image in content["images"]}
    return AnnotatedPhotos(source, photos, _read_annotations(content, sizes, known, notes), notes)


def _find_annotations(folder: Path, chosen: Path | None) -> tuple[Path, dict[str, Any]]:
    if chosen:
        return chosen, _read_json(chosen)
    paths = [*sorted(folder.glob("*.json")), *sorted(folder.glob("annotations/*.json"))]
    paths = [path for path in paths if "keypoints" in path.name] or paths
    contents: dict[Path, dict[str, Any]] = {}
    problem = "there is none in it"
    for path in paths:
        try:
            contents[path] = _read_json(path)
        except AnnotationError as error:
            problem = str(error)
    if not contents:
        raise AnnotationError(f"'{folder}' holds no JSON file of COCO keypoints: {problem}")
    if len(contents) > 1:
        names = ", ".join(str(path.relative_to(folder)) for path in contents)
        raise AnnotationError(f"'{folder}' holds several JSON files: choose with ANNOTATIONS= one of {names}")
    return next(iter(contents.items()))


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise AnnotationError(f"'{path}' cannot be read: {error}") from error
    if not isinstance(content, dict) or not all(
        isinstance(content.get(key), list) for key in ("images", "annotations")
    ):
        raise AnnotationError(f"'{path}' is not in COCO's format: it lacks the lists 'images' and 'annotations'")
    if not any(annotation.get("keypoints") for annotation in content["annotations"]):
        raise AnnotationError(f"'{path}' has no keypoints; COCO's are in person_keypoints_*.json")
    return content


def _look_at(image: dict[str, Any], folder: Path, places: dict[str, Path]) -> tuple[Path, tuple[int, int], str]:
    """Return path, (height, width) and what is wrong with a photo."""
    name = str(image.get("file_name", ""))
    path = folder / name
    if not path.is_file():
        path = places.get(Path(name).name, path)
    if "id" not in image or not name:
        return path, (0, 0), "the JSON gives it no id or no file_name"
    if not path.is_file():
        return path, (0, 0), "there is no such file"
    pixels = cv2.imread(str(path))
    if pixels is None:
        return path, (0, 0), "it cannot be read"
    height, width = pixels.shape[:2]
    if (image.get("height", height), image.get("width", width)) != (height, width):
        annotated = f"{image.get('width')}x{image.get('height')}"
        return path, (0, 0), f"it has {width}x{height} pixels, but was annotated at {annotated}"
    return path, (height, width), ""


def _read_annotations(
    content: dict[str, Any], sizes: dict[int, tuple[int, int]], known: set[Any], notes: list[str]
) -> list[dict[str, Any]]:
    orders = {category.get("id"): _order(category) for category in content.get("categories", [])}
    people: list[dict[str, Any]] = []
    counts: Counter[str] = Counter()
    for annotation in content["annotations"]:
        image = annotation.get("image_id")
        order = orders.get(annotation.get("category_id"), list(range(NUM_KEYPOINTS)) if not orders else None)
        if image not in sizes:
            counts["annotations belong to no photo of the file"] += image not in known
        elif order is not None:
            person = _read_person(annotation, order, sizes[image], counts)
            if person:
                people.append({**person, "id": len(people) + 1, "image_id": image, "category_id": CATEGORY["id"]})
    counts["crowds are not counted, nor are poses in them"] = sum(person["iscrowd"] for person in people)
    counts["people without keypoints are not counted, nor are poses on them"] = sum(
        not person["num_keypoints"] and not person["iscrowd"] for person in people
    )
    notes += [f"{count} {what}" for what, count in counts.items() if count]
    return people


def _order(category: dict[str, Any]) -> list[int] | None:
    """Return where each keypoint of PoseNet is in a category's list, -1 for nowhere; None if that is not of people."""
    names = ["".join(filter(str.isalnum, str(name))).lower() for name in category.get("keypoints", [])]
    if not names:
        return list(range(NUM_KEYPOINTS)) if category.get("name") == "person" else None
    order = [names.index(name.lower()) if name.lower() in names else -1 for name in KEYPOINT_NAMES]
    return order if any(place >= 0 for place in order) else None


def _read_person(
    annotation: dict[str, Any], order: list[int], size: tuple[int, int], counts: Counter[str]
) -> dict[str, Any] | None:
    try:
        numbers = np.array(annotation.get("keypoints") or [0.0] * 3 * (max(order) + 1), float).reshape(-1, 3)
        keypoints = np.array([numbers[place] if place >= 0 else (0.0, 0.0, 0.0) for place in order])
        box = np.array(annotation.get("bbox") or _box(keypoints), float).reshape(4)
        area = float(annotation.get("area") or box[2] * box[3] * OUTLINE_OF_BOX)
    except (ValueError, TypeError, IndexError):
        counts["annotations are passed over: their numbers are not those of COCO's format"] += 1
        return None
    x, y, visibility = keypoints.T
    outside = (visibility > 0) & ((x < 0) | (y < 0) | (x >= size[1]) | (y >= size[0]))
    counts["keypoints outside of their photo are not counted"] += int(outside.sum())
    keypoints[outside | (visibility <= 0)] = 0.0
    return {
        "keypoints": keypoints.ravel().tolist(),
        "num_keypoints": int((keypoints[:, 2] > 0).sum()),
        "bbox": box.tolist(),
        "area": area,
        "iscrowd": int(bool(annotation.get("iscrowd", 0))),
    }


def _box(keypoints: np.ndarray) -> list[float]:
    """Return x, y, width and height of the box around the labelled keypoints."""
    labelled = keypoints[keypoints[:, 2] > 0, :2]
    return [*labelled.min(axis=0), *np.ptp(labelled, axis=0)] if len(labelled) else [0.0] * 4
