# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A PoseNet model file, ready to run: image pixels in, heads out."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from posenet_ros.errors import ModelError
from posenet_ros.letterbox import snap_input_size
from posenet_ros.network.graph import Graph, damaged, read_graph
from posenet_ros.network.heads import (
    DISPLACEMENTS,
    DISPLACEMENTS_BWD,
    DISPLACEMENTS_FWD,
    HEATMAPS,
    OFFSETS,
    Heads,
    recognise_heads,
)
from posenet_ros.network.posenet_graph import can_be_restrided, check_graph, gives_probabilities, own_stride
from posenet_ros.network.restride import OUTPUT_STRIDES, check_stride, restride
from posenet_ros.network.runtime import Delegate, create_interpreter, one_line
from posenet_ros.network.trial_run import try_in_other_process
from posenet_ros.skeleton import NUM_EDGES

# Float models take x / 127.5 - 1 of 8-bit RGB (MobileNetV1).
_FLOAT_SCALE = np.float32(1.0 / 127.5)
_FLOAT_SHIFT = np.float32(1.0)

# Probabilities nearer to 0 or 1 are clipped to this, so that their logits stay finite.
_MINIMUM_PROBABILITY = 1e-7

_tried: set[str] = set()
"""Hashes of the files that have run in another process without a crash."""


