# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Times of the stages from an image to a message, and of the decoders, each as medians in one run."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import cv2
import numpy as np
import rclpy
from rclpy.context import Context
from rclpy.publisher import Publisher
from rclpy.serialization import serialize_message
from std_msgs.msg import Header

from posenet_ros.camera_model import PinholeCamera
from posenet_ros.decoding import decode_multiple_poses, decode_multiple_poses_refined
from posenet_ros.decoding.selection import decode
from posenet_ros.depth import DepthImage, locate
from posenet_ros.estimator import PoseEstimator
from posenet_ros.letterbox import Letterbox
from posenet_ros.msg import PoseArray
from posenet_ros.network.model import PoseNetModel
from posenet_ros.people import People
from posenet_ros.ros.messages.images import to_bgr, to_image_message
from posenet_ros.ros.messages.poses import to_pose_array
from posenet_ros.ros.messages.serialized_image import read_serialized_image
from posenet_ros.ros.qos import OUTPUT
from posenet_ros.skeleton import NUM_KEYPOINTS, TREE_EDGES
from posenet_ros.store.store import load_model
from posenet_ros.tracking.smoother import PeopleSmoother
from posenet_ros.tracking.tracker import PersonTracker

ROOT = Path(__file__).resolve().parents[1]
WARM_UP = 10
Times = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Case:
    """One way to run the network; sizes are (height, width)."""

    input_size: tuple[int, int]
    stride: int
    image_size: tuple[int, int] = (480, 640)
    threads: int = 2

    def __str__(self) -> str:
        sizes = [f"{width}x{height}" for height, width in (self.image_size, self.input_size)]
        return f"{sizes[0]:>10} -> {sizes[1]:<8} stride {self.stride:<3} {self.threads} threads"


def measure(steps: dict[str, Callable[[], object]], runs: int) -> Times:
    """Return median and 95th percentile in ms of each step; the steps take turns, so that all meet the same noise."""
    times: dict[str, list[float]] = {name: [] for name in steps}
    for run in range(runs + WARM_UP):
        for name, step in steps.items():
            start = time.perf_counter()
            step()
            if run >= WARM_UP:  # the first ones warm caches and clocks
                times[name].append(1e3 * (time.perf_counter() - start))
    return {
        name: {"median_ms": float(np.median(values)), "p95_ms": float(np.percentile(values, 95))}
        for name, values in times.items()
    }


def two_people(size: tuple[int, int]) -> np.ndarray:
    """Return a picture of two drawn people, [height, width, 3] uint8 BGR."""
    person = cv2.imread(str(ROOT / "test" / "data" / "person.png"))[:, 160:480]
    return cv2.resize(np.concatenate((person, person), axis=1), size[::-1])


@contextmanager
def pose_publisher() -> Iterator[Publisher]:
    """Give a publisher of poses whom nobody hears: what it takes to serialize them and hand them on."""
    context = Context()
    rclpy.init(context=context)
    node = rclpy.create_node("bench_stages", context=context)
    try:
        yield node.create_publisher(PoseArray, "pose", OUTPUT)
    finally:
        node.destroy_node()
        context.try_shutdown()


def bench_stages(model: str, case: Case, runs: int, publisher: Publisher) -> Times:
    """Return the times of the stages, of the whole estimate, and of all that the node does with an image."""
    file = load_model(model)
    estimator = PoseEstimator(file, case.stride, case.input_size, case.threads)
    network = PoseNetModel(
        file.content,
        output_stride=case.stride,
        native_stride=file.native_stride,
        input_size=case.input_size,
        num_threads=case.threads,
        trusted=file.known,
    )
    image = two_people(case.image_size)
    serialized = serialize_message(to_image_message(image, Header()))
    view = read_serialized_image(serialized)
    letterbox = Letterbox.fit(image.shape[:2], network.input_size)
    canvas = np.zeros((*network.input_size, 3), np.uint8)
    letterbox.resize_into(image, canvas)
    heads = network.run(canvas)
    people = estimator.estimate(image)
    tracker, smoother, clock = PersonTracker(), PeopleSmoother(), count(1)
    tracked = tracker.update(people, 0.0)
    poses = to_pose_array(tracked, Header(), image.shape[:2])
    return measure(
        {
            "unpack": lambda: read_serialized_image(serialized),
            "view": lambda: to_bgr(view),
            "resize": lambda: letterbox.resize_into(image, canvas),
            "normalise": lambda: network.write_input(canvas),
            "invoke": network.invoke,
            "read": network.read_heads,
            "decode": lambda: decode(heads, case.stride, estimator.settings),
            "map back": lambda: letterbox.to_image(people.keypoints),
            "track": lambda: tracker.update(people, next(clock) / 30.0),
            "smooth": lambda: smoother.update(tracked, next(clock) / 30.0),
            "message": lambda: to_pose_array(tracked, Header(), image.shape[:2]),
            "publish": lambda: publisher.publish(poses),
            "estimate": lambda: estimator.estimate(image),
        },
        runs,
    )


