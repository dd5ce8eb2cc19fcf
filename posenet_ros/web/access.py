# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Who may see the page.

A browser lets any website connect to a server on its user's machine. The page is shown only where ``Host`` names this
server (a foreign name that was made to resolve to this address does not: DNS rebinding) and ``Origin``, if there is
one, is this server (RFC 6455, 10.2).
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import socket
from collections.abc import Mapping
from urllib.parse import urlsplit

from posenet_ros.settings.web import PageSettings, is_loopback

_COOKIE_PURPOSE = b"posenet_ros page"


class AccessPolicy:
    """Checks requests against the settings of the server."""

    def __init__(self, settings: PageSettings) -> None:
        self._settings = settings
        self._token = settings.token.encode()
        # The browser keeps a derived value, the same after a restart of the server, and not the token itself.
        self._secret = hmac.new(self._token, _COOKIE_PURPOSE, hashlib.sha256).hexdigest()
        # Cookies ignore ports: each token has a cookie of its own, so that two pages on one machine get along.
        self.cookie_name = f"pose_web_{hashlib.sha256(self._secret.encode()).hexdigest()[:8]}"
        name = socket.gethostname().lower()
        self._names = {settings.address.lower(), name, f"{name}.local", socket.getfqdn().lower()}

    @property
    def cookie(self) -> str:
        """The value of the cookie that stands for the token."""
        return self._secret

    def refusal(self, headers: Mapping[str, str]) -> str:
        """Return why a request from elsewhere is refused, or nothing."""
        host = headers.get("Host", "")
        if not self._is_own(host):
            return (
                f"Host is {_quoted(host)}, which is not this server: open the page by its IP address, localhost or the"
                " machine's name"
            )
        origin = headers.get("Origin")
        if origin is not None and not _is_of_host(origin, host):
            return f"Origin is {_quoted(origin)}, a page that is not of this server"
        return ""

    def is_token(self, given: str | None) -> bool:
        """Return whether the token is right, in a time that tells nothing of it; without a token all are."""
        return not self._token or hmac.compare_digest(_bytes(given), self._token)

    def is_cookie(self, given: str | None) -> bool:
        """Return whether the cookie stands for the token."""
        return not self._token or hmac.compare_digest(_bytes(given), self._secret.encode())

    def _is_own(self, host: str) -> bool:
        name = host_name(host)
        if is_loopback(name):
            return True
        if self._settings.is_local:
            return False
        if name in self._names:
            return True
        try:
            # No name that could have been made to resolve to this address.
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True


def host_name(host: str) -> str:
    """Return the name or address in a ``Host`` header, lower case, without port and brackets; empty if it is none."""
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port
    except ValueError:
        return ""
    return "" if set(host) & set("/?#@") else parts.hostname or ""


def _is_of_host(origin: str, host: str) -> bool:
    scheme, _, rest = origin.lower().partition("://")
    return scheme in ("http", "https") and rest == host.lower()


def _quoted(text: str) -> str:
    return repr(text[:100])


def _bytes(text: str | None) -> bytes:
    # Headers that are no UTF-8 arrive with surrogates.
    return (text or "").encode("utf-8", "surrogateescape")
