# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from posenet_ros.store import catalogue, command, store
from posenet_ros.store.catalogue import ENTRIES, StoreEntry
from posenet_ros.store.store import cached_path

CONTENT = b"a model" * 100_000


@pytest.fixture
def entry(tmp_path, monkeypatch):
    """Return the only entry; a file of the machine itself takes the place of the network."""
    monkeypatch.setenv(store.CACHE_VARIABLE, str(tmp_path / "cache"))
    served = tmp_path / "served.tflite"
    served.write_bytes(CONTENT)
    entry = StoreEntry("net", served.as_uri(), hashlib.sha256(CONTENT).hexdigest(), len(CONTENT), "MIT", 32)
    for name in list(ENTRIES):
        monkeypatch.delitem(ENTRIES, name)
    monkeypatch.setitem(ENTRIES, "net", entry)
    return entry


@pytest.fixture
def bundled(tmp_path, monkeypatch):
    """Return the path of a bundled model of 1.5 MB."""
    path = tmp_path / "small.tflite"
    path.write_bytes(bytes(1_500_000))
    monkeypatch.setattr(catalogue, "_SHA256", hashlib.sha256(path.read_bytes()).hexdigest())
    monkeypatch.setattr(catalogue, "bundled_path", lambda: path)
    monkeypatch.setattr(command, "bundled_path", lambda: path)
    return path


def fill(path):
    path.parent.mkdir()
    path.write_bytes(CONTENT)


def damage(path):
    path.parent.mkdir()
    path.write_bytes(CONTENT[:-1] + b"?")


def block(path):
    path.mkdir(parents=True)


@pytest.mark.parametrize(
    ("prepare", "state"),
    [
        (lambda path: None, "not fetched"),
        (fill, "{path}"),
        (damage, "damaged: {path}"),
        (block, "not readable: {path}"),
    ],
)
def test_list_is_a_table(prepare, state, entry, bundled, capsys):
    prepare(cached_path(entry))
    assert command.main(["list"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "name     size    native stride  licence     state",
        "  address",
        "net      0.7 MB  32             MIT         " + state.format(path=cached_path(entry)),
        f"  {entry.url}",
        "bundled  1.5 MB  16             Apache-2.0  comes with the package",
        f"  {bundled}",
    ]


def test_list_knows_the_official_models(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv(store.CACHE_VARIABLE, str(tmp_path))
    assert command.main(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 + 2 * (len(ENTRIES) + 1)
    column = lines[0].index("licence")
    for line, name in zip(lines[2:-2:2], ENTRIES, strict=True):
        assert line.startswith(f"{name}  13.3 MB  16 ")
        assert line[column:] == "Apache-2.0  not fetched"


@pytest.mark.parametrize("prepare", [lambda path: None, fill, damage])
def test_fetch_prints_where_the_model_is(prepare, entry, capsys):
    prepare(cached_path(entry))
    assert command.main(["fetch", "net"]) == 0
    printed = capsys.readouterr()
    assert printed.out.strip() == str(cached_path(entry))
    assert printed.err == ""  # No progress where nobody watches.
    assert cached_path(entry).read_bytes() == CONTENT


def test_fetch_shows_progress_on_a_terminal(entry, capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert command.main(["fetch", "net"]) == 0
    shown = capsys.readouterr().err
    assert shown.startswith("0.0 of 0.7 MB\r")
    assert shown.endswith("\r0.7 of 0.7 MB\n")


def test_unknown_name_is_refused_with_the_known_ones(entry, capsys):
    with pytest.raises(SystemExit) as end:
        command.main(["fetch", "bet"])
    assert end.value.code == 2
    assert "invalid choice: 'bet' (choose from" in capsys.readouterr().err


def test_fetch_that_is_interrupted_says_so_by_its_status(entry, capsys, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "_show_progress", interrupt)
    assert command.main(["fetch", "net"]) == 130
    assert not cached_path(entry).exists()


def test_show_names_the_heads(float_model, capsys):
    assert command.main(["show", str(float_model)]) == 0
    shown = capsys.readouterr().out
    assert "sub_2 [1, 257, 257, 3] float32" in shown
    assert "MobilenetV1/heatmap_2/BiasAdd [1, 9, 9, 17] float32" in shown


@pytest.mark.parametrize("arguments", [("show", "none.tflite"), ("fetch", "net")])
def test_errors_are_one_line(arguments, entry, tmp_path, capsys):
    (tmp_path / "served.tflite").unlink()
    assert command.main(arguments) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("posenet-models: ")
    assert printed.err.count("\n") == 1


@pytest.mark.parametrize("name", ["models", "posenet-models"])
def test_errors_begin_with_the_name_of_the_command(name, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", [f"/somewhere/{name}"])
    assert command.main(["show", "none.tflite"]) == 1
    assert capsys.readouterr().err.startswith(f"{name}: ")
    with pytest.raises(SystemExit):
        command.main(["--help"])
    assert capsys.readouterr().out.startswith(f"usage: {name} ")


def run(arguments: list[str], output: int | None) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-m", "posenet_ros.store.command"]
    return subprocess.run([*program, *arguments], stdout=output, stderr=subprocess.PIPE, text=True, check=False)


@pytest.mark.parametrize("arguments", [["list"], ["show", "bundled"]])
def test_nobody_who_reads_on_is_no_error(arguments):
    reader, writer = os.pipe()
    os.close(reader)
    result = run(arguments, writer)
    os.close(writer)
    assert result.returncode == 141
    assert "Traceback" not in result.stderr
    assert "BrokenPipe" not in result.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_full_disk_is_told_in_a_line():
    with open("/dev/full", "w") as full:
        result = run(["list"], full.fileno())
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1, result.stderr
    assert "the output cannot be written: No space left on device" in result.stderr
