# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The whole way from an image to people, for Python users and for the node alike."""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from posenet_ros.decoding import decode_multiple_poses, decode_multiple_poses_refined, decode_single_pose
from posenet_ros.decoding.duplicates import without_duplicates
from posenet_ros.errors import ImageError, ModelError
from posenet_ros.letterbox import Letterbox
from posenet_ros.network.heads import Heads
from posenet_ros.network.model import PoseNetModel
from posenet_ros.people import People
from posenet_ros.store.catalogue import ModelFile
from posenet_ros.store.store import load_model

DECODERS = ("multi", "multi_refined", "single")

_CANDIDATES_PER_POSE = 3


@dataclass(frozen=True)
class DecodingOptions:
    """How people are found in the heads; may change from image to image.

    :param decoder: ``multi`` (several people, the steps of TF.js), ``multi_refined`` (several people, bilinear)
        or ``single`` (the best of each key point, for one person)
    :param max_poses: most people in one image
    :param pose_threshold: least pose score, 0 to 1, of a person that is returned
    :param keypoint_threshold: least key point score, 0 to 1, that starts a person
    :param nms_radius: distance in model-input pixels within which equal key points are one person's
    :raises ValueError: if a value is out of range
    """

    decoder: str = "multi"
    max_poses: int = 5
    pose_threshold: float = 0.1
    keypoint_threshold: float = 0.5
    nms_radius: float = 20.0

    def __post_init__(self) -> None:
        """Check the values."""
        if self.decoder not in DECODERS:
            raise ValueError(f"decoder is '{self.decoder}', expected one of {', '.join(DECODERS)}")
        if self.max_poses < 1:
            raise ValueError(f"max_poses is {self.max_poses}, expected at least 1")
        for name in ("pose_threshold", "keypoint_threshold"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name} is {getattr(self, name)}, expected 0 to 1")
        if not self.nms_radius >= 0.0:
            raise ValueError(f"nms_radius is {self.nms_radius}, expected 0 or more")


def decode(heads: Heads, stride: int, options: DecodingOptions) -> People:
    """Return the people in the heads, in model-input pixels, best score first."""
    if options.decoder == "single":
        people = decode_single_pose(heads.heatmaps, heads.offsets, stride)
    else:
        refined = options.decoder == "multi_refined"
        people = (decode_multiple_poses_refined if refined else decode_multiple_poses)(
            heads.heatmaps,
            heads.offsets,
            heads.displacements_fwd,
            heads.displacements_bwd,
            stride,
            # Duplicates must not take the places of people.
            max_poses=_CANDIDATES_PER_POSE * options.max_poses,
            score_threshold=options.pose_threshold if refined else options.keypoint_threshold,
            nms_radius=options.nms_radius,
        )
    enough = people.scores >= options.pose_threshold
    enough &= people.keypoint_scores.max(axis=1, initial=0.0) >= options.keypoint_threshold
    best_first = np.argsort(-people.scores, kind="stable")
    people = without_duplicates(people.select(best_first[enough[best_first]]))
    return people if len(people) <= options.max_poses else people.select(np.s_[: options.max_poses])


def _load(model: str | Path | bytes) -> ModelFile:
    file = load_model(model)
    if file.warning:
        warnings.warn(file.warning, RuntimeWarning, stacklevel=3)
    return file


class PoseEstimator:
    """Finds people in images.

    :param model: name of a model in the store, path of a ``.tflite`` file, the file's bytes, or what
        :func:`posenet_ros.store.store.load_model` returned
    :param output_stride: 8 (most accurate), 16 or 32 (fastest)
    :param input_size: (height, width) of the model input, snapped to k * stride + 1; 0 is the file's own
    :param num_threads: of the runtime; 0 means all cores
    :param native_stride: the stride the model was trained at; None takes what the store knows, else 16
    :param delegate: 'PATH' or 'PATH,key=value,...' of a TensorFlow Lite delegate library, or empty
    :param options: ``decoder``, ``max_poses`` and the other fields of :class:`DecodingOptions`
    :raises ModelError: if the model cannot be found or run
    :raises ValueError: if an option is out of range
    """

    def __init__(
        self,
        model: str | Path | bytes | ModelFile,
        output_stride: int = 16,
        input_size: tuple[int, int] = (0, 0),
        num_threads: int = 0,
        *,
        native_stride: int | None = None,
        delegate: str = "",
        **options: Any,
    ) -> None:
        self.options = DecodingOptions(**options)
        self._file = model if isinstance(model, ModelFile) else _load(model)
        self._native_stride = native_stride or self._file.native_stride
        self._num_threads = num_threads
        self._delegate = delegate
        self.inference_seconds = 0.0
        """How long the network took for the last image."""
        self.reconfigure(output_stride, input_size)

    def reconfigure(self, output_stride: int, input_size: tuple[int, int] = (0, 0)) -> None:
        """Change output stride and input size; if that fails, the old ones stay.

        :raises ModelError: if the model cannot be run like that
        :raises ValueError: if the stride is not one of the choices
        """
        try:
            self._model = PoseNetModel(
                self._file.content,
                output_stride=output_stride,
                native_stride=self._native_stride,
                input_size=input_size,
                num_threads=self._num_threads,
                delegate=self._delegate,
                trusted=self._file.known,
            )
        except ModelError as error:
            raise ModelError(f"{self._file.name}: {error}") from error
        self._canvas = np.zeros((*self._model.input_size, 3), np.uint8)

    @property
    def snapped_from(self) -> tuple[int, int] | None:
        """Return the input size that was asked for, where it did not fit the output stride, else None."""
        return self._model.snapped_from

    @property
    def input_size(self) -> tuple[int, int]:
        """Height and width of the model input after snapping, in pixels."""
        return self._model.input_size

    @property
    def output_stride(self) -> int:
        """Distance of two cells of the heads in model-input pixels."""
        return self._model.output_stride

    def estimate(self, image_bgr: NDArray[np.uint8]) -> People:
        """Return the people in an image, in its pixels, best score first.

        :param image_bgr: [height, width, 3] uint8 in OpenCV's channel order; need not be contiguous
        :raises ImageError: if the array is not such an image
        :raises ModelError: if the runtime fails
        """
        if image_bgr.ndim != 3 or image_bgr.shape[2] != 3 or image_bgr.dtype != np.uint8 or not image_bgr.size:
            raise ImageError(
                f"image has shape {image_bgr.shape} and type {image_bgr.dtype}, expected [height, width, 3] uint8"
            )
        letterbox = Letterbox.fit(image_bgr.shape[:2], self._model.input_size)
        letterbox.resize_into(image_bgr, self._canvas)
        cv2.cvtColor(self._canvas, cv2.COLOR_BGR2RGB, dst=self._canvas)
        start = time.perf_counter()
        heads = self._model.run(self._canvas)
        self.inference_seconds = time.perf_counter() - start
        people = decode(heads, self._model.output_stride, self.options)
        return people.moved_to(letterbox.to_image(people.keypoints))
