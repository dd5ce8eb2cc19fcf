# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Bags in S3, and outputs there: on moto's server, over the loopback."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

pytest.importorskip("s3fs", reason="s3fs is an optional library: make test-fleet")
pytest.importorskip("moto.server", reason="moto is an optional library: make test-fleet")

from bag_maker import record_images
from bag_runs import find_people, walk
from moto.server import ThreadedMotoServer
from upath import UPath

from posenet_ros.offline.command import main

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def bucket(monkeypatch) -> str:
    """Return the URL of an empty bucket."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    settings = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    # What earlier tests stored lives on in moto, and their connections in fsspec.
    name = f"s3://bags-{uuid.uuid4().hex}"
    type(UPath(name).fs).clear_instance_cache()
    UPath(name).mkdir()
    yield name
    type(UPath(name).fs).clear_instance_cache()
    server.stop()


def upload(folder: Path, url: str) -> str:
    for path in folder.iterdir():
        UPath(f"{url}/{folder.name}/{path.name}").write_bytes(path.read_bytes())
    return f"{url}/{folder.name}"


def content_of(folder) -> dict[str, bytes]:
    prefix = str(folder).rstrip("/") + "/"
    return {str(path).removeprefix(prefix): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("storage", ["mcap", "sqlite3"])
@pytest.mark.parametrize("jobs", [1, 2])
def test_bags_and_outputs_in_s3(tmp_path, bucket, mini_model, storage, jobs, capsys):
    bags = [record_images(walk(4 + number)).write(tmp_path / f"walk_{number}", storage) for number in range(2)]
    urls = [upload(bag, f"{bucket}/in") for bag in bags]
    assert find_people(bags, tmp_path / "out", mini_model) == 0
    assert find_people(urls, f"{bucket}/out", mini_model, jobs=jobs, table=f"{bucket}/poses.csv") == 0
    assert content_of(UPath(f"{bucket}/out")) == content_of(tmp_path / "out")
    assert UPath(f"{bucket}/poses.csv").read_text().count("\n") == 1 + 4 + 5
    capsys.readouterr()
    assert find_people(urls, f"{bucket}/out", mini_model) == 0
    assert "2 bags (2 were there already), 9 images" in capsys.readouterr().out


def test_an_upload_that_was_ended_is_made_anew(tmp_path, bucket, mini_model):
    bag = record_images(walk(4)).write(tmp_path / "walk")
    assert find_people([bag], tmp_path / "out", mini_model) == 0
    # Metadata goes last: without it there is no bag.
    UPath(f"{bucket}/out/walk/walk.mcap").write_bytes(b"half")
    assert find_people([bag], f"{bucket}/out", mini_model) == 0
    assert content_of(UPath(f"{bucket}/out")) == content_of(tmp_path / "out")


def test_segments_in_s3(tmp_path, bucket, mini_model):
    bag = record_images(walk(30)).write(tmp_path / "long")
    url = upload(bag, f"{bucket}/in")
    assert find_people([bag], tmp_path / "out", mini_model, {"smoothing": True}) == 0
    assert find_people([url], f"{bucket}/out", mini_model, {"smoothing": True}, jobs=2, segment=1.0) == 0
    assert content_of(UPath(f"{bucket}/out")) == content_of(tmp_path / "out")


def test_a_folder_of_bags_in_s3_by_the_command(tmp_path, bucket, mini_model):
    for number in range(2):
        upload(record_images(walk(2)).write(tmp_path / f"walk_{number}"), f"{bucket}/in")
    arguments = [f"{bucket}/in", "--output", str(tmp_path / "out"), "-p", f"model={mini_model}"]
    assert main(arguments) == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["walk_0", "walk_1"]


def test_a_cut_bag_in_s3_is_read_up_to_the_cut(tmp_path, bucket, mini_model, capsys):
    bag = record_images(walk(10)).write(tmp_path / "walk")
    content = (bag / "walk.mcap").read_bytes()
    UPath(f"{bucket}/in/walk/walk.mcap").write_bytes(content[: len(content) * 6 // 10])
    assert find_people([f"{bucket}/in/walk"], f"{bucket}/out", mini_model) == 0
    assert "walk.mcap is not whole" in capsys.readouterr().err
