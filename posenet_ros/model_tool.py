# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The command ``ros2 run posenet_ros models``: lists, fetches and shows model files."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from posenet_ros import model_store
from posenet_ros.errors import ModelError
from posenet_ros.model import PoseNetModel
from posenet_ros.runtime import find_runtime


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    parser = argparse.ArgumentParser(prog="models", description="PoseNet model files in the cache.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("list", help="the known models and whether they are in the cache")
    verb = verbs.add_parser("fetch", help="download a model into the cache, unless it is there")
    verb.add_argument("name", choices=list(model_store.ENTRIES), metavar="NAME", help=", ".join(model_store.ENTRIES))
    verb = verbs.add_parser("show", help="what the runtime finds in a model")
    verb.add_argument("model", metavar="FILE", help="path of a .tflite file, or a name from the list")
    options = parser.parse_args(arguments)
    try:
        if options.verb == "list":
            _list()
        elif options.verb == "fetch":
            print(model_store.fetch(model_store.ENTRIES[options.name], _show_progress))
        else:
            _show(options.model)
    except ModelError as error:
        print(f"models: {error}", file=sys.stderr)
        return 1
    return 0


def _list() -> None:
    for entry in model_store.ENTRIES.values():
        path = model_store.cached_path(entry)
        state = str(path) if path.exists() else "not fetched"
        print(f"{entry.name}  {entry.size / 1e6:.1f} MB  native stride {entry.native_stride}  {state}")


def _show(name: str) -> None:
    file = model_store.load_model(name, _show_progress)
    try:
        model = PoseNetModel(file.content, native_stride=file.native_stride)
    except ModelError as error:
        raise ModelError(f"{file.name}: {error}") from error
    print(f"runtime            {find_runtime().name}")
    print(f"input              {model.input_size[0]}x{model.input_size[1]} {model.input_type}")
    print(f"native stride      {file.native_stride}")
    for head, description in model.describe_heads().items():
        print(f"{head:<18} {description}")


def _show_progress(received: int, total: int) -> None:
    if sys.stderr.isatty():
        end = "\n" if received >= total else ""
        print(f"\r{received / 1e6:.1f} of {total / 1e6:.1f} MB", end=end, file=sys.stderr, flush=True)
