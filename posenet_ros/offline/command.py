# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The command ``posenet-bag``, also ``ros2 run posenet_ros bag``: finds people in recorded images."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import yaml

from posenet_ros.errors import PoseNetError, SettingError
from posenet_ros.settings.files import read_params_file
from posenet_ros.settings.pose import PoseSettings
from posenet_ros.settings.visualizer import VisualizerSettings

_NODE, _VISUALIZER = "posenet", "pose_visualizer"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status: 0, or 1 if a bag failed."""
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, _end)
    try:
        return _run(options)
    except PoseNetError as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def _run(options: argparse.Namespace) -> int:
    try:
        # An extra of the package.
        from posenet_ros.offline.run import RunOptions, run  # noqa: PLC0415
    except ImportError as error:
        return _fail(f"a library is missing ({error}); install posenet_ros[bags], or python3-rosbags-pip by rosdep")
    markers = marker_settings(options.params_file) if options.markers else None
    return run(
        RunOptions(
            inputs=tuple(options.inputs),
            output=options.output,
            settings=pose_settings(options.params_file, options.parameter),
            markers=markers,
            images=tuple(options.topic),
            depth_topic=options.depth_topic,
            camera_info_topic=options.camera_info_topic,
            storage=options.storage,
            overlay=options.overlay,
            with_input=options.with_input,
            table=options.table,
            table_rows=options.table_rows,
            jobs=options.jobs,
            ray=options.ray,
            segment=options.segment,
        )
    )


def pose_settings(params_file: Path | None, assignments: Sequence[str]) -> PoseSettings:
    """Return the pose node's settings: defaults, those of a file, and single ones, the last counting most.

    :param assignments: ``name=value``, with values in YAML as in a parameter file
    :raises SettingError: if a name or value is wrong
    """
    values: dict[str, Any] = read_params_file(params_file, _NODE) if params_file else {}
    for assignment in assignments:
        name, equals, text = assignment.replace(":=", "=", 1).partition("=")
        if not equals:
            raise SettingError(f"'-p {assignment}' is no assignment, expected -p name=value")
        try:
            values[name.strip()] = yaml.safe_load(text) if text.strip() else ""
        except yaml.YAMLError as error:
            raise SettingError(f"'-p {assignment}' has no YAML value: {' '.join(str(error).split())}") from error
    return PoseSettings.from_values(values)


def marker_settings(params_file: Path | None) -> VisualizerSettings:
    """Return the visualizer node's settings: defaults, and those of a file where it has some."""
    if params_file is None:
        return VisualizerSettings()
    try:
        values = read_params_file(params_file, _VISUALIZER)
    except SettingError:
        return VisualizerSettings()
    return VisualizerSettings.from_values(values)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="posenet-bag",
        description="Finds people in the images of recorded bags, and writes a bag with their poses for each.",
        epilog="Example: posenet-bag recordings/ --output poses/ -p smoothing=true --table poses.parquet --jobs 4",
    )
    parser.add_argument(
        "inputs",
        nargs="+",
        metavar="INPUT",
        help="bag: folder or file of rosbag2 (mcap, sqlite3), ROS 1 .bag file, folder of bags, or a URL of one",
    )
    parser.add_argument("--output", required=True, metavar="DIR", help="folder or URL of the outputs; one for each bag")
    add = parser.add_argument_group("what is read").add_argument
    add("--topic", action="append", default=[], help="image topic; may be repeated; default: all image topics")
    add("--depth-topic", default="", metavar="TOPIC", help="registered depth images, for -p depth=true; default: found")
    add("--camera-info-topic", default="", metavar="TOPIC", help="default: camera_info beside the image topic")
    add = parser.add_argument_group("what is found: the pose node's parameters").add_argument
    add("--params-file", type=Path, metavar="FILE", help="ROS parameter file, such as config/pose.yaml")
    add("-p", "--parameter", action="append", default=[], metavar="NAME=VALUE", help="as -p output_stride=8")
    add = parser.add_argument_group("what is written").add_argument
    add("--storage", choices=("mcap", "sqlite3"), default="mcap", help="default: mcap")
    add("--markers", action="store_true", help="pose/markers for RViz, too")
    add("--overlay", action="store_true", help="images with the people drawn over them, as JPEG, too")
    add("--with-input", action="store_true", help="copy every message of the input, too")
    add("--table", metavar="FILE", help="one table of all outputs: .parquet or .csv")
    add("--table-rows", choices=("person", "keypoint"), default="person", help="what a row is; default: person")
    add = parser.add_argument_group("who works").add_argument
    add("--jobs", type=_positive, default=0, metavar="N", help="processes, or actors with --ray; default: 1")
    add("--ray", default="", metavar="ADDRESS", help="work on a Ray cluster; auto: this machine's, or a new one")
    add("--segment", type=_seconds, default=0.0, metavar="SECONDS", help="cut longer bags into parts for many workers")
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"is {number}, expected 1 or more")
    return number


def _seconds(text: str) -> float:
    number = float(text)
    if not number > 0.0:
        raise argparse.ArgumentTypeError(f"is {number:g}, expected more than 0 seconds")
    return number


def _end(number: int, frame: object) -> NoReturn:
    # As after Ctrl-C, workers are ended and unfinished outputs removed.
    raise SystemExit(128 + number)


def _fail(message: str) -> int:
    print(f"posenet-bag: {message}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
