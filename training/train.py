# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Trains a PoseNet on a number of composed images, on a GPU if there is one.

Interrupt it and start it again, and it goes on from its last checkpoint. The images are small at first, where
a minute teaches most, and have the size of the finished model's input at the end.
"""

from __future__ import annotations

import argparse
import math
import time
from dataclasses import dataclass
from pathlib import Path

import cv2
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from training.batches import Batch, Batches, fixed_batch
from training.checkpoint import AveragedWeights, Checkpoint
from training.compose import MAX_PEOPLE, Content
from training.held_out import ALONE, SIZE
from training.losses import loss_parts
from training.metrics import TOLERANCE, quick_pck
from training.network import STRIDE, PoseNet, cells_of, normalised
from training.released import read_released
from training.targets import make_targets

_MINUTE = 60.0
_WARM_UP_STEPS = 200
_LAST_RATE = 0.01
_WEIGHT_DECAY = 2e-4
_VALIDATION_IMAGES = 512
_MEASURED_IMAGES = 64
# Minutes from one validation to the next: on a CPU it takes seconds.
_VALIDATION_EVERY = 10


@dataclass(frozen=True)
class Settings:
    """``stages``: (image size, share of the images) in order; the other names are those of the command line."""

    cache: Path
    output: Path
    images: int
    start: Path | None = None
    width: float = 0.5
    batch: int = 16
    workers: int = 2
    rate: float = 1.5e-3
    seed: int = 0
    device: str = "auto"
    compile: bool = False
    stages: tuple[tuple[int, float], ...] = ((129, 0.35), (193, 0.35), (257, 0.3))
    shares: tuple[float, ...] = Content().shares

    def size_at(self, progress: float) -> int:
        """Return the image size at a share of the training."""
        until = 0.0
        for size, share in self.stages:
            until += share
            if progress < until:
                return size
        return self.stages[-1][0]

    def rate_at(self, progress: float, step: int) -> float:
        """Return the learning rate: a short rise, then a cosine's fall."""
        fall = _LAST_RATE + (1.0 - _LAST_RATE) * 0.5 * (1.0 + math.cos(math.pi * min(progress, 1.0)))
        return self.rate * fall * min(1.0, (step + 1) / _WARM_UP_STEPS)


