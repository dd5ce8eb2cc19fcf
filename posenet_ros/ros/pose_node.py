# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The node that turns images into poses."""

from __future__ import annotations

import time
from dataclasses import fields
from itertools import count

from diagnostic_msgs.msg import DiagnosticStatus
from rclpy.clock import Clock, ClockType
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn
from sensor_msgs.msg import CompressedImage
from std_srvs.srv import SetBool

from posenet_ros.errors import ImageError, PoseNetError
from posenet_ros.ros.camera_channel import CameraChannel
from posenet_ros.ros.configured_estimator import ConfiguredEstimator
from posenet_ros.ros.depth_input import DepthOptions
from posenet_ros.ros.diagnostics import DiagnosticsPublisher, camera_status, plain_status
from posenet_ros.ros.messages.images import compressed_to_bgr, to_bgr
from posenet_ros.ros.messages.poses import to_pose_array
from posenet_ros.ros.messages.stamps import image_age, to_seconds
from posenet_ros.ros.parameter_tables import POSE_PARAMETERS
from posenet_ros.ros.parameters import NodeParameters
from posenet_ros.ros.run import run_node
from posenet_ros.streaming.worker import NewestFirstWorker
from posenet_ros.tracking.stage import FollowingOptions

_FOLLOWING_OPTIONS = tuple(field.name for field in fields(FollowingOptions))
_DEPTH_OPTIONS = tuple(field.name for field in fields(DepthOptions))
_LOG_PERIOD_S = 5.0
_CHECK_PERIOD_S = 0.5


