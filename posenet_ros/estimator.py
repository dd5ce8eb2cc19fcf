# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""From an image to people: scale, run the network, decode."""

from __future__ import annotations

import threading
import time
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from posenet_ros.decoding.selection import decode
from posenet_ros.errors import ModelError
from posenet_ros.input_image import check_image
from posenet_ros.letterbox import Letterbox
from posenet_ros.network.heads import Heads
from posenet_ros.network.model import PoseNetModel
from posenet_ros.network.runtime import default_num_threads, find_runtime
from posenet_ros.people import People
from posenet_ros.rotation import points_before, size_before, turn_into
from posenet_ros.settings.pose import DecodingSettings, ModelSettings, NetworkSettings, PoseSettings
from posenet_ros.store.catalogue import ModelFile
from posenet_ros.store.download import Progress
from posenet_ros.store.store import load_model


@dataclass(frozen=True)
class EstimatorReport:
    """What an estimator runs with; sizes are (height, width) in pixels.

    ``snapped_from`` is the requested input size if it did not fit the output stride, else None.
    """

    model: str
    output_stride: int
    input_size: tuple[int, int]
    snapped_from: tuple[int, int] | None
    runtime: str
    num_threads: int

    def __str__(self) -> str:
        """Return it as a line of text."""
        text = f"output stride {self.output_stride}, input {self.input_size[0]}x{self.input_size[1]}"
        if self.snapped_from is not None:
            height, width = self.snapped_from
            text += f" (requested {height}x{width}; sizes are k * stride + 1, 0 = the model's own)"
        return text


@dataclass(frozen=True)
class PreparedImage:
    """An image in the size of a model's input: [height, width, 3] uint8 RGB, in memory of its own."""

    pixels: NDArray[np.uint8]
    model: PoseNetModel
    letterbox: Letterbox
    settings: DecodingSettings


@dataclass(frozen=True)
class InferredImage:
    """An image and the network's output for it."""

    prepared: PreparedImage
    heads: Heads


