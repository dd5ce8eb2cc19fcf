# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The settings of the page and of the web node."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from posenet_ros.errors import SettingError
from posenet_ros.settings.parameter import AT_START, Settings, parameter
from posenet_ros.settings.view import ViewSettings


@dataclass(frozen=True)
class PageSettings(Settings):
    """How the page is served.

    :raises SettingError: if other machines can reach the address and there is no token
    """

    address: str = parameter(
        "127.0.0.1",
        "IP address or host name on which the page is served. Any that other machines can reach, such as 0.0.0.0, needs"
        " a token.",
        fixed=AT_START,
    )
    port: int = parameter(
        8090, "TCP port of the page; 0 = any free one, which the log names.", minimum=0, maximum=65535, fixed=AT_START
    )
    token: str = parameter(
        "",
        "Secret that a browser must give once, as in http://ADDRESS:PORT/?token=SECRET. Empty = none is asked for.",
        fixed=AT_START,
    )
    allow_changes: bool = parameter(
        False, "Let the page change the parameters of the pose node; false = show them only.", fixed=AT_START
    )
    max_clients: int = parameter(
        8, "Maximum number of pages that are open at a time.", minimum=1, maximum=100, fixed=AT_START
    )
    jpeg_quality: int = parameter(
        80,
        "JPEG quality of the images on the page; higher needs more bandwidth.",
        minimum=1,
        maximum=100,
        fixed=AT_START,
    )
    max_rate: float = parameter(
        30.0,
        "Maximum rate in Hz at which each page gets images; 0 = unlimited.",
        minimum=0.0,
        maximum=1000.0,
        fixed=AT_START,
    )

    def __post_init__(self) -> None:
        """Refuse to show the camera to everybody."""
        super().__post_init__()
        if not self.token and not self.is_local:
            raise SettingError(
                f"address is '{self.address}', which other machines can reach, and token is empty: set token, or leave"
                " address at 127.0.0.1 and use an SSH tunnel"
            )

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach the page."""
        return is_loopback(self.address)


@dataclass(frozen=True)
class WebSettings(ViewSettings, PageSettings):
    """The parameters of the web node."""

    pose_node: str = parameter("posenet", "Name of the pose node whose cameras are shown.", fixed=AT_START)


def is_loopback(host: str) -> bool:
    """Return whether a host name or IP address, without port and brackets, is this machine's own."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
