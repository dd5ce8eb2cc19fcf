# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The node that shows images and poses in a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from rclpy.clock import Clock, ClockType

from posenet_ros.errors import SettingError, WebError
from posenet_ros.ros.qos import OUTPUT
from posenet_ros.ros.remote_parameters import RemoteParameters
from posenet_ros.ros.run import run_node
from posenet_ros.ros.settings_node import SettingsNode
from posenet_ros.ros.watched_camera import WatchedCamera, image_topic
from posenet_ros.settings.web import WebSettings
from posenet_ros.web.frames import Frame
from posenet_ros.web.scene import View
from posenet_ros.web.status import LEVELS, Status, TunableParameter

if TYPE_CHECKING:
    from posenet_ros.web.server_thread import ServerThread

_REFRESH_PERIOD_S = 1.0


class WebNode(SettingsNode):
    """Hands what it hears to the page's server, and changes of parameters to the pose node.

    :param node_arguments: those of :class:`rclpy.node.Node`: context, namespace, parameter_overrides, ...
    """

    def __init__(self, **node_arguments: Any) -> None:
        # Kilted destroys a node whose constructor fails.
        self._server: ServerThread | None = None
        super().__init__("pose_web", **node_arguments)
        self._node_parameters = self.declare_settings(WebSettings)
        if self._node_parameters.problems:
            raise SettingError("; ".join(self._node_parameters.problems.values()))
        settings = self._node_parameters.current
        self._watched: frozenset[str] = frozenset()
        self._watched_changed = self.create_guard_condition(self._apply_watched)
        self._remote = RemoteParameters(self, settings.pose_node, self._take_parameters)
        self._server = self._serve(settings)
        self._cameras: dict[str, WatchedCamera] = {}
        # Until the pose node tells its cameras.
        self._set_cameras([""], compressed=False)
        self.create_subscription(DiagnosticArray, "/diagnostics", self._take_diagnostics, OUTPUT)
        self.create_timer(_REFRESH_PERIOD_S, self._refresh, clock=Clock(clock_type=ClockType.STEADY_TIME))
        hint = " (with ?token=... behind it, the first time)" if settings.token else ""
        self.get_logger().info(f"the page is at {self._server.url}{hint}")

    def _serve(self, settings: WebSettings) -> ServerThread:
        try:
            from posenet_ros.web.server_thread import ServerThread  # noqa: PLC0415 - only here its library is needed
        except ModuleNotFoundError as error:
            raise WebError(
                f"the page needs {error.name}, which is not installed: install python3-aiohttp (rosdep install) or pip"
                " install aiohttp"
            ) from error
        return ServerThread(settings, self._on_watched, self._remote.set)

    def destroy_node(self) -> None:
        """Stop the server before what it uses goes."""
        if self._server is not None:
            self._server.stop()
        super().destroy_node()

    def _post(self, call: str, *arguments: Any) -> None:
        assert self._server is not None
        self._server.post(getattr(self._server.hub, call), *arguments)

    def _on_watched(self, names: frozenset[str]) -> None:
        # Called in the server's thread: subscriptions belong to the executor's.
        self._watched = names
        self._watched_changed.trigger()

    def _apply_watched(self) -> None:
        for name, camera in self._cameras.items():
            camera.watch(name in self._watched)

    def _refresh(self) -> None:
        if self._watched or not self._remote.known:
            self._remote.refresh()

    def _take_parameters(self, parameters: list[TunableParameter], values: dict[str, Any]) -> None:
        self._post("set_parameters", parameters)
        if values.get("cameras"):
            self._set_cameras(values["cameras"], values.get("image_transport") == "compressed")

    def _set_cameras(self, names: list[str], compressed: bool) -> None:
        topics = {name: image_topic(self, name, compressed) for name in names}
        if topics == {name: camera.topic for name, camera in self._cameras.items()}:
            return
        for camera in self._cameras.values():
            camera.close()
        self._post("set_cameras", topics)
        self._cameras = {
            name: WatchedCamera(
                self,
                name,
                compressed,
                lambda: self._node_parameters.current,
                on_image=self._take_image,
                on_people=self._take_people,
                on_view=self._take_view,
            )
            for name in topics
        }
        self._apply_watched()

    def _take_image(self, camera: str, frame: Frame) -> None:
        self._post("add_image", camera, frame)

    def _take_people(self, camera: str, frame: Frame) -> None:
        self._post("add_people", camera, frame)

    def _take_view(self, camera: str, view: View) -> None:
        self._post("set_view", camera, view)

    def _take_diagnostics(self, message: DiagnosticArray) -> None:
        self._post("update_statuses", [_to_status(status) for status in message.status])


def _to_status(status: DiagnosticStatus) -> Status:
    # The levels of the message are bytes, 0 to 3.
    level = LEVELS[min(status.level[0] if isinstance(status.level, bytes) else status.level, len(LEVELS) - 1)]
    values = {value.key: value.value for value in status.values}
    return Status(status.name, level, status.message, status.hardware_id, values)


def main() -> int:
    """Run the node; returns the exit status."""
    return run_node("web_node", __doc__ or "", WebNode)