class PoseNode(LifecycleNode):
    """Subscribes to images and publishes the people in the newest one of each camera.

    Unconfigured it holds no model; inactive or disabled it holds no image subscription.
    """

    def __init__(self) -> None:
        # Kilted destroys a node whose constructor fails.
        self._estimator: ConfiguredEstimator | None = None
        self._channels: list[CameraChannel] = []
        self._worker: NewestFirstWorker[CameraChannel, bytes] | None = None
        # Of all cameras, and as long as the node runs: no two people have the same.
        self._ids = count(1)
        super().__init__("posenet")
        self._settings = NodeParameters(self, "posenet", POSE_PARAMETERS)
        self._enabled = True
        self._problem = ""
        self._diagnostics = DiagnosticsPublisher(self)
        self.create_service(SetBool, "~/enable", self._on_enable)
        # Simulated time may stand still while images fail to come.
        self.create_timer(_CHECK_PERIOD_S, self._check, clock=Clock(clock_type=ClockType.STEADY_TIME))
        if self._settings["autostart"] and self.trigger_configure() == TransitionCallbackReturn.SUCCESS:
            self.trigger_activate()

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Load the model and offer the topics."""
        try:
            if self._settings.problems:
                raise PoseNetError("; ".join(self._settings.problems.values()))
            self._estimator = ConfiguredEstimator(self._settings, self.get_logger(), self._log_progress)
            self._channels = [
                CameraChannel(
                    self,
                    name,
                    self._settings["image_transport"],
                    self._settings["depth"],
                    self._ids,
                    self._receive,
                )
                for name in self._camera_names()
            ]
        # Whatever it is, the node lives on and says what it was.
        except Exception as error:  # noqa: BLE001
            self._problem = f"cannot configure: {error}"
            self.get_logger().error(self._problem)
            self._release()
            return TransitionCallbackReturn.FAILURE
        self._problem = ""
        self._settings.locked = True
        return TransitionCallbackReturn.SUCCESS

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Listen to images."""
        result = super().on_activate(state)
        self._worker = NewestFirstWorker(self._process, self._report)
        self._listen_or_ignore()
        return result

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Stop listening."""
        self._stop()
        return super().on_deactivate(state)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Let go of the model."""
        self._release()
        return TransitionCallbackReturn.SUCCESS

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Stop from any state."""
        self._release()
        return TransitionCallbackReturn.SUCCESS

    def on_error(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Go back to the start, whence everything can be tried again."""
        self._release()
        return TransitionCallbackReturn.SUCCESS

    def destroy_node(self) -> None:
        """Stop the worker before its publishers go."""
        self._stop()
        super().destroy_node()

    def _release(self) -> None:
        self._stop()
        for channel in self._channels:
            channel.close()
        self._channels = []
        self._estimator = None
        self._settings.locked = False

    def _stop(self) -> None:
        for channel in self._channels:
            channel.ignore()
        if self._worker is not None:
            self._worker.stop()
            self._worker = None

    def _camera_names(self) -> list[str]:
        names = list(self._settings["cameras"])
        if not names or len(set(names)) < len(names):
            raise PoseNetError(f"cameras is {names}, expected names that differ, or one empty name")
        return names

    def _log_progress(self, received: int, total: int) -> None:
        if not self.context.ok():
            raise PoseNetError("the node was told to end while it fetched the model")
        self.get_logger().info(
            f"fetching the model: {received / 1e6:.1f} of {total / 1e6:.1f} MB", throttle_duration_sec=1.0
        )

    def _on_enable(self, request: SetBool.Request, response: SetBool.Response) -> SetBool.Response:
        self._enabled = request.data
        self._listen_or_ignore()
        response.success = True
        response.message = "enabled" if request.data else "disabled: no images are received"
        if self._worker is None:
            response.message += "; takes effect when the node is activated"
        return response

    def _listen_or_ignore(self) -> None:
        for channel in self._channels:
            if self._enabled and self._worker is not None:
                channel.listen()
            else:
                channel.ignore()

    def _receive(self, channel: CameraChannel, serialized: bytes) -> None:
        due = channel.is_due(self._settings["max_rate"])
        if due and self._worker is not None and self._worker.submit(channel, serialized):
            channel.statistics.count_dropped()

    def _process(self, channel: CameraChannel, serialized: bytes) -> None:
        estimator = self._estimator
        assert estimator is not None
        start = time.perf_counter()
        message = channel.unpack(serialized)
        image = compressed_to_bgr(message) if isinstance(message, CompressedImage) else to_bgr(message)
        people = estimator.estimate(image)
        following = FollowingOptions(**self._settings.select(_FOLLOWING_OPTIONS))
        people = channel.follower.update(people, to_seconds(message.header.stamp), following)
        if channel.depth is not None:
            options = DepthOptions(**self._settings.select(_DEPTH_OPTIONS))
            people = channel.depth.locate(people, message.header, image.shape[:2], options)
        channel.poses.publish(to_pose_array(people, message.header, image.shape[:2]))
        total = time.perf_counter() - start
        age = image_age(message.header.stamp, self.get_clock().now())
        channel.statistics.count_processed(estimator.inference_seconds, total, age, len(people))
        channel.publish_overlay(image, people, message.header, self._settings["keypoint_threshold"])

    def _report(self, channel: CameraChannel, error: Exception) -> None:
        if not self.context.ok():
            return  # The node was told to end while it worked on this image.
        if isinstance(error, ImageError):
            channel.statistics.count_bad()
        else:
            channel.statistics.count_failed()
        self.get_logger().error(
            f"no poses from an image on {channel.topic}: {error}", throttle_duration_sec=_LOG_PERIOD_S
        )

    def _check(self) -> None:
        for channel in self._channels:
            channel.check_silence()
        if self._diagnostics.is_due(self._settings["diagnostics_period"]):
            self._diagnostics.publish(self._statuses())

    def _statuses(self) -> list[DiagnosticStatus]:
        name = self.get_name()
        if self._problem:
            return [plain_status(name, DiagnosticStatus.ERROR, self._problem)]
        if self._estimator is None or self._worker is None:
            return [plain_status(name, DiagnosticStatus.OK, "not active")]
        if not self._enabled:
            return [plain_status(name, DiagnosticStatus.OK, "disabled by ~/enable")]
        settings = self._estimator.report()
        now = time.monotonic()
        return [
            camera_status(
                f"{name}: {channel.name or 'image'}",
                channel.topic,
                channel.statistics.report(now),
                settings,
                None if channel.depth is None else channel.depth.problem,
            )
            for channel in self._channels
        ]


def main() -> int:
    """Run the node; returns the exit status."""
    return run_node(PoseNode)
