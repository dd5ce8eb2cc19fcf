# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The node that turns images into poses."""

from __future__ import annotations

import time
from itertools import count
from typing import Any

from diagnostic_msgs.msg import DiagnosticStatus
from rclpy.clock import Clock, ClockType
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn
from std_srvs.srv import SetBool

from posenet_ros.errors import PoseNetError
from posenet_ros.estimator import PoseEstimator
from posenet_ros.ros.camera_names import check_camera_names
from posenet_ros.ros.camera_stream import CameraStream, StreamWorker
from posenet_ros.ros.diagnostics import DiagnosticsPublisher, busy_bound, camera_status, plain_status
from posenet_ros.ros.run import run_node
from posenet_ros.ros.settings_node import SettingsNode
from posenet_ros.settings.pose import PoseSettings

_CHECK_PERIOD_S = 0.5
# Time for the image that is being processed.
_STOP_TIMEOUT_S = 2.0


class PoseNode(SettingsNode, LifecycleNode):
    """Subscribes to images and publishes the people in the newest one of each camera.

    Unconfigured it holds no model; inactive or disabled it holds no image subscription. The way of an image is in
    :class:`CameraStream`; this class configures, starts, stops and reports.

    :param node_arguments: those of :class:`rclpy.node.Node`: context, namespace, parameter_overrides, ...
    """

    def __init__(self, **node_arguments: Any) -> None:
        # Kilted destroys a node whose constructor fails.
        self._estimator: PoseEstimator | None = None
        self._streams: list[CameraStream] = []
        self._worker: StreamWorker | None = None
        # A worker that was stopped while the network was busy with an image, and may not have ended.
        self._blocked_worker: StreamWorker | None = None
        # For all cameras, as long as the node runs: no two people get the same id.
        self._ids = count(1)
        super().__init__("posenet", **node_arguments)
        self._node_parameters = self.declare_settings(PoseSettings)
        self._enabled = True
        self._problem = ""
        self._hang_reported = False
        self._diagnostics = DiagnosticsPublisher(self, self._statuses)
        self.create_service(SetBool, "~/enable", self._on_enable)
        # Simulated time may stand still while images fail to come.
        self.create_timer(_CHECK_PERIOD_S, self._check, clock=Clock(clock_type=ClockType.STEADY_TIME))
        self._check()
        if self._node_parameters.current.autostart and self.trigger_configure() == TransitionCallbackReturn.SUCCESS:
            self.trigger_activate()

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Load the model and create the publishers."""
        settings = self._node_parameters.current
        try:
            if self._node_parameters.problems:
                raise PoseNetError("; ".join(self._node_parameters.problems.values()))
            check_camera_names(settings.cameras)
            self._estimator = PoseEstimator.from_settings(settings, self._log_progress)
            for name in settings.cameras:
                self._streams.append(
                    CameraStream(self, name, self._estimator, self._ids, lambda: self._node_parameters.current)
                )
        # Whatever the error is, the node lives on and reports it.
        except Exception as error:  # noqa: BLE001
            if self.context.ok():  # Else the node is being shut down.
                self._problem = f"cannot configure: {error}"
                self.get_logger().error(self._problem)
            self._release()
            return TransitionCallbackReturn.FAILURE
        if self._estimator.warning:
            self.get_logger().warning(self._estimator.warning)
        report = self._estimator.report()
        self.get_logger().info(f"model {report.model}: {report}, {report.runtime}")
        self._problem = ""
        self._node_parameters.locked = True
        return TransitionCallbackReturn.SUCCESS

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Subscribe to the images."""
        if self._blocked_worker is not None and self._blocked_worker.alive:
            self.get_logger().error(
                "cannot activate: the network is still busy with an earlier image; clean up and configure the node"
                " to load the model again"
            )
            return TransitionCallbackReturn.FAILURE
        result = super().on_activate(state)
        self._worker = StreamWorker(CameraStream.process, CameraStream.report_error)
        self._subscribe()
        return result

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Drop the image subscriptions."""
        self._stop()
        return super().on_deactivate(state)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Release the model."""
        self._release()
        return TransitionCallbackReturn.SUCCESS

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Stop from any state."""
        self._release()
        return TransitionCallbackReturn.SUCCESS

    def on_error(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Return to the unconfigured state, from which the node can be configured again."""
        self._release()
        return TransitionCallbackReturn.SUCCESS

    def destroy_node(self) -> None:
        """Stop the worker before its publishers go."""
        self._stop()
        super().destroy_node()

    def _release(self) -> None:
        self._stop()
        for stream in self._streams:
            stream.close()
        self._streams = []
        self._estimator = None
        # The blocked thread keeps its model; nobody else uses it any more.
        self._blocked_worker = None
        self._node_parameters.locked = False

    def _stop(self) -> None:
        for stream in self._streams:
            stream.unsubscribe()
        if self._worker is not None:
            if not self._worker.stop(_STOP_TIMEOUT_S):
                self._blocked_worker = self._worker
                self.get_logger().error("the network does not finish its image: the node goes on without it")
            self._worker = None

    def _subscribe(self) -> None:
        for stream in self._streams:
            if self._enabled and self._worker is not None:
                stream.subscribe(self._worker)
            else:
                stream.unsubscribe()

    def _on_enable(self, request: SetBool.Request, response: SetBool.Response) -> SetBool.Response:
        self._enabled = request.data
        self._subscribe()
        response.success = True
        response.message = "enabled" if request.data else "disabled: no images are received"
        if self._worker is None:
            response.message += "; takes effect when the node is activated"
        return response

    def _log_progress(self, received: int, total: int) -> None:
        if not self.context.ok():
            raise PoseNetError("the node was shut down while it downloaded the model")
        self.get_logger().info(
            f"downloading the model: {received / 1e6:.1f} of {total / 1e6:.1f} MB", throttle_duration_sec=1.0
        )

    def _check(self) -> None:
        """Check what no callback reports: missing images, a network that hangs, a new period of the diagnostics."""
        self._diagnostics.set_period(self._node_parameters.current.diagnostics_period)
        for stream in self._streams:
            stream.check_silence()
        self._report_hang()

    def _report_hang(self) -> None:
        busy = 0.0 if self._worker is None else self._worker.busy_seconds()
        bounds = [busy_bound(stream.statistics.times()) for stream in self._streams]
        hangs = bool(bounds) and busy > max(bounds)
        if hangs and not self._hang_reported:
            self.get_logger().warning(f"busy with one image for {busy:.0f} s: the network may hang")
        self._hang_reported = hangs

    def _statuses(self) -> list[DiagnosticStatus]:
        name = self.get_fully_qualified_name()
        if self._problem:
            return [plain_status(name, DiagnosticStatus.ERROR, self._problem)]
        if self._estimator is None or self._worker is None:
            return [plain_status(name, DiagnosticStatus.OK, "not active")]
        if not self._enabled:
            return [plain_status(name, DiagnosticStatus.OK, "disabled by ~/enable")]
        estimator = self._estimator.report()
        now = time.monotonic()
        return [
            camera_status(
                f"{name}: {stream.name or 'image'}",
                stream.topic,
                stream.statistics.report(now),
                estimator,
                stream.depth_problem,
                self._worker.busy_seconds(),
            )
            for stream in self._streams
        ]


def main() -> int:
    """Run the node; returns the exit status."""
    return run_node("pose_node", __doc__ or "", PoseNode)
