# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import hashlib
import threading
from functools import partial
from http.server import HTTPServer, SimpleHTTPRequestHandler

import pytest

from posenet_ros import model_store, model_tool
from posenet_ros.errors import ModelError
from posenet_ros.model_store import StoreEntry, fetch

CONTENT = bytes(range(256)) * 1000


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def entry(tmp_path, monkeypatch):
    """Return an entry served on the loopback, with an empty cache."""
    monkeypatch.setenv(model_store.CACHE_VARIABLE, str(tmp_path / "cache"))
    served = tmp_path / "served"
    served.mkdir()
    (served / "net.tflite").write_bytes(CONTENT)
    server = HTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(served)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}/net.tflite"
    entry = StoreEntry("net", url, hashlib.sha256(CONTENT).hexdigest(), len(CONTENT), native_stride=32)
    monkeypatch.setitem(model_store.ENTRIES, "net", entry)
    yield entry
    server.shutdown()
    server.server_close()
    thread.join()


def test_model_is_fetched_once_with_progress(entry, tmp_path):
    progress = []
    file = model_store.load_model("net", lambda *step: progress.append(step))
    assert (file.content, file.native_stride) == (CONTENT, 32)
    assert progress[-1] == (len(CONTENT), len(CONTENT))
    (tmp_path / "served" / "net.tflite").unlink()
    assert model_store.load_model("net").content == CONTENT


def test_altered_download_is_refused_and_leaves_nothing(entry, tmp_path):
    (tmp_path / "served" / "net.tflite").write_bytes(CONTENT[:-1])
    with pytest.raises(ModelError, match="SHA-256"):
        fetch(entry)
    assert list((tmp_path / "cache").iterdir()) == []


def test_without_network_the_cure_is_named(entry, tmp_path):
    (tmp_path / "served" / "net.tflite").unlink()
    with pytest.raises(ModelError, match="models fetch net"):
        fetch(entry)


def test_unwritable_cache_is_an_error_with_a_cure(entry, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv(model_store.CACHE_VARIABLE, str(tmp_path / "file" / "cache"))
    with pytest.raises(ModelError, match="cannot be fetched"):
        fetch(entry)


def test_known_file_keeps_its_native_stride_under_another_name(entry, tmp_path):
    path = tmp_path / "copy.tflite"
    path.write_bytes(CONTENT)
    assert model_store.load_model(path).native_stride == 32


def test_official_entries_are_complete():
    for entry in model_store.ENTRIES.values():
        assert entry.url.startswith("https://")
        assert len(entry.sha256) == 64
        assert entry.native_stride in (16, 32)


def test_tool_lists_and_fetches(entry, capsys):
    assert model_tool.main(["list"]) == 0
    assert "not fetched" in capsys.readouterr().out
    assert model_tool.main(["fetch", "net"]) == 0
    assert capsys.readouterr().out.strip() == str(model_store.cached_path(entry))


def test_tool_shows_the_heads(float_model, capsys):
    assert model_tool.main(["show", str(float_model)]) == 0
    shown = capsys.readouterr().out
    assert "257x257 float32" in shown
    assert "MobilenetV1/heatmap_2/BiasAdd [1, 17, 17, 17] float32" in shown


def test_tool_reports_errors_in_one_line(tmp_path, capsys):
    assert model_tool.main(["show", str(tmp_path / "none.tflite")]) == 1
    assert capsys.readouterr().err.count("\n") == 1
