# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The estimator as the node's parameters want it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from posenet_ros.estimator import DecodingOptions, PoseEstimator
from posenet_ros.network.runtime import default_num_threads, find_runtime
from posenet_ros.people import People
from posenet_ros.ros.diagnostics import PoseSettings
from posenet_ros.ros.parameters import NodeParameters
from posenet_ros.store.store import load_model

_DECODING_OPTIONS = tuple(field.name for field in fields(DecodingOptions))
_MODEL_OPTIONS = ("num_threads", "delegate")


class ConfiguredEstimator:
    """Loads the model that the parameters name, and takes over changed parameters before each image.

    :param log: rclpy's logger of the node
    :param on_progress: called with the bytes received and the bytes in all while a model is fetched
    :raises ModelError: if the model cannot be found or run
    """

    def __init__(self, settings: NodeParameters, log: Any, on_progress: Callable[[int, int], None]) -> None:
        self._settings = settings
        self._log = log
        file = load_model(settings["model"], on_progress)
        if file.warning:
            log.warning(file.warning)
        self._model_name = file.name
        self._network = self._wanted_network()
        self._estimator = PoseEstimator(
            file,
            *self._network,
            native_stride=None if file.known else settings["native_stride"],
            **settings.select(_MODEL_OPTIONS + _DECODING_OPTIONS),
        )
        log.info(f"model {file.name}: {self._description()}, {_runtime()}")

    @property
    def inference_seconds(self) -> float:
        """How long the network took for the last image."""
        return self._estimator.inference_seconds

    def estimate(self, image_bgr: NDArray[np.uint8]) -> People:
        """Return the people in an image, [height, width, 3] uint8, with the parameters that are in force now.

        :raises ImageError: if the array is not such an image
        :raises ModelError: if the runtime fails, or cannot run the model as the parameters want it
        """
        self._estimator.options = DecodingOptions(**self._settings.select(_DECODING_OPTIONS))
        wanted = self._wanted_network()
        if wanted != self._network:
            # Remembered even if it fails, so that one change gives one error.
            self._network = wanted
            self._estimator.reconfigure(*wanted)
            self._log.info(f"changed to {self._description()}")
        return self._estimator.estimate(image_bgr)

    def report(self) -> PoseSettings:
        """Return what is in force, for diagnostics."""
        return PoseSettings(
            model=self._model_name,
            stride=self._estimator.output_stride,
            input_size=self._estimator.input_size,
            runtime=_runtime(),
            threads=self._settings["num_threads"] or default_num_threads(),
        )

    def _wanted_network(self) -> tuple[int, tuple[int, int]]:
        return self._settings["output_stride"], (self._settings["input_height"], self._settings["input_width"])

    def _description(self) -> str:
        height, width = self._estimator.input_size
        description = f"output stride {self._estimator.output_stride}, input {height}x{width}"
        asked = self._estimator.snapped_from
        if asked is None:
            return description
        description += f" (of the {asked[0]}x{asked[1]} asked for, as it must be k * stride + 1"
        return description + "; 0 is the model's own)"


def _runtime() -> str:
    runtime = find_runtime()
    return f"{runtime.name} {runtime.version}"
