# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A PoseNet model file, ready to run: image pixels in, heads out."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from posenet_ros.errors import ModelError
from posenet_ros.geometry import snap_input_size
from posenet_ros.heads import (
    DISPLACEMENTS,
    DISPLACEMENTS_BWD,
    DISPLACEMENTS_FWD,
    HEATMAPS,
    OFFSETS,
    Heads,
    recognise_heads,
)
from posenet_ros.restride import restride
from posenet_ros.runtime import create_interpreter, dequantize
from posenet_ros.skeleton import NUM_EDGES

# Float models take x / 127.5 - 1 of 8-bit RGB (MobileNetV1).
_FLOAT_SCALE = np.float32(1.0 / 127.5)
_FLOAT_SHIFT = np.float32(1.0)


class PoseNetModel:
    """A PoseNet at one output stride and input size.

    :param model_bytes: the ``.tflite`` file
    :param output_stride: 8, 16 or 32 input pixels from one cell of the heads to the next
    :param native_stride: the stride the weights were trained at, 16 or 32
    :param input_size: (height, width), snapped to k * stride + 1; 0 in either place is the file's own
    :param num_threads: of the runtime; 0 means all cores
    :param delegate: path of a TensorFlow Lite delegate library, or empty
    :raises ModelError: if the file cannot be run as a PoseNet
    :raises ValueError: if a stride is not one of the choices
    """

    def __init__(
        self,
        model_bytes: bytes,
        *,
        output_stride: int = 16,
        native_stride: int = 16,
        input_size: tuple[int, int] = (0, 0),
        num_threads: int = 0,
        delegate: str = "",
    ) -> None:
        self.output_stride = output_stride
        self._interpreter = create_interpreter(
            restride(model_bytes, output_stride, native_stride), num_threads=num_threads, delegate=delegate
        )
        self._input = self._check_input()
        own_height, own_width = (int(length) for length in self._input["shape"][1:3])
        self.input_size = snap_input_size(input_size[0] or own_height, input_size[1] or own_width, output_stride)
        if self.input_size != (own_height, own_width):
            self._resize_input()
        self._outputs = self._interpreter.get_output_details()
        self._heads = recognise_heads(self._outputs)
        # With nothing in it, and to find out now what would fail on the first image.
        self.invoke()
        self._check_grid()

    @property
    def input_type(self) -> str:
        """Type of the input tensor, ``float32`` or ``uint8``."""
        return str(np.dtype(self._input["dtype"]).name)

    def describe_heads(self) -> dict[str, str]:
        """Return for each head the name, shape and type of its tensor in the file, as a line of text."""
        outputs = {head: self._outputs[position] for head, position in self._heads.items()}
        return {
            head: f"{output['name']} {output['shape'].tolist()} {np.dtype(output['dtype']).name}"
            for head, output in outputs.items()
        }

    def run(self, image_rgb: NDArray[np.uint8]) -> Heads:
        """Return the heads for an image of the input size: [height, width, 3] uint8, RGB.

        :raises ValueError: if the image has another shape
        :raises ModelError: if the runtime fails
        """
        if image_rgb.shape != (*self.input_size, 3):
            raise ValueError(f"image has shape {image_rgb.shape}, expected {(*self.input_size, 3)}")
        self._write_input(image_rgb)
        self.invoke()
        return self._read_heads()

    def _check_input(self) -> dict[str, Any]:
        details = self._interpreter.get_input_details()
        if len(details) != 1 or len(details[0]["shape"]) != 4 or details[0]["shape"][3] != 3:
            listing = ", ".join(f"{detail['name']} {list(detail['shape'])}" for detail in details)
            raise ModelError(f"this is not a PoseNet model: its inputs are {listing or 'none'}, expected [1, h, w, 3]")
        if details[0]["dtype"] not in (np.float32, np.uint8):
            raise ModelError(
                f"the model takes {np.dtype(details[0]['dtype']).name} images; use a float32 or uint8 model"
            )
        return details[0]

    def _resize_input(self) -> None:
        try:
            self._interpreter.resize_tensor_input(self._input["index"], [1, *self.input_size, 3])
            self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise ModelError(
                f"the model cannot take {self.input_size[0]}x{self.input_size[1]} images: {error};"
                " set input_height and input_width to 0 for its own size"
            ) from error

    def _write_input(self, image_rgb: NDArray[np.uint8]) -> None:
        # A view of the runtime's memory; it must be gone before the runtime runs.
        tensor = self._interpreter.tensor(self._input["index"])()[0]
        if tensor.dtype == np.uint8:
            tensor[...] = image_rgb
        else:
            np.multiply(image_rgb, _FLOAT_SCALE, out=tensor)
            np.subtract(tensor, _FLOAT_SHIFT, out=tensor)

    def invoke(self) -> None:
        """Run the network on whatever its input holds.

        :raises ModelError: if the runtime fails
        """
        try:
            self._interpreter.invoke()
        except (ValueError, RuntimeError) as error:
            raise ModelError(f"the runtime failed on the model: {error}") from error

    def _read_heads(self) -> Heads:
        read = {head: self._read_output(position) for head, position in self._heads.items()}
        if DISPLACEMENTS in read:
            joined = read.pop(DISPLACEMENTS)
            read[DISPLACEMENTS_FWD] = joined[..., : 2 * NUM_EDGES]
            read[DISPLACEMENTS_BWD] = joined[..., 2 * NUM_EDGES :]
        return Heads(
            heatmaps=read[HEATMAPS],
            offsets=read[OFFSETS],
            displacements_fwd=read[DISPLACEMENTS_FWD],
            displacements_bwd=read[DISPLACEMENTS_BWD],
        )

    def _read_output(self, position: int) -> NDArray[np.float32]:
        detail = self._outputs[position]
        return dequantize(self._interpreter.get_tensor(detail["index"])[0], *detail["quantization"])

    def _check_grid(self) -> None:
        expected = tuple((length - 1) // self.output_stride + 1 for length in self.input_size)
        found = self._read_heads().heatmaps.shape[:2]
        if found != expected:
            raise ModelError(
                f"the model's heat maps have {found} cells for an input of {self.input_size} pixels,"
                f" expected {expected} at output stride {self.output_stride}"
            )
