# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The node that turns images into poses."""

from __future__ import annotations

import time
from dataclasses import fields

from diagnostic_msgs.msg import DiagnosticStatus
from rclpy.clock import Clock, ClockType
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn
from sensor_msgs.msg import CompressedImage
from std_srvs.srv import SetBool

from posenet_ros.drawing import draw_people
from posenet_ros.errors import ImageError, PoseNetError
from posenet_ros.estimator import DecodingOptions, PoseEstimator
from posenet_ros.latest import LatestWorker
from posenet_ros.model_store import load_model
from posenet_ros.ros.camera_channel import CameraChannel
from posenet_ros.ros.diagnostics import DiagnosticsPublisher, PoseSettings, camera_status, plain_status
from posenet_ros.ros.image_messages import compressed_to_bgr, to_bgr, to_image_message
from posenet_ros.ros.parameters import POSE_PARAMETERS, NodeParameters
from posenet_ros.ros.pose_messages import to_pose_array
from posenet_ros.ros.spin import run_node
from posenet_ros.ros.stamps import image_age
from posenet_ros.runtime import default_num_threads, find_runtime

_DECODING_OPTIONS = tuple(field.name for field in fields(DecodingOptions))
_MODEL_OPTIONS = ("num_threads", "delegate")
_LOG_PERIOD_S = 5.0
_CHECK_PERIOD_S = 0.5


class PoseNode(LifecycleNode):
    """Subscribes to images and publishes the people in the newest one of each camera.

    Unconfigured it holds no model; inactive or disabled it holds no image subscription.
    """

    def __init__(self) -> None:
        # Kilted destroys a node whose constructor fails.
        self._estimator: PoseEstimator | None = None
        self._channels: list[CameraChannel] = []
        self._worker: LatestWorker[CameraChannel, bytes] | None = None
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
            self._estimator = self._make_estimator()
            self._channels = [
                CameraChannel(self, name, self._settings["image_transport"], self._receive)
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
        self._worker = LatestWorker(self._process, self._report)
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

    def _make_estimator(self) -> PoseEstimator:
        file = load_model(self._settings["model"], self._log_progress)
        self._network = self._wanted_network()
        estimator = PoseEstimator(
            file,
            *self._network,
            native_stride=None if file.known else self._settings["native_stride"],
            **self._settings.select(_MODEL_OPTIONS + _DECODING_OPTIONS),
        )
        runtime = find_runtime()
        self.get_logger().info(f"model {file.name}: {_describe(estimator)}, {runtime.name} {runtime.version}")
        return estimator

    def _log_progress(self, received: int, total: int) -> None:
        if not self.context.ok():
            raise PoseNetError("the node was told to end while it fetched the model")
        self.get_logger().info(
            f"fetching the model: {received / 1e6:.1f} of {total / 1e6:.1f} MB", throttle_duration_sec=1.0
        )

    def _wanted_network(self) -> tuple[int, tuple[int, int]]:
        return self._settings["output_stride"], (self._settings["input_height"], self._settings["input_width"])

    def _apply_parameters(self, estimator: PoseEstimator) -> None:
        estimator.options = DecodingOptions(**self._settings.select(_DECODING_OPTIONS))
        wanted = self._wanted_network()
        if wanted != self._network:
            # Remembered even if it fails, so that one change gives one error.
            self._network = wanted
            estimator.reconfigure(*wanted)
            self.get_logger().info(f"changed to {_describe(estimator)}")

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
        self._apply_parameters(estimator)
        people = estimator.estimate(image)
        channel.poses.publish(to_pose_array(people, message.header, image.shape[:2]))
        total = time.perf_counter() - start
        age = image_age(message.header.stamp, self.get_clock().now())
        channel.statistics.count_processed(estimator.inference_seconds, total, age, len(people))
        if channel.overlay.get_subscription_count():
            overlay = image.copy()
            draw_people(overlay, people, self._settings["keypoint_threshold"])
            channel.overlay.publish(to_image_message(overlay, message.header))

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
        runtime = find_runtime()
        settings = PoseSettings(
            model=self._settings["model"],
            stride=self._estimator.output_stride,
            input_size=self._estimator.input_size,
            runtime=f"{runtime.name} {runtime.version}",
            threads=self._settings["num_threads"] or default_num_threads(),
        )
        now = time.monotonic()
        return [
            camera_status(f"{name}: {channel.name or 'image'}", channel.topic, channel.statistics.report(now), settings)
            for channel in self._channels
        ]


def _describe(estimator: PoseEstimator) -> str:
    height, width = estimator.input_size
    description = f"output stride {estimator.output_stride}, input {height}x{width}"
    if estimator.snapped_from is not None:
        description += f" (of the {estimator.snapped_from[0]}x{estimator.snapped_from[1]} asked for, as it must be"
        description += " k * stride + 1; 0 is the model's own)"
    return description


def main() -> int:
    """Run the node; returns the exit status."""
    return run_node(PoseNode)
