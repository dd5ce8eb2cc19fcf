# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import fcntl
import hashlib
import json
import os
import socket
import stat
import subprocess
import sys
import threading
import time
from dataclasses import asdict, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from posenet_ros.errors import ModelError
from posenet_ros.store import catalogue, download, store
from posenet_ros.store.catalogue import StoreEntry, bundled_path
from posenet_ros.store.store import cached_path, fetch, load_model

CONTENT = bytes(range(256)) * 1000
ALTERED = CONTENT[:-1] + b"?"
PATIENCE_S = 20.0
SHORT_TIMEOUT_S = 0.2


class Handler(BaseHTTPRequestHandler):
    """Serves the test file in the way that the path names."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.requests.append(self.path)
        try:
            getattr(self, self.path.strip("/"))()
        except ConnectionError:
            self.server.hung_up.set()
        self.close_connection = True

    def log_message(self, *_):
        pass

    def start(self, length):
        self.send_response(200)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def good(self):
        self.start(len(CONTENT))
        self.wfile.write(CONTENT)

    def slow(self):
        """Take longer in all than the client waits for anything to come."""
        self.start(len(CONTENT))
        step = len(CONTENT) // 6
        for first in range(0, len(CONTENT), step):
            self.wfile.write(CONTENT[first : first + step])
            time.sleep(0.13)

    def gated(self):
        self.start(len(CONTENT))
        self.wfile.write(CONTENT[:1000])
        self.server.go_on.wait(PATIENCE_S)
        self.wfile.write(CONTENT[1000:])

    def silent(self):
        self.server.go_on.wait(PATIENCE_S)

    def stalled(self):
        self.start(len(CONTENT))
        self.wfile.write(CONTENT[:1000])
        self.server.go_on.wait(PATIENCE_S)

    def truncated(self):
        self.start(len(CONTENT))
        self.wfile.write(CONTENT[:1000])

    def truncated_chunk(self):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(b"%x\r\n" % len(CONTENT) + CONTENT[:1000])

    def short(self):
        self.start(1000)
        self.wfile.write(CONTENT[:1000])

    def empty(self):
        self.start(0)

    def altered(self):
        self.start(len(CONTENT))
        self.wfile.write(ALTERED)

    def endless(self):
        self.start(1000 * len(CONTENT))
        for _ in range(1000):
            self.wfile.write(CONTENT)

    def missing(self):
        self.send_error(404)

    def garbage(self):
        self.wfile.write(b"220 this is a mail server\r\n")

    def hang_up(self):
        pass

    def redirect(self, target="/good"):
        self.send_response(302)
        self.send_header("Location", target)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def redirect_in_a_circle(self):
        self.redirect("/redirect_in_a_circle")

    def redirect_to_nowhere(self):
        self.redirect("http://[1/")


class Server(ThreadingHTTPServer):
    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests = []
        self.go_on, self.hung_up = threading.Event(), threading.Event()

    def entry(self, way):
        url = f"http://127.0.0.1:{self.server_port}/{way}"
        return StoreEntry("net", url, hashlib.sha256(CONTENT).hexdigest(), len(CONTENT), "MIT", native_stride=32)


@pytest.fixture
def server(monkeypatch):
    """Return a server on the loopback."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.go_on.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """Return the cache folder, which does not exist yet."""
    folder = tmp_path / "user" / "cache"
    monkeypatch.setenv(store.CACHE_VARIABLE, str(folder))
    return folder


@pytest.fixture
def entry(server, cache, monkeypatch):
    """Return an entry that the server has and the empty cache has not."""
    entry = server.entry("good")
    monkeypatch.setitem(store.ENTRIES, "net", entry)
    return entry


@pytest.fixture
def start_fetching(cache):
    """Return a function that starts another process, which fetches an entry and tells when it has begun."""
    processes = []

    def start(entry, preparation=""):
        code = (
            f"import json, resource, sys; from posenet_ros.store import download, store\n{preparation}\n"
            "tell = lambda received, total: print('begun', flush=True)\n"
            "print(store.fetch(store.StoreEntry(**json.loads(sys.argv[1])), tell))"
        )
        command = (sys.executable, "-c", code, json.dumps(asdict(entry)))
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def put_in_cache(entry, content):
    cached_path(entry).parent.mkdir(parents=True)
    cached_path(entry).write_bytes(content)


def files_in(folder):
    return [path.name for path in folder.iterdir()]


def error_of(call, *arguments):
    """Return the message of the one error that users see."""
    with pytest.raises(ModelError) as caught:
        call(*arguments)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_model_is_fetched_once_with_progress(server, entry, cache):
    progress = []
    file = load_model("net", lambda *step: progress.append(step))
    assert (file.name, file.content, file.native_stride) == ("net", CONTENT, 32)
    assert (progress[0], progress[-1]) == ((0, len(CONTENT)), (len(CONTENT), len(CONTENT)))
    assert progress == sorted(progress)
    assert load_model("net") == file
    assert fetch(entry) == cache / "net.tflite"
    assert server.requests == ["/good"]
    assert files_in(cache) == ["net.tflite"]


def test_file_in_the_cache_needs_neither_network_nor_a_writable_cache(entry, cache, monkeypatch):
    put_in_cache(entry, CONTENT)
    monkeypatch.setattr(download.urllib.request, "urlopen", None)
    monkeypatch.setattr(store.tempfile, "TemporaryFile", None)
    assert load_model("net").content == CONTENT
    assert fetch(entry) == cache / "net.tflite"


@pytest.mark.parametrize("way", ["slow", "redirect"])
def test_download_may_take_long_and_ways_round(way, server, cache, monkeypatch):
    monkeypatch.setattr(download, "_TIMEOUT_S", 0.6)
    assert fetch(server.entry(way)).read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("way", "cause"),
    [
        ("silent", "no answer for 0.2 s"),
        ("stalled", "no answer for 0.2 s"),
        ("truncated", f"cut short after 1000 of {len(CONTENT)} bytes"),
        ("truncated_chunk", "cut short after"),
        ("short", f"cut short after 1000 of {len(CONTENT)} bytes"),
        ("empty", f"cut short after 0 of {len(CONTENT)} bytes"),
        ("altered", f"the downloaded file has the SHA-256 {hashlib.sha256(ALTERED).hexdigest()}, expected "),
        ("endless", f"more than the expected {len(CONTENT)} bytes"),
        ("missing", "404"),
        ("garbage", "220 this is a mail server"),
        ("hang_up", "closed connection without response"),
        ("redirect_in_a_circle", "infinite loop"),
        ("redirect_to_nowhere", "Invalid IPv6 URL"),
    ],
    ids=lambda text: text.split()[0],
)
def test_bad_download_is_one_clear_error_and_leaves_nothing(way, cause, server, cache, monkeypatch):
    monkeypatch.setattr(download, "_TIMEOUT_S", SHORT_TIMEOUT_S)
    entry = server.entry(way)
    message = error_of(fetch, entry)
    assert message.startswith(f"the model 'net' is not in '{cache}' and cannot be fetched from {entry.url}: ")
    assert cause in message
    assert "models fetch net" in message
    assert files_in(cache) == []


def test_endless_download_is_ended_by_us(server, cache):
    error_of(fetch, server.entry("endless"))
    assert server.hung_up.wait(PATIENCE_S)


def test_without_network_the_cure_is_named(server, cache):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/good"
    message = error_of(fetch, replace(server.entry("good"), url=url))
    assert "Connection refused. Check the network and run 'ros2 run posenet_ros models fetch net'" in message


@pytest.mark.parametrize("error", [RuntimeError, OSError, ModelError, KeyboardInterrupt])
def test_progress_may_end_the_download(error, server, cache):
    problem = error("told to end")

    def progress(received, total):
        if received:
            raise problem

    with pytest.raises(error) as caught:
        fetch(server.entry("gated"), progress)
    assert caught.value is problem
    assert files_in(cache) == []


@pytest.mark.parametrize("content", [b"", CONTENT[:1000], ALTERED], ids=["empty", "short", "altered"])
def test_damaged_file_is_replaced(content, server, entry, cache):
    put_in_cache(entry, content)
    assert load_model("net").content == CONTENT
    assert load_model("net").content == CONTENT
    assert server.requests == ["/good"]
    assert files_in(cache) == ["net.tflite"]


def test_damaged_file_that_cannot_be_replaced_is_an_error_with_both_causes(server, cache, monkeypatch):
    entry = server.entry("missing")
    monkeypatch.setitem(store.ENTRIES, "net", entry)
    put_in_cache(entry, ALTERED)
    message = error_of(fetch, entry)
    assert message.startswith(f"the model 'net' is damaged in '{cache}/net.tflite' and cannot be fetched")
    assert "404" in message
    assert server.requests == ["/missing"]
    assert files_in(cache) == ["net.tflite"]


def test_unreadable_file_in_the_cache_is_an_error_with_a_cure(entry, cache):
    cached_path(entry).mkdir(parents=True)
    message = error_of(fetch, entry)
    assert f"in '{cache}/net.tflite' cannot be read: Is a directory. Delete it" in message


# Not even root can create a file in sysfs, or a folder in a file.
@pytest.mark.parametrize("folder", ["/sys", "/sys/kernel/cache", "{file}", "{file}/cache"])
def test_unwritable_cache_is_found_before_the_download(folder, server, entry, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    folder = folder.format(file=tmp_path / "file")
    monkeypatch.setenv(store.CACHE_VARIABLE, folder)
    message = error_of(fetch, entry)
    assert message.startswith(f"the model 'net' is not in '{folder}' and cannot be written there: ")
    assert f"set ${store.CACHE_VARIABLE} to a folder" in message
    assert server.requests == []


def test_full_disk_is_a_clear_error_and_leaves_nothing(server, cache, start_fetching):
    limit = len(CONTENT) // 2
    process = start_fetching(
        server.entry("good"), f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit})); sys.tracebacklimit = 0"
    )
    _, errors = process.communicate(timeout=PATIENCE_S)
    assert f"ModelError: the model 'net' is not in '{cache}' and cannot be written there: File too large." in errors
    assert server.requests == ["/good"]
    assert files_in(cache) == []


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600)])
def test_file_can_be_read_by_whom_the_umask_lets(umask, mode, entry):
    previous = os.umask(umask)
    try:
        path = fetch(entry)
    finally:
        os.umask(previous)
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_of_two_processes_one_downloads_and_the_other_waits(server, cache, start_fetching):
    processes = [start_fetching(server.entry("gated")) for _ in range(2)]
    for process in processes:
        assert process.stdout.readline() == "begun\n"
    server.go_on.set()
    for process in processes:
        output, errors = process.communicate(timeout=PATIENCE_S)
        assert output.splitlines()[-1] == f"{cache}/net.tflite", errors
    assert server.requests == ["/gated"]
    assert files_in(cache) == ["net.tflite"]
    assert (cache / "net.tflite").read_bytes() == CONTENT


def test_killed_process_leaves_nothing_and_holds_up_nobody(server, cache, start_fetching):
    process = start_fetching(server.entry("stalled"))
    for _ in range(2):  # Once at the beginning, once with the first bytes.
        assert process.stdout.readline() == "begun\n"
    process.kill()
    process.wait(PATIENCE_S)
    assert files_in(cache) == []
    progress = []
    fetch(server.entry("good"), lambda *step: progress.append(step))
    assert progress.count((0, len(CONTENT))) == 1


def test_next_fetch_need_not_wait_for_one_that_failed(server, cache):
    error_of(fetch, server.entry("missing"))
    progress = []
    fetch(server.entry("good"), lambda *step: progress.append(step))
    assert progress.count((0, len(CONTENT))) == 1


@pytest.fixture
def taken_turn(cache):
    """Have another process's turn last for ever."""
    cache.mkdir(parents=True)
    descriptor = os.open(cache, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    yield
    os.close(descriptor)


def test_waiting_for_another_process_ends(taken_turn, entry, monkeypatch):
    monkeypatch.setattr(store, "_LONGEST_WAIT_S", 0.05)
    assert fetch(entry).read_bytes() == CONTENT


def test_progress_may_end_waiting_for_another_process(taken_turn, server, entry):
    def progress(received, total):
        raise RuntimeError("told to end")

    with pytest.raises(RuntimeError, match="told to end"):
        fetch(entry, progress)
    assert server.requests == []


def test_file_system_without_locks_will_do(entry, cache, monkeypatch):
    def flock(descriptor, operation):
        raise OSError("no locks available")

    monkeypatch.setattr(store.fcntl, "flock", flock)
    assert fetch(entry).read_bytes() == CONTENT
    assert files_in(cache) == ["net.tflite"]


def test_cache_is_the_users_unless_chosen(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv(store.CACHE_VARIABLE, raising=False)
    assert store.cache_folder().name == "posenet_ros"
    monkeypatch.setenv(store.CACHE_VARIABLE, "")
    assert store.cache_folder().name == "posenet_ros"
    monkeypatch.setenv(store.CACHE_VARIABLE, str(tmp_path / "chosen"))
    assert store.cache_folder() == tmp_path / "chosen"


@pytest.mark.parametrize(("content", "stride"), [(CONTENT, 32), (ALTERED, 16)], ids=["known", "unknown"])
def test_known_file_keeps_its_native_stride_under_another_name(content, stride, entry, tmp_path):
    path = tmp_path / "copy.tflite"
    path.write_bytes(content)
    for model in (path, str(path), content):
        file = load_model(model)
        assert (file.content, file.native_stride) == (content, stride)


def test_the_bundled_file_is_known_under_another_name(tmp_path):
    """What is known needs no trial run."""
    path = tmp_path / "copy.tflite"
    for content, known in ((bundled_path().read_bytes(), True), (bundled_path().read_bytes() + b"0", False)):
        path.write_bytes(content)
        file = load_model(path)
        assert (file.name, file.known) == (str(path), known)


@pytest.mark.parametrize(
    ("model", "problem"),
    [
        ("none.tflite", "there is no model file 'none.tflite'"),
        ("", "cannot be read: Is a directory"),
        ("/dev/null/net.tflite", "cannot be read: Not a directory"),
        ("x" * 5000, "cannot be read: File name too long"),
        ("net\0", "cannot be read: embedded null"),
        ("~nobody-of-this-name/net.tflite", "there is no model file '~nobody-of-this-name/net.tflite'"),
    ],
    ids=["missing", "empty", "below a file", "long", "null", "home"],
)
def test_wrong_path_is_an_error_that_names_the_models(model, problem):
    message = error_of(load_model, model)
    assert problem in message
    assert "posenet_mobilenet_v1_100_257x257" in message


def test_without_network_the_bundled_model_is_used_with_one_warning(server, cache, monkeypatch):
    entry = server.entry("missing")
    monkeypatch.setitem(store.ENTRIES, "net", entry)
    file = load_model("net")
    assert (file.name, file.known) == ("bundled", True)
    assert "cannot be fetched" in file.warning
    assert "ros2 run posenet_ros models fetch net" in file.warning
    assert replace(file, warning="") == load_model("bundled")


def test_bundled_model_needs_neither_network_nor_cache(monkeypatch):
    monkeypatch.setenv("POSENET_ROS_CACHE", "/dev/null/no")
    monkeypatch.setattr(store, "download", None)
    file = load_model("bundled")
    assert len(file.content) <= 4_000_000
    assert file.warning == ""


def test_missing_bundled_model_is_an_error_with_a_cure(monkeypatch, tmp_path):
    monkeypatch.setattr(catalogue, "bundled_path", lambda: tmp_path / "none.tflite")
    assert "install the package again" in error_of(load_model, "bundled")


@pytest.mark.parametrize("content", [b"", b"a model"])
def test_damaged_bundled_model_is_an_error_with_a_cure(content, monkeypatch, tmp_path):
    path = tmp_path / "model.tflite"
    path.write_bytes(content)
    monkeypatch.setattr(catalogue, "bundled_path", lambda: path)
    assert "is damaged; install the package again" in error_of(load_model, "bundled")


def test_official_entries_are_complete():
    entries = list(store.ENTRIES.values())
    for key in ("name", "url", "sha256"):
        assert len({getattr(entry, key) for entry in entries}) == len(entries)
    for entry in entries:
        assert entry.url.startswith("https://")
        assert len(bytes.fromhex(entry.sha256)) == hashlib.sha256().digest_size
        assert entry.size > 1_000_000
        assert entry.native_stride in (16, 32)
        assert entry.licence == "Apache-2.0"