class PoseNetModel:
    """A PoseNet at one output stride and input size.

    :param model_bytes: the ``.tflite`` file
    :param output_stride: 8, 16 or 32 input pixels from one cell of the heads to the next
    :param native_stride: the stride the weights were trained at, 16 or 32
    :param input_size: (height, width), snapped to k * stride + 1; 0 in either place is the file's own
    :param num_threads: of the runtime; 0 means all cores
    :param delegate: 'PATH' or 'PATH,key=value,...' of a TensorFlow Lite delegate library, or empty
    :param trusted: True skips the trial run in another process, which files from elsewhere need
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
        trusted: bool = False,
    ) -> None:
        check_stride("output_stride", output_stride, OUTPUT_STRIDES)
        self.output_stride = output_stride
        self.graph = read_graph(model_bytes)
        library = Delegate.parse(delegate)
        check_graph(self.graph, library)
        content = _at_stride(model_bytes, self.graph, output_stride, native_stride)
        self.input_size, snapped = _choose_input_size(self.graph, input_size, output_stride)
        self.snapped_from = input_size if snapped else None
        """The requested input size if it did not fit the stride, else None."""

        digest = hashlib.sha256(model_bytes).hexdigest()
        if not trusted and digest not in _tried:
            try_in_other_process(content, self.input_size, library)
            _tried.add(digest)
        self._interpreter = create_interpreter(content, num_threads=num_threads, delegate=library)
        try:
            self._allocate()
            self._input = self._interpreter.get_input_details()[0]
            self._outputs = self._interpreter.get_output_details()
        except UnicodeDecodeError as error:
            raise damaged(f"the name of a tensor: {error}") from error
        self._heads = recognise_heads(self._outputs)
        self._gives_probabilities = gives_probabilities(self.graph, self._heads[HEATMAPS])
        # Anything that would fail on the first image fails now.
        self.write_input(np.zeros((*self.input_size, 3), np.uint8))
        self.invoke()
        self._check_grid()

    def describe_input(self) -> str:
        """Return name, shape, type and quantisation of the input tensor, as a line of text."""
        return _describe_tensor(self._input)

    def describe_heads(self) -> dict[str, str]:
        """Return for each head the name, shape, type and quantisation of its tensor, as a line of text."""
        return {head: _describe_tensor(self._outputs[position]) for head, position in self._heads.items()}

    def run(self, image_rgb: NDArray[np.uint8]) -> Heads:
        """Return the heads for an image of the input size: [height, width, 3] uint8, RGB.

        :raises ValueError: if the image has another shape
        :raises ModelError: if the runtime fails, or the output is not finite
        """
        if image_rgb.shape != (*self.input_size, 3):
            raise ValueError(f"image has shape {image_rgb.shape}, expected {(*self.input_size, 3)}")
        self.write_input(image_rgb)
        self.invoke()
        return self.read_heads()

    def write_input(self, image_rgb: NDArray[np.uint8]) -> None:
        """Write an image into the network's input, scaled as the file needs it."""
        # A view of the runtime's memory; it must be gone before the runtime runs.
        tensor = self._interpreter.tensor(self._input["index"])()[0]
        if tensor.dtype == np.float32:
            np.multiply(image_rgb, _FLOAT_SCALE, out=tensor)
            np.subtract(tensor, _FLOAT_SHIFT, out=tensor)
        elif tensor.dtype == np.uint8:
            tensor[...] = image_rgb
        else:
            # int8 files shift the same values by 128; so does the sign bit.
            np.bitwise_xor(image_rgb, np.uint8(0x80), out=tensor.view(np.uint8))

    def invoke(self) -> None:
        """Run the network on what was written to its input.

        :raises ModelError: if the runtime fails
        """
        try:
            self._interpreter.invoke()
        except (ValueError, RuntimeError) as error:
            raise ModelError(f"the runtime failed on the model: {one_line(error)}") from error

    def read_heads(self) -> Heads:
        """Return the output of the last run.

        :raises ModelError: if the output is not finite
        """
        read = {head: self._read_output(position) for head, position in self._heads.items()}
        # A sum is finite only if all its terms are; it takes a fraction of the time of checking each.
        if not all(np.isfinite(tensor.sum()) for tensor in read.values()):
            raise ModelError("the model's output is not finite: its weights are damaged; fetch it again")
        if DISPLACEMENTS in read:
            joined = read.pop(DISPLACEMENTS)
            read[DISPLACEMENTS_FWD] = joined[..., : 2 * NUM_EDGES]
            read[DISPLACEMENTS_BWD] = joined[..., 2 * NUM_EDGES :]
        heatmaps = read[HEATMAPS]
        if self._gives_probabilities:
            heatmaps = np.clip(heatmaps, _MINIMUM_PROBABILITY, 1.0 - _MINIMUM_PROBABILITY)
            heatmaps = np.log(heatmaps) - np.log1p(-heatmaps)
        return Heads(heatmaps, read[OFFSETS], read[DISPLACEMENTS_FWD], read[DISPLACEMENTS_BWD])

    def _allocate(self) -> None:
        details = self._interpreter.get_input_details()[0]
        try:
            if tuple(details["shape"][1:3]) != self.input_size:
                self._interpreter.resize_tensor_input(details["index"], [1, *self.input_size, 3])
            self._interpreter.allocate_tensors()
        except UnicodeDecodeError:
            raise
        except (ValueError, RuntimeError) as error:
            raise ModelError(
                f"the model cannot take {self.input_size[0]}x{self.input_size[1]} images: {one_line(error)};"
                " set input_height and input_width to 0 for its own size"
            ) from error

    def _read_output(self, position: int) -> NDArray[np.float32]:
        detail = self._outputs[position]
        values = self._interpreter.get_tensor(detail["index"])[0]
        if values.dtype != np.float32:
            scale, zero_point = detail["quantization"]
            values = (values.astype(np.float32) - np.float32(zero_point)) * np.float32(scale)
        return np.asarray(values, np.float32)

    def _check_grid(self) -> None:
        expected = tuple(-(-length // self.output_stride) for length in self.input_size)
        found = self.read_heads().heatmaps.shape[:2]
        if found != expected:
            raise ModelError(
                f"the model's heat maps have {found} cells for an input of {self.input_size} pixels,"
                f" expected {expected} at output stride {self.output_stride}"
            )


def _at_stride(model_bytes: bytes, graph: Graph, output_stride: int, native_stride: int) -> bytes:
    """Return the file at a stride; a file that cannot be rewritten is returned as it is, at its own stride."""
    try:
        return restride(model_bytes, output_stride, native_stride)
    except ModelError as error:
        own = own_stride(graph)
        if own == output_stride:
            return model_bytes
        raise ModelError(f"{error}, which is {own}, not {output_stride}") from error


def _choose_input_size(graph: Graph, wanted: tuple[int, int], stride: int) -> tuple[tuple[int, int], bool]:
    """Return (height, width) to run at, and whether the requested size did not fit the stride."""
    height, width = graph.tensors[graph.inputs[0]].shape[1:3]
    if not any(wanted) and not can_be_restrided(graph):
        # The file's own size is the only one that is known to work.
        return (height, width), False
    asked = (wanted[0] or height, wanted[1] or width)
    size = snap_input_size(*asked, stride)
    return size, size != asked


def _describe_tensor(detail: dict[str, Any]) -> str:
    scale, zero_point = detail["quantization"]
    quantisation = f", scale {scale:.6g}, zero point {zero_point}" if scale else ""
    return f"{detail['name']} {detail['shape'].tolist()} {np.dtype(detail['dtype']).name}{quantisation}"
