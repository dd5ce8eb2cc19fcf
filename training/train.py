# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Trains a PoseNet on photos, renders or both, on a GPU if there is one.

Interrupt it and start it again, and it goes on from its last checkpoint. Images are made on the device that learns.
Renders are made by other processes meanwhile.
"""

from __future__ import annotations

import atexit
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import cv2
import torch
from torch import Tensor

from training.checkpoint import AveragedWeights, Checkpoint, read_network
from training.losses import loss_parts, teacher_parts
from training.network import PoseNet, mixed_precision, network_for
from training.optimizer import Optimizer
from training.released import read_as_teacher, read_released
from training.settings import Settings, Size, read_settings
from training.supply import Batch, Supply
from training.teacher import TAUGHT_PAIRS, Hints, share_beside_labels
from training.validation import Validation

_MEASURED_IMAGES = 64
_REFRESH_STEPS = 50


class Trainer:
    """A network in training.

    :raises FileExistsError: if there is a checkpoint and a start too
    :raises OSError: if there is nothing to learn from
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._path = settings.output / "checkpoint.pt"
        saved = Checkpoint.read(self._path) if self._path.exists() else None
        if saved is not None and settings.start is not None:
            raise FileExistsError(
                f"{self._path} holds a training already: leave START out to go on with it,"
                f" or choose another output folder to begin anew from {settings.start}"
            )
        self._step = saved.step if saved is not None else 0
        self._elapsed = saved.elapsed if saved is not None else 0.0
        if self.finished:
            return
        torch.manual_seed(settings.seed)
        name = settings.device
        self._device = torch.device(("cuda" if torch.cuda.is_available() else "cpu") if name == "auto" else name)
        if self._device.type == "cuda":
            torch.backends.cudnn.benchmark = True
            torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
        photos = settings.read_photos()
        self._renderer = _start_renderer(settings)
        self._supply = Supply(
            self._device,
            photos,
            settings.cache,
            (max(settings.people, 2_000), max(settings.backgrounds, 500)),
            settings.shares,
            seed=settings.seed,
            compiled=settings.compile and self._device.type == "cuda",
        )
        self._validation = Validation(photos, settings.cache)
        self._wait_for_somebody()
        self._network = self._first_network(saved).to(self._device, memory_format=torch.channels_last)
        self._averaged = AveragedWeights(self._network)
        self._teacher = self._read_teacher()
        self._hints = Hints(self._network, self._teacher).to(self._device) if self._teacher is not None else None
        # What is compiled depends on the size of the images: once for each stage.
        self._forward = self._compiled(self._network.with_features)
        if self._teacher is not None:
            self._ask = self._compiled(self._teacher.with_features)
        learning = [*self._network.parameters(), *(self._hints.parameters() if self._hints is not None else ())]
        self._optimizer = Optimizer(learning, settings.rate)
        if saved is not None:
            self._resume(saved)

    @property
    def progress(self) -> float:
        """Return the share of the training that is done, by images or by time, whichever is farther."""
        settings = self._settings
        by_time = self._elapsed / settings.seconds if settings.seconds else 0.0
        return max(self._step * settings.batch / settings.images, by_time)

    @property
    def finished(self) -> bool:
        """Return whether all images, or all seconds, are used up."""
        return self.progress >= 1.0

    def run(self) -> None:
        """Train to the last image or second, with a line and a checkpoint each minute."""
        settings = self._settings
        if self.finished:
            print(
                f"this training is finished: {self._step * settings.batch} images in {self._elapsed:.0f} s;"
                " to go on raise IMAGES or SECONDS, to begin anew choose another output folder",
                flush=True,
            )
            return
        print(f"training on {self._device}, {sum(p.numel() for p in self._network.parameters())} weights", flush=True)
        last, steps, before = time.monotonic(), 0, self._elapsed
        begin = last
        sums: dict[str, Tensor] = {}
        try:
            while not self.finished:
                if steps % _REFRESH_STEPS == 0:
                    self._supply.refresh()
                size = settings.size_at(self.progress)
                losses = self.learn(self._supply.batch(self._step, size, settings.batch))
                sums = {name: sums.get(name, 0.0) + value for name, value in losses.items()}
                steps += 1
                if self._device.type == "cuda" and steps % 10 == 0:
                    # So that the clock counts what is done, not what is queued.
                    torch.cuda.synchronize()
                now = time.monotonic()
                self._elapsed = before + now - begin
                if now - last >= settings.report or self.finished:
                    self._report(size, steps / (now - last), {n: float(value) / steps for n, value in sums.items()})
                    last, steps, sums = time.monotonic(), 0, {}
        except KeyboardInterrupt:
            self._write()
            print(f"\ninterrupted after {self._step * settings.batch} images: start again to go on", flush=True)
        finally:
            if self._renderer is not None:
                _end(self._renderer)

    def learn(self, batch: Batch) -> dict[str, Tensor]:
        """Take one step and return the parts of the loss."""
        self._network.train()
        with mixed_precision(self._device):
            heads, features = self._forward(batch.images, TAUGHT_PAIRS if self._hints is not None else ())
        heads = {name: head.float() for name, head in heads.items()}
        parts = loss_parts(heads, batch.targets)
        if self._hints is not None and batch.photos:
            parts |= self._taught(batch, heads, features)
        loss = sum(parts.values(), torch.zeros((), device=self._device))
        self._optimizer.step(loss, self.progress, self._step)
        self._averaged.update(self._network, self._step)
        self._step += 1
        return {name: part.detach() for name, part in parts.items()}

    def _taught(self, batch: Batch, heads: dict[str, Tensor], features: list[Tensor]) -> dict[str, Tensor]:
        """Return the parts of the loss beside the teacher, who sees the photos as they were before the camera."""
        count = batch.photos
        with torch.no_grad(), mixed_precision(self._device):
            answers, wanted = self._ask(batch.clean[:count], TAUGHT_PAIRS)
        answers = {name: answer.float() for name, answer in answers.items()}
        share = share_beside_labels(batch.targets)[:count]
        taught = teacher_parts({name: head[:count] for name, head in heads.items()}, answers, share)
        with mixed_precision(self._device):
            # Hints lead the way at first; where the teacher errs, the labels have the last word.
            hints = self._hints([given[:count] for given in features], wanted) * (1.0 - min(self.progress, 1.0))
        return {f"teacher's {name}": part for name, part in taught.items()} | {"hints": hints}

    def _report(self, size: Size, rate: float, losses: dict[str, float]) -> None:
        settings = self._settings
        parts = ", ".join(f"{name} {value:.3f}" for name, value in losses.items())
        validated = self._validation.measure(self._averaged.network, self._device)
        print(
            f"{self._step * settings.batch} images, {self._elapsed:.0f} s ({self.progress:.1%}),"
            f" {rate * settings.batch:.0f}/s at {size[0]}x{size[1]}, {self._supply.people} people, {parts}{validated}",
            flush=True,
        )
        self._write()

    def _wait_for_somebody(self) -> None:
        self._supply.refresh(wait=True)
        while not self._supply.ready:
            if self._renderer is None or self._renderer.poll() is not None:
                raise OSError(
                    f"there is nobody to learn from: no photos were given and no renders are in {self._settings.cache}"
                )
            time.sleep(1.0)
            self._supply.refresh()

    def _first_network(self, saved: Checkpoint | None) -> PoseNet:
        start = self._settings.start
        if saved is not None:
            return network_for(saved.network)
        if start is None:
            return PoseNet(self._settings.width, self._settings.last)
        if start.suffix == ".pt":
            return read_network(start).requires_grad_(True)
        images = self._supply.batch(0, self._settings.stages[0][0], _MEASURED_IMAGES).images
        return read_released(start, images.cpu())

    def _read_teacher(self) -> PoseNet | None:
        path = self._settings.teacher
        if path is None:
            return None
        return read_as_teacher(path).to(self._device, memory_format=torch.channels_last)

    def _compiled(self, function: Callable[..., Any]) -> Callable[..., Any]:
        return torch.compile(function, dynamic=False) if self._settings.compile else function

    def _resume(self, saved: Checkpoint) -> None:
        self._network.load_state_dict(saved.network)
        self._averaged.network.load_state_dict(saved.averaged)
        if self._hints is not None and saved.hints:
            self._hints.load_state_dict(saved.hints)
        if (self._hints is None) == (not saved.hints):
            self._optimizer.adam.load_state_dict(saved.optimizer)
        print(f"resumed after {saved.step * self._settings.batch} images", flush=True)

    def _write(self) -> None:
        states = self._network.state_dict(), self._averaged.network.state_dict(), self._optimizer.adam.state_dict()
        hints = self._hints.state_dict() if self._hints is not None else {}
        checkpoint = Checkpoint(*states, self._step, self._elapsed, hints)
        checkpoint.write(self._path)
        checkpoint.write_weights(self._path.with_name("weights.pt"))


def _start_renderer(settings: Settings) -> subprocess.Popen[bytes] | None:
    """Start the processes that render what is not in the cache yet."""
    if not settings.people:
        return None
    counts = ("--people", str(settings.people), "--backgrounds", str(settings.backgrounds))
    command = (sys.executable, "-m", "training.cache", "--cache", str(settings.cache), *counts)
    # In a session of its own: an interrupt is for the training, which ends it.
    renderer = subprocess.Popen(
        (*command, "--only", "train", "--workers", str(settings.workers)), start_new_session=True
    )
    atexit.register(_end, renderer)
    return renderer


def _end(renderer: subprocess.Popen[bytes]) -> None:
    if renderer.poll() is None:
        os.killpg(renderer.pid, signal.SIGTERM)


def main() -> None:
    """Train."""
    settings = read_settings()
    cv2.setNumThreads(1)
    torch._dynamo.config.suppress_errors = True
    try:
        Trainer(settings).run()
    except (OSError, ValueError) as error:
        raise SystemExit(f"error: {error}") from error
    except KeyboardInterrupt:
        raise SystemExit("interrupted before the first step") from None


if __name__ == "__main__":
    main()