def make_heads(people: int, size: tuple[int, int], stride: int) -> tuple[np.ndarray, ...]:
    """Return the heads, as the decoders take them, that a perfect network gives for people side by side."""
    truth = np.array(list(json.loads((ROOT / "test" / "data" / "person.json").read_text()).values()))
    figure = (truth - truth.min(axis=0)) / np.ptp(truth[:, 1])
    rows = 1 if people <= 5 else 2
    columns = -(-people // rows)
    tall = 0.85 * size[0] / rows
    grid = -(-size[0] // stride), -(-size[1] // stride)
    heatmaps = np.full((*grid, NUM_KEYPOINTS), -6.0, np.float32)
    offsets = np.zeros((*grid, 2, NUM_KEYPOINTS), np.float32)
    forward = np.zeros((*grid, 2, len(TREE_EDGES)), np.float32)
    backward = np.zeros_like(forward)
    for person in range(people):
        corner = np.array(((person % columns + 0.1) * size[1] / columns, (person // columns + 0.05) * size[0] / rows))
        points = (figure * tall + corner)[:, ::-1]  # y, x
        for part, point in enumerate(points):
            nearest = np.clip(np.rint(point / stride).astype(int), 1, np.array(grid) - 2)
            around = np.s_[nearest[0] - 1 : nearest[0] + 2, nearest[1] - 1 : nearest[1] + 2]
            heatmaps[around][..., part] = np.maximum(heatmaps[around][..., part], 1.0)
            heatmaps[nearest[0], nearest[1], part] = 4.0
            cells = np.stack(np.meshgrid(*(np.arange(3) + n - 1 for n in nearest), indexing="ij"), axis=-1)
            offsets[around][..., part] = point - cells * stride
            for edge, (parent, child) in enumerate(TREE_EDGES):
                if part == parent:
                    forward[around][..., edge] = points[child] - cells * stride
                if part == child:
                    backward[around][..., edge] = points[parent] - cells * stride
    flat = (tensor.reshape(*grid, -1) for tensor in (offsets, forward, backward))
    return heatmaps, *flat


def bench_decoders(counts: tuple[int, ...], size: tuple[int, int], stride: int, runs: int) -> dict[int, Times]:
    """Return the times of both decoders for each number of people."""
    results = {}
    for people in counts:
        heads = make_heads(people, size, stride)
        found = len(decode_multiple_poses(*heads, stride, max_poses=people))
        assert found == people, f"{found} of {people} people are decoded"
        steps: dict[str, Callable[[], object]] = {
            name: lambda decoder=decoder, heads=heads, people=people: decoder(*heads, stride, max_poses=people)
            for name, decoder in (("multi", decode_multiple_poses), ("multi_refined", decode_multiple_poses_refined))
        }
        results[people] = measure(steps, runs)
    return results


def bench_tracking_and_depth(people_count: int, runs: int) -> Times:
    """Return what tracking, smoothing and depth take, in 640x480 and with a lens to correct."""
    truth = np.array(list(json.loads((ROOT / "test" / "data" / "person.json").read_text()).values()))
    shifts = np.column_stack((np.linspace(-250.0, 250.0, people_count), np.zeros(people_count)))
    keypoints = truth * 0.6 + (130.0, 80.0) + shifts[:, None]
    people = People(keypoints, np.full((people_count, 17), 0.9), np.full(people_count, 0.9))
    rng = np.random.default_rng(0)
    depth = DepthImage(rng.choice(np.array((0, 2500, 4500), np.uint16), (480, 640)), 0.001)
    camera = PinholeCamera(525.0, 525.0, 319.5, 239.5, "plumb_bob", (-0.3, 0.1, 0.001, -0.001, 0.0))
    tracker, smoother = PersonTracker(), PeopleSmoother()
    tracked = tracker.update(people, 0.0)
    clock = count(1)
    return measure(
        {
            "tracking": lambda: tracker.update(people, next(clock) / 30.0),
            "smoothing": lambda: smoother.update(tracked, next(clock) / 30.0),
            "depth": lambda: locate(tracked, depth, (480, 640), camera),
        },
        runs,
    )
