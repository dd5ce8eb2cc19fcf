# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Huge bags in segments of time: people are found in parallel, and tracked in order afterwards.

Only finding people takes long, and it needs nothing of the images before. Tracking, with the motion of the camera, and
smoothing take a small part of that: they run over the whole bag at the end, so that no seam can be told from any other
place.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from posenet_ros.errors import ImageError
from posenet_ros.estimator import PoseEstimator
from posenet_ros.offline.bag_files import BagFiles, is_compressed
from posenet_ros.offline.found_people import Step, find_people
from posenet_ros.offline.frames import Frame, frames
from posenet_ros.offline.locations import Location, is_local
from posenet_ros.offline.recording import Recording
from posenet_ros.offline.request import Request
from posenet_ros.offline.stage_thread import Items
from posenet_ros.offline.topics import find_cameras
from posenet_ros.people import People
from posenet_ros.settings.pose import PoseSettings

_PEOPLE_ARRAYS = ("keypoints", "keypoint_scores", "scores")


@dataclass(frozen=True)
class _Entry:
    """What was found in an image; ``problem`` is why it could not be read."""

    image_size: tuple[int, int]
    people: People
    problem: str = ""


_CHANGED = _Entry(
    (0, 0), People.nobody(), "the bag has changed since its people were looked for: remove its .segments folder"
)


@dataclass(frozen=True)
class Segment:
    """A part of a bag, one of ``number``: from ``start`` to before ``stop`` in nanoseconds of recording."""

    index: int
    number: int
    start: int
    stop: int

    def file_name(self, request: Request, bag: BagFiles) -> str:
        """Return a name that only what is found with the same request in the same bag has."""
        content = json.dumps([request.fingerprint(bag), self.start, self.stop], sort_keys=True)
        return f"{self.index:06d}-{hashlib.sha256(content.encode()).hexdigest()[:16]}.npz"


def plan_segments(recording: Recording, seconds: float) -> list[Segment]:
    """Return the segments of a bag, of equal length and near the one that is wanted; none of a short or damaged bag."""
    length = recording.end_time - recording.start_time
    number = math.floor(length / (seconds * 1e9) + 0.5)
    if number < 2 or recording.notes or any(map(is_compressed, recording.bag.files)):
        return []
    edges = [recording.start_time + length * index // number for index in range(number + 1)]
    return [Segment(index, number, edges[index], edges[index + 1]) for index in range(number)]


def estimate_segment(
    bag: BagFiles,
    request: Request,
    segment: Segment,
    folder: Location,
    make_estimator: Callable[[PoseSettings], PoseEstimator],
) -> int:
    """Find the people in a segment's images, and keep them in a file; return the number of images.

    :param folder: of the files of all segments
    :raises BagError: if the bag cannot be read
    """
    target = folder / segment.file_name(request, bag)
    if target.exists():
        return 0
    recording = Recording(bag, Path())
    settings = request.settings
    cameras = find_cameras(
        recording, request.topics, prefer_compressed=settings.image_transport == "compressed", depth=settings.depth
    )
    stream = frames(recording, cameras, start=segment.start, stop=segment.stop)
    found: dict[str, list[_Entry]] = defaultdict(list)
    with closing(find_people(stream, make_estimator(settings), settings, overlap=request.overlap)) as everything:
        for frame, people in everything:
            if frame.image is None or people is None:
                found[frame.topic].append(_Entry((0, 0), People.nobody(), str(frame.problem)))
            else:
                found[frame.topic].append(_Entry((frame.image.shape[0], frame.image.shape[1]), people))
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{target.name}.tmp" if is_local(folder) else target
    with part.open("wb") as file:
        np.savez(file, allow_pickle=False, **_as_arrays(found))
    if part != target:
        part.rename(target)
    return sum(map(len, found.values()))


def _as_arrays(found: dict[str, list[_Entry]]) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = {"topics": np.array(list(found), np.str_)}
    for place, entries in enumerate(found.values()):
        arrays[f"sizes_{place}"] = np.array([entry.image_size for entry in entries], np.int64)
        arrays[f"problems_{place}"] = np.array([entry.problem for entry in entries], np.str_)
        arrays[f"counts_{place}"] = np.array([len(entry.people) for entry in entries], np.int64)
        for name in _PEOPLE_ARRAYS:
            arrays[f"{name}_{place}"] = np.concatenate([getattr(entry.people, name) for entry in entries])
    return arrays


def _read_entries(file: Location, topic: str) -> Iterator[_Entry]:
    with file.open("rb") as source, np.load(source) as arrays:
        topics = arrays["topics"].tolist()
        if topic not in topics:
            return
        place = topics.index(topic)
        sizes, problems, counts = (arrays[f"{name}_{place}"].tolist() for name in ("sizes", "problems", "counts"))
        of_people = [arrays[f"{name}_{place}"] for name in _PEOPLE_ARRAYS]
    begin = 0
    for size, problem, number in zip(sizes, problems, counts, strict=True):
        which = slice(begin, begin + number)
        begin += number
        yield _Entry((size[0], size[1]), People(*(array[which] for array in of_people)), problem)


def _read_all_entries(files: Sequence[Location], topic: str) -> Iterator[_Entry]:
    return chain.from_iterable(_read_entries(file, topic) for file in files)


def known_people(messages: Items[Frame], files: Sequence[Location], topics: Collection[str]) -> Items[Step[People]]:
    """Yield each message, in order, with the people that were found in its image, as :func:`find_people` does.

    :param files: of the segments, in their order
    :param topics: of images
    """
    known = {topic: _read_all_entries(files, topic) for topic in topics}
    with closing(messages):
        for frame in messages:
            entry = next(known[frame.topic], _CHANGED) if frame.topic in known else None
            if entry is None or frame.camera is None:
                yield frame, None
            elif entry.problem:
                yield replace(frame, problem=frame.problem or ImageError(entry.problem)), None
            else:
                # Where pixels are not wanted, size alone counts.
                image = np.broadcast_to(np.uint8(0), (*entry.image_size, 3)) if frame.image is None else frame.image
                yield replace(frame, image=image), entry.people