class PoseEstimator:
    """Finds people in images.

    :meth:`estimate` is :meth:`prepare`, :meth:`infer` and :meth:`decode`, which a pipeline of threads may call one by
    one. Threads may share an estimator: the network works on one image at a time, and whoever comes meanwhile waits
    that long; images are prepared and heads decoded side by side. An uncontended lock costs less than a microsecond.
    What the three return shares no memory with the network or with another image. Estimators of their own, with
    ``num_threads=1``, give threads more images a second, for the memory of one network each.

    :param model: name of a model in the store, path of a ``.tflite`` file, the file's bytes, or what
        :func:`posenet_ros.store.store.load_model` returned
    :param output_stride: 8 (most accurate), 16 or 32 (fastest)
    :param input_size: (height, width) of the model input, rounded to k * stride + 1; 0 is the file's own
    :param num_threads: of the runtime, at most 256; 0 means all cores
    :param native_stride: the stride the model was trained at; None = what the store knows, else 16
    :param delegate: 'PATH' or 'PATH,key=value,...' of a TensorFlow Lite delegate library, or empty
    :param settings: ``decoder``, ``max_poses`` and the other fields of
        :class:`posenet_ros.settings.pose.DecodingSettings`
    :raises ModelError: if the model cannot be found or run
    :raises SettingError: if a setting is out of range
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
        **settings: Any,
    ) -> None:
        self.settings = DecodingSettings(**settings)
        """How people are found, unless :meth:`estimate` is told otherwise."""
        self._file = model if isinstance(model, ModelFile) else _load(model)
        self._native_stride = native_stride or self._file.native_stride
        self._num_threads = ModelSettings(num_threads=num_threads).num_threads
        self._delegate = delegate
        self.inference_seconds = 0.0
        """How long the network took for the last image, whichever thread's it was."""
        self._lock = threading.RLock()
        self.reconfigure(output_stride, input_size)

    @classmethod
    def from_settings(cls, settings: PoseSettings, progress: Progress | None = None) -> PoseEstimator:
        """Return the estimator that a node's settings describe.

        :param progress: called with the bytes received and the bytes in all while a model is downloaded
        :raises ModelError: if the model cannot be found or run
        """
        file = load_model(settings.model, progress)
        return cls(
            file,
            settings.output_stride,
            settings.input_size,
            settings.num_threads,
            native_stride=None if file.known else settings.native_stride,
            delegate=settings.delegate,
            **asdict(DecodingSettings.taken_from(settings)),
        )

    def reconfigure(self, output_stride: int, input_size: tuple[int, int] = (0, 0)) -> None:
        """Change output stride and input size; if that fails, the old ones stay.

        :raises ModelError: if the model cannot run at this stride or size
        :raises ValueError: if the stride is not one of the choices
        """
        with self._lock:
            # Remembered even if it fails, so that one change gives one error.
            self._requested = output_stride, input_size
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

    def follow(self, settings: NetworkSettings) -> bool:
        """Reconfigure if the settings differ from the last requested ones; return whether they did.

        :raises ModelError: if the model cannot run at this stride or size
        """
        requested = settings.output_stride, settings.input_size
        with self._lock:
            if requested == self._requested:
                return False
            self.reconfigure(*requested)
        return True

    @property
    def warning(self) -> str:
        """Why the model is another than the requested one; empty if it is that one."""
        return self._file.warning

    @property
    def snapped_from(self) -> tuple[int, int] | None:
        """Return the requested input size if it did not fit the output stride, else None."""
        return self._model.snapped_from

    @property
    def input_size(self) -> tuple[int, int]:
        """Height and width of the model input after rounding, in pixels."""
        return self._model.input_size

    @property
    def output_stride(self) -> int:
        """Distance of two cells of the heads in model-input pixels."""
        return self._model.output_stride

    def report(self) -> EstimatorReport:
        """Return what the estimator runs with."""
        runtime = find_runtime()
        return EstimatorReport(
            model=self._file.name,
            output_stride=self.output_stride,
            input_size=self.input_size,
            snapped_from=self.snapped_from,
            runtime=f"{runtime.name} {runtime.version}",
            num_threads=self._num_threads or default_num_threads(),
        )

    def estimate(self, image_bgr: NDArray[np.uint8], settings: DecodingSettings | None = None) -> People:
        """Return the people in an image, in its pixels, best score first.

        :param image_bgr: [height, width, 3] uint8 in OpenCV's channel order; need not be contiguous
        :param settings: how people are found in this image; None = the settings of the constructor
        :raises ImageError: if the array is not such an image
        :raises ModelError: if the runtime fails
        """
        return self.decode(self.infer(self.prepare(image_bgr, settings)))

    def prepare(self, image_bgr: NDArray[np.uint8], settings: DecodingSettings | None = None) -> PreparedImage:
        """Return an image scaled and turned for the network; arguments and errors as of :meth:`estimate`."""
        image_bgr = check_image(image_bgr)
        settings, model = settings or self.settings, self._model
        # Scaled first: there is less to turn.
        canvas = np.empty((*size_before(model.input_size, settings.rotation), 3), np.uint8)
        letterbox = Letterbox.fit(image_bgr.shape[:2], canvas.shape[:2])
        letterbox.resize_into(image_bgr, canvas)
        pixels = np.empty((*model.input_size, 3), np.uint8) if settings.rotation else canvas
        if settings.rotation:
            turn_into(canvas, settings.rotation, pixels)
        cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB, dst=pixels)
        return PreparedImage(pixels, model, letterbox, settings)

    def infer(self, prepared: PreparedImage) -> InferredImage:
        """Return an image with the network's output.

        :raises ModelError: if the runtime fails
        """
        with self._lock:
            start = time.perf_counter()
            heads = prepared.model.run(prepared.pixels)
            self.inference_seconds = time.perf_counter() - start
        return InferredImage(prepared, heads)

    def decode(self, inferred: InferredImage) -> People:
        """Return the people in the network's output, in the image's pixels, best score first."""
        prepared = inferred.prepared
        people = decode(inferred.heads, prepared.model.output_stride, prepared.settings)
        keypoints = points_before(people.keypoints, prepared.model.input_size, prepared.settings.rotation)
        return people.moved_to(prepared.letterbox.to_image(keypoints))


def _load(model: str | Path | bytes) -> ModelFile:
    file = load_model(model)
    if file.warning:
        warnings.warn(file.warning, RuntimeWarning, stacklevel=3)
    return file