class Trainer:
    """A network in training.

    :raises FileNotFoundError: if the cache is empty
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        torch.manual_seed(settings.seed)
        name = settings.device
        self._device = torch.device(("cuda" if torch.cuda.is_available() else "cpu") if name == "auto" else name)
        self._network = self._first_network().to(self._device, memory_format=torch.channels_last)
        self._averaged = AveragedWeights(self._network)
        # What is compiled depends on the size of the images: once for each stage.
        self._forward = torch.compile(self._network, dynamic=False) if settings.compile else self._network
        decayed = [p for p in self._network.parameters() if p.ndim > 1]
        others = [p for p in self._network.parameters() if p.ndim == 1]
        self._optimizer = torch.optim.AdamW(
            [{"params": decayed, "weight_decay": _WEIGHT_DECAY}, {"params": others, "weight_decay": 0.0}]
        )
        self._step = 0
        self._path = settings.output / "checkpoint.pt"
        if self._path.exists():
            self._resume()
        self._validation = fixed_batch(settings.cache, "validation", _VALIDATION_IMAGES, SIZE, ALONE)

    def run(self) -> None:
        """Train to the last image, with a line and a checkpoint each minute."""
        settings = self._settings
        # Other batches than before, after a resume.
        content = Content(shares=settings.shares)
        data = Batches(settings.cache, "train", settings.batch, self._size_of, self._step, content)
        loader = DataLoader(
            data,
            batch_size=None,
            num_workers=settings.workers,
            prefetch_factor=2 if settings.workers else None,
            pin_memory=self._device.type == "cuda",
        )
        print(f"training on {self._device}, {sum(p.numel() for p in self._network.parameters())} weights", flush=True)
        last, steps, lines = time.monotonic(), 0, 0
        sums: dict[str, Tensor] = {}
        for batch in loader:
            losses = self._learn(batch)
            sums = {name: sums.get(name, 0.0) + value for name, value in losses.items()}
            steps += 1
            now = time.monotonic()
            finished = self._progress(self._step) >= 1.0
            if now - last >= _MINUTE or finished:
                parts = ", ".join(f"{name} {float(value) / steps:.3f}" for name, value in sums.items())
                validated = finished or lines % _VALIDATION_EVERY == 0
                result = f", validation PCK@{TOLERANCE} {self._validate():.3f}" if validated else ""
                print(
                    f"{self._step * settings.batch} of {settings.images} images,"
                    f" {steps * settings.batch / (now - last):.0f}/s at {batch[0].shape[1]}, {parts}{result}",
                    flush=True,
                )
                lines += 1
                self._write()
                last, steps, sums = time.monotonic(), 0, {}
            if finished:
                break

    def _first_network(self) -> PoseNet:
        start = self._settings.start
        if start is None:
            return PoseNet(self._settings.width)
        images, _, _ = fixed_batch(self._settings.cache, "train", _MEASURED_IMAGES, SIZE, Content())
        return read_released(start, images)

    def _mixed_precision(self) -> torch.autocast:
        # Processors without instructions for bfloat16 take ten times as long with it.
        usable = self._device.type == "cuda" or torch.ops.mkldnn._is_mkldnn_bf16_supported()
        return torch.autocast(self._device.type, torch.bfloat16, enabled=usable)

    def _progress(self, step: int) -> float:
        return step * self._settings.batch / self._settings.images

    def _size_of(self, batch: int) -> int:
        return self._settings.size_at(self._progress(batch))

    def _learn(self, batch: Batch) -> dict[str, Tensor]:
        images, keypoints, states = (tensor.to(self._device, non_blocking=True) for tensor in batch)
        for group in self._optimizer.param_groups:
            group["lr"] = self._settings.rate_at(self._progress(self._step), self._step)
        cells = cells_of(images.shape[1])
        targets = make_targets(keypoints, states, (cells, cells), STRIDE)
        self._network.train()
        with self._mixed_precision():
            heads = self._forward(normalised(images))
        parts = loss_parts({name: head.float() for name, head in heads.items()}, targets)
        self._optimizer.zero_grad(set_to_none=True)
        sum(parts.values(), torch.zeros((), device=self._device)).backward()
        torch.nn.utils.clip_grad_norm_(self._network.parameters(), 10.0)
        self._optimizer.step()
        self._averaged.update(self._network, self._step)
        self._step += 1
        return {name: part.detach() for name, part in parts.items()}

    @torch.no_grad()
    def _validate(self) -> float:
        images, keypoints, states = self._validation
        right = []
        for part in torch.arange(len(images)).split(32):
            with self._mixed_precision():
                heads = self._averaged.network(normalised(images[part].to(self._device)))
            right.append(
                quick_pck(heads["heatmap"].float().cpu(), heads["offset"].float().cpu(), keypoints[part], states[part])
            )
        return float(torch.cat(right).float().mean())

    def _resume(self) -> None:
        saved = Checkpoint.read(self._path)
        self._network.load_state_dict(saved.network)
        self._averaged.network.load_state_dict(saved.averaged)
        self._optimizer.load_state_dict(saved.optimizer)
        self._step = saved.step
        print(f"resumed after {saved.step * self._settings.batch} images", flush=True)

    def _write(self) -> None:
        averaged = self._averaged.network.state_dict()
        states = self._network.state_dict(), averaged, self._optimizer.state_dict()
        checkpoint = Checkpoint(self._network.width, *states, self._step)
        checkpoint.write(self._path)
        checkpoint.write_weights(self._path.with_name("weights.pt"))


def _stages(text: str) -> tuple[tuple[int, float], ...]:
    """Return the stages from '129:0.4,257:0.6'."""
    stages = tuple((int(size), float(share)) for size, share in (stage.split(":") for stage in text.split(",")))
    for size, _ in stages:
        cells_of(size)
    return stages


def _shares(text: str) -> tuple[float, ...]:
    """Return the shares from '0.2,0.5,0.3', each at least 0 and 1 together."""
    shares = tuple(float(share) for share in text.split(","))
    if min(shares) < 0.0 or abs(sum(shares) - 1.0) > 1e-6 or len(shares) > MAX_PEOPLE + 1:
        raise argparse.ArgumentTypeError(f"shares are {text}, expected up to {MAX_PEOPLE + 1} that add up to 1")
    return shares


def main() -> None:
    """Train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, default=Path("training_output/cache"))
    parser.add_argument("--output", type=Path, default=Path("training_output"), help="folder of the checkpoint")
    parser.add_argument("--images", type=int, default=1_000_000, help="in all, those before a resume included")
    parser.add_argument("--start", type=Path, help="model file to go on from, such as the bundled one")
    parser.add_argument(
        "--width", type=float, default=Settings.width, help="multiplier of the channels, of a new network"
    )
    parser.add_argument("--batch", type=int, default=Settings.batch)
    parser.add_argument("--workers", type=int, default=Settings.workers, help="processes that make images")
    parser.add_argument("--rate", type=float, default=Settings.rate, help="highest learning rate")
    parser.add_argument("--seed", type=int, default=Settings.seed)
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    parser.add_argument(
        "--compile", action="store_true", help="compile the network first: faster, needs a C++ compiler"
    )
    parser.add_argument("--stages", type=_stages, default=Settings.stages, metavar="SIZE:SHARE,...")
    parser.add_argument(
        "--shares", type=_shares, default=Settings.shares, metavar="S,S,...", help="of images of 0, 1, 2, ... people"
    )
    cv2.setNumThreads(1)
    Trainer(Settings(**vars(parser.parse_args()))).run()


if __name__ == "__main__":
    main()
