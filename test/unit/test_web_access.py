# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Who may see the page."""

from __future__ import annotations

import hmac

import pytest

from posenet_ros.errors import SettingError
from posenet_ros.settings.web import PageSettings
from posenet_ros.web.access import AccessPolicy

LOCAL = AccessPolicy(PageSettings())
OPEN = AccessPolicy(PageSettings(address="0.0.0.0", token="sesame"))


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.168.1.7", "robot.local", ""])
def test_an_address_that_others_reach_needs_a_token(address):
    with pytest.raises(SettingError, match=r"set token"):
        PageSettings(address=address)
    PageSettings(address=address, token="sesame")


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_an_address_of_this_machine_needs_none(address):
    assert PageSettings(address=address).is_local


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8090", "LocalHost:1", "127.0.0.1:8090", "[::1]:8090", "127.0.0.1"]
)
def test_own_hosts_are_let_in(host):
    assert LOCAL.refusal({"Host": host}) == ""
    assert LOCAL.refusal({"Host": host, "Origin": f"http://{host}"}) == ""
    assert OPEN.refusal({"Host": host}) == ""


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "", "evil@localhost", "0.0.0.0:8090", "a:b:c"]
    + ["localhost/evil", "[::1", "192.168.1.7:8090", "localhost:99999", "localhost?", "2130706433"],
)
def test_foreign_hosts_are_refused(host):
    assert "Host is" in LOCAL.refusal({"Host": host})


def test_a_request_without_a_host_is_refused():
    assert "Host is ''" in LOCAL.refusal({})


@pytest.mark.parametrize("host", ["192.168.1.7:8090", "[fe80::1]:8090"])
def test_addresses_are_let_in_where_others_may_come(host):
    assert OPEN.refusal({"Host": host, "Origin": f"http://{host}"}) == ""


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8090"])
def test_names_that_could_be_rebound_are_refused_there_too(host):
    assert "Host is" in OPEN.refusal({"Host": host})


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", "", "http://localhost:3000", "http://localhost", "file://", "ws://localhost:8090"]
    + ["http://localhost:8090.evil.example", "http://localhost:8090/"],
)
def test_pages_of_other_origins_are_refused(origin):
    refusal = LOCAL.refusal({"Host": "localhost:8090", "Origin": origin})
    assert "Origin is" in refusal


def test_texts_from_elsewhere_are_cut():
    assert len(LOCAL.refusal({"Host": "x" * 5000})) < 400


def test_the_token_and_its_cookie():
    assert OPEN.is_token("sesame")
    assert OPEN.is_cookie(OPEN.cookie)
    for wrong in ("", None, "sesam", "sesame ", "\udcff", "ä"):
        assert not OPEN.is_token(wrong)
        assert not OPEN.is_cookie(wrong)
    assert not OPEN.is_cookie("sesame")
    assert "sesame" not in OPEN.cookie + OPEN.cookie_name


def test_the_cookie_is_the_same_after_a_restart_and_another_for_another_token():
    again = AccessPolicy(PageSettings(token="sesame"))
    other = AccessPolicy(PageSettings(token="open"))
    assert (again.cookie, again.cookie_name) == (OPEN.cookie, OPEN.cookie_name)
    assert other.cookie != OPEN.cookie
    assert other.cookie_name != OPEN.cookie_name


def test_without_a_token_everybody_here_may_look():
    assert LOCAL.is_token(None)
    assert LOCAL.is_cookie(None)


def test_secrets_are_compared_in_constant_time(monkeypatch):
    compared = []
    monkeypatch.setattr(hmac, "compare_digest", lambda a, b: compared.append((a, b)) or a == b)
    OPEN.is_token("guess")
    OPEN.is_cookie("guess")
    assert compared == [(b"guess", b"sesame"), (b"guess", OPEN.cookie.encode())]
