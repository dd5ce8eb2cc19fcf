# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The node that turns images into poses."""

from __future__ import annotations

from dataclasses import fields

from rclpy.executors import ExternalShutdownException
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn
from sensor_msgs.msg import CompressedImage, Image

from posenet_ros.drawing import draw_people
from posenet_ros.errors import PoseNetError
from posenet_ros.estimator import DecodingOptions, PoseEstimator
from posenet_ros.latest import LatestWorker
from posenet_ros.model_store import load_model
from posenet_ros.msg import PoseArray
from posenet_ros.people import People
from posenet_ros.ros.image_messages import BgrImage, compressed_to_bgr, to_bgr, to_image_message
from posenet_ros.ros.parameters import POSE_PARAMETERS, NodeParameters
from posenet_ros.ros.pose_messages import to_pose_array
from posenet_ros.ros.qos import OUTPUT, SENSOR_INPUT
from posenet_ros.ros.spin import run_node
from posenet_ros.runtime import find_runtime

_DECODING_OPTIONS = tuple(field.name for field in fields(DecodingOptions))
_MODEL_OPTIONS = ("num_threads", "delegate")
_LOG_PERIOD_S = 5.0


def _describe(estimator: PoseEstimator) -> str:
    height, width = estimator.input_size
    description = f"output stride {estimator.output_stride}, input {height}x{width}"
    if estimator.snapped_from is not None:
        description += f" (of the {estimator.snapped_from[0]}x{estimator.snapped_from[1]} asked for, as it must be"
        description += " k * stride + 1; 0 is the model's own)"
    return description


class PoseNode(LifecycleNode):
    """Subscribes to images and publishes the people in the newest one.

    Unconfigured it holds no model; inactive it holds no image subscription.
    """

    def __init__(self) -> None:
        super().__init__("posenet")
        self._settings = NodeParameters(self, "posenet", POSE_PARAMETERS)
        self._estimator: PoseEstimator | None = None
        self._worker: LatestWorker[Image | CompressedImage] | None = None
        if self._settings["autostart"]:
            self._autostart()

    def _autostart(self) -> None:
        if self.trigger_configure() == TransitionCallbackReturn.SUCCESS:
            self.trigger_activate()

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Load the model."""
        try:
            if self._settings.problems:
                raise PoseNetError("; ".join(self._settings.problems.values()))
            self._estimator = self._make_estimator()
        except ValueError as error:
            self.get_logger().error(f"cannot configure: {error}")
            return TransitionCallbackReturn.FAILURE
        self._settings.locked = True
        self._pose_publisher = self.create_lifecycle_publisher(PoseArray, "pose", OUTPUT)
        self._overlay_publisher = self.create_lifecycle_publisher(Image, "pose/overlay", OUTPUT)
        return TransitionCallbackReturn.SUCCESS

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Listen to images."""
        result = super().on_activate(state)
        self._worker = LatestWorker(self._process, self._report)
        compressed = self._settings["image_transport"] == "compressed"
        topic = self.resolve_topic_name("image") + "/compressed" if compressed else "image"
        self._image_subscription = self.create_subscription(
            CompressedImage if compressed else Image, topic, self._worker.submit, SENSOR_INPUT
        )
        self.get_logger().info(f"waiting for images on {self._image_subscription.topic_name}")
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

    def destroy_node(self) -> None:
        """Stop the worker before its publishers go."""
        self._release()
        super().destroy_node()

    def _release(self) -> None:
        self._stop()
        if self._estimator is not None:
            self._estimator = None
            self.destroy_lifecycle_publisher(self._pose_publisher)
            self.destroy_lifecycle_publisher(self._overlay_publisher)
        self._settings.locked = False

    def _stop(self) -> None:
        if self._worker is not None:
            self.destroy_subscription(self._image_subscription)
            self._worker.stop()
            self._worker = None

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

    def _log_progress(self, received: int, total: int) -> None:
        if not self.context.ok():
            raise ExternalShutdownException
        self.get_logger().info(
            f"fetching the model: {received / 1e6:.1f} of {total / 1e6:.1f} MB", throttle_duration_sec=1.0
        )

    def _process(self, message: Image | CompressedImage) -> None:
        estimator = self._estimator
        assert estimator is not None
        image = compressed_to_bgr(message) if isinstance(message, CompressedImage) else to_bgr(message)
        self._apply_parameters(estimator)
        people = estimator.estimate(image)
        self._pose_publisher.publish(to_pose_array(people, message.header, image.shape[:2]))
        if self._overlay_publisher.get_subscription_count():
            self._publish_overlay(image, people, message)

    def _publish_overlay(self, image: BgrImage, people: People, message: Image | CompressedImage) -> None:
        overlay = image.copy()
        draw_people(overlay, people, self._settings["keypoint_threshold"])
        self._overlay_publisher.publish(to_image_message(overlay, message.header))

    def _report(self, error: Exception) -> None:
        if not self.context.ok():
            return  # The node was told to end while it worked on this image.
        self.get_logger().error(f"no poses from this image: {error}", throttle_duration_sec=_LOG_PERIOD_S)


def main() -> int:
    """Run the node; returns the exit status."""
    return run_node(PoseNode)
