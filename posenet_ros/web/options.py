# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How the page is served."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from posenet_ros.errors import PoseNetError


class WebError(PoseNetError):
    """The page cannot be served as asked."""


@dataclass(frozen=True)
class WebOptions:
    """Settings of the server.

    :param address: IP address or host name to listen on; anything but a loopback address needs a token
    :param port: TCP port; 0 takes any free one
    :param token: what a browser must know; empty for nothing
    :param allow_changes: whether the page may change parameters
    :param max_clients: how many pages may be open at a time
    :param jpeg_quality: 1 to 100
    :param max_rate: maximum images per second sent to each page; 0 is unlimited
    :raises WebError: if an address that others can reach has no token
    """

    address: str = "127.0.0.1"
    port: int = 8090
    token: str = ""
    allow_changes: bool = False
    max_clients: int = 8
    jpeg_quality: int = 80
    max_rate: float = 30.0

    def __post_init__(self) -> None:
        """Refuse to show the camera to everybody."""
        if not self.token and not self.is_local:
            raise WebError(
                f"address is '{self.address}', which other machines can reach, and token is empty: set token, or leave"
                " address at 127.0.0.1 and use an SSH tunnel"
            )

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach the server."""
        return is_loopback(self.address)


def is_loopback(host: str) -> bool:
    """Return whether a host name or IP address, without port and brackets, is this machine's own."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
