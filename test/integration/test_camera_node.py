# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import signal
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2
import numpy as np
import pytest
from rcl_interfaces.msg import Parameter, ParameterValue
from rcl_interfaces.srv import GetParameters, SetParameters
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CameraInfo, Image

from posenet_ros.ros.messages.images import to_bgr

CALIBRATION = """\
image_width: 640
image_height: 480
camera_name: test
camera_matrix: {rows: 3, cols: 3, data: [500, 0, 310, 0, 510, 250, 0, 0, 1]}
distortion_model: plumb_bob
distortion_coefficients: {rows: 1, cols: 5, data: [-0.3, 0.1, 0.01, 0.02, 0.03]}
rectification_matrix: {rows: 3, cols: 3, data: [1, 0, 0, 0, 1, 0, 0, 0, 1]}
projection_matrix: {rows: 3, cols: 4, data: [400, 0, 320, 0, 0, 410, 240, 0, 0, 0, 1, 0]}
"""


def write_video(path, images: int, rate: float) -> None:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), rate, (64, 48))
    for number in range(images):
        writer.write(np.full((48, 64, 3), 20 * number, np.uint8))
    writer.release()


def seconds(message: Image | CameraInfo) -> float:
    return message.header.stamp.sec + 1e-9 * message.header.stamp.nanosec


class Stream:
    """An MJPEG stream over HTTP that can be taken away, put back and left hanging."""

    def __init__(self) -> None:
        self._server: ThreadingHTTPServer | None = None
        self._port = 0
        self._handlers: list[threading.Event] = []
        self.hangs = False
        self.start()
        self.url = f"http://127.0.0.1:{self._port}/camera.mjpg"

    def start(self) -> None:
        stream = self
        stopping = threading.Event()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=image")
                self.end_headers()
                _, encoded = cv2.imencode(".jpg", np.full((48, 64, 3), 128, np.uint8))
                head = f"--image\r\nContent-Type: image/jpeg\r\nContent-Length: {encoded.size}\r\n\r\n"
                try:
                    while not stopping.wait(0.02):
                        if not stream.hangs:
                            self.wfile.write(head.encode() + encoded.tobytes() + b"\r\n")
                except OSError:
                    pass  # the other end has gone

            def log_message(self, *arguments: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            allow_reuse_address = True
            daemon_threads = False  # so that server_close waits for the connections to end

        self._server = Server(("127.0.0.1", self._port), Handler)
        self._port = self._server.server_address[1]
        self._stopping = stopping
        threading.Thread(target=self._server.serve_forever, args=(0.02,)).start()

    def stop(self) -> None:
        if self._server is not None:
            self._stopping.set()
            self._server.shutdown()
            self._server.server_close()
            self._server = None


@pytest.fixture
def stream():
    stream = Stream()
    yield stream
    stream.stop()


def test_picture_is_published_with_its_camera_info(start, listener, person, person_path):
    start("camera_node", source=person_path, frame_rate=20.0, field_of_view=90.0)
    images = listener.listen(Image, "image")
    infos = listener.listen(CameraInfo, "camera_info")
    listener.wait_until(lambda: len(images) > 2 and len(infos) > 2, "images")
    np.testing.assert_array_equal(to_bgr(images[-1]), person)
    info = infos[-1]
    assert (info.width, info.height) == (640, 480)
    assert info.k[0] == pytest.approx(320.0)
    assert info.header.frame_id == images[-1].header.frame_id == "camera_optical_frame"
    assert {seconds(image) for image in images} & {seconds(info) for info in infos}


def test_rate_is_what_was_asked_for(start, listener, person_path):
    start("camera_node", source=person_path, frame_rate=25.0)
    infos = listener.listen(CameraInfo, "camera_info")
    window = 50

    def is_steady() -> bool:
        # Another window is waited for where the machine was too busy; a rate that is wrong stays wrong.
        if len(infos) <= window:
            return False
        return (seconds(infos[-1]) - seconds(infos[-1 - window])) * 25.0 == pytest.approx(window, rel=0.02)

    listener.wait_until(is_steady, f"{window} images at 25 Hz, within 2 %")


def test_camera_info_comes_from_the_calibration_file(start, listener, person_path, tmp_path):
    path = tmp_path / "camera.yaml"
    path.write_text(CALIBRATION)
    node = start("camera_node", source=person_path, calibration=f"file://{path}")
    infos = listener.listen(CameraInfo, "camera_info")
    listener.wait_until(lambda: infos, "camera_info")
    assert infos[0].distortion_model == "plumb_bob"
    assert list(infos[0].d) == [-0.3, 0.1, 0.01, 0.02, 0.03]
    assert list(infos[0].k) == [500, 0, 310, 0, 510, 250, 0, 0, 1]
    assert list(infos[0].r) == [1, 0, 0, 0, 1, 0, 0, 0, 1]
    assert list(infos[0].p) == [400, 0, 320, 0, 0, 410, 240, 0, 0, 0, 1, 0]
    assert "[WARN]" not in node.output


@pytest.mark.parametrize(
    ("parameters", "focal_length", "warnings"),
    [
        ({"calibration": "camera.yaml"}, 50.0, 1),  # 64x48 is a tenth of the calibration's size
        ({"calibration": "wide.yaml"}, 0.0, 1),
        ({"field_of_view": 0.0}, 0.0, 0),
    ],
)
def test_calibration_of_another_size(start, listener, tmp_path, parameters, focal_length, warnings):
    (tmp_path / "camera.yaml").write_text(CALIBRATION)
    (tmp_path / "wide.yaml").write_text(CALIBRATION.replace("image_height: 480", "image_height: 360"))
    if "calibration" in parameters:
        parameters = {"calibration": tmp_path / parameters["calibration"]}
    cv2.imwrite(str(tmp_path / "small.png"), np.zeros((48, 64, 3), np.uint8))
    node = start("camera_node", source=tmp_path / "small.png", frame_rate=50.0, **parameters)
    infos = listener.listen(CameraInfo, "camera_info")
    listener.wait_until(lambda: len(infos) > 3, "camera_info")
    assert (infos[-1].width, infos[-1].height) == (64, 48)
    assert infos[-1].k[0] == pytest.approx(focal_length)
    assert node.output.count("[WARN]") == warnings


def test_video_ends_the_node_when_it_is_not_looped(start, listener, tmp_path):
    path = tmp_path / "clip.avi"
    # Long enough for the listener to be found before the end.
    write_video(path, 12, 5.0)
    node = start("camera_node", source=path, loop=False)
    images = listener.listen(Image, "image")
    listener.wait_until(lambda: node.process.poll() is not None, "end of the node")
    assert node.wait() == 0
    assert "the source has ended" in node.output
    listener.spin_for(0.2)
    assert to_bgr(images[-1]).mean() == pytest.approx(220.0, abs=4.0), "the last image is missing"


def test_video_is_looped(start, listener, tmp_path):
    path = tmp_path / "clip.avi"
    write_video(path, 3, 30.0)
    start("camera_node", source=path, loop=True)
    images = listener.listen(Image, "image")
    listener.wait_until(lambda: len(images) > 9, "more images than the video has")


def test_damaged_picture_is_left_out_with_one_error(start, listener, tmp_path):
    for number in (1, 3):
        cv2.imwrite(str(tmp_path / f"{number}.png"), np.full((48, 64, 3), number, np.uint8))
    (tmp_path / "2.png").write_bytes(b"\x89PNG")
    node = start("camera_node", source=tmp_path, frame_rate=50.0)
    images = listener.listen(Image, "image")
    listener.wait_until(lambda: len(images) > 7, "images of several rounds")
    assert {to_bgr(image)[0, 0, 0] for image in images} == {1, 3}
    assert node.output.count("[ERROR]") == 1
    assert "2.png' cannot be decoded" in node.output
    assert node.end() == 0


def test_time_is_simulated_where_it_is_asked_for(start, listener, person_path):
    start("camera_node", source=person_path, frame_rate=20.0, use_sim_time=True)
    images = listener.listen(Image, "image")
    listener.wait_until(lambda: images, "images while no time has come")
    assert seconds(images[0]) == 0.0
    clock = listener.create_publisher(Clock, "/clock", 1)
    message = Clock()
    message.clock.sec = 1234

    def has_simulated_time() -> bool:
        clock.publish(message)
        return seconds(images[-1]) == 1234.0

    listener.wait_until(has_simulated_time, "images of the simulated time")


def test_stream_that_goes_is_opened_again(start, listener, stream):
    node = start("camera_node", source=stream.url)
    images = listener.listen(Image, "image")
    listener.wait_until(lambda: len(images) > 2, "images")
    # At once: a stamp is the time of the capture, not of a later turn.
    assert 0.0 <= listener.get_clock().now().nanoseconds * 1e-9 - seconds(images[-1]) < 0.5

    stream.stop()
    listener.wait_until(lambda: "gives no images any more" in node.output, "warning")
    time.sleep(0.7)  # the first attempt fails
    images.clear()
    stream.start()
    listener.wait_until(lambda: len(images) > 2, "images after the stream is back")
    assert node.output.count("[WARN]") == 1
    assert node.output.count("is back") == 1
    assert node.output.count("[ERROR]") == 0
    assert node.end() == 0
    assert "Traceback" not in node.output


def test_node_answers_while_the_stream_hangs(start, listener, stream):
    stream.hangs = True
    node = start("camera_node", source=stream.url)
    request = GetParameters.Request(names=["source"])
    answer = listener.call(GetParameters, "/camera/get_parameters", request)
    assert answer.values[0].string_value == stream.url
    request = SetParameters.Request(parameters=[Parameter(name="loop", value=ParameterValue(type=1))])
    answer = listener.call(SetParameters, "/camera/set_parameters", request)
    assert "it is read when the node starts" in answer.results[0].reason
    stream.hangs = False
    images = listener.listen(Image, "image")
    listener.wait_until(lambda: images, "images when the stream goes on")
    assert node.end() == 0


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("state", ["opening", "reading", "hanging", "waiting to reopen"])
def test_signals_end_the_node_in_every_state(start, listener, stream, state, signal_number):
    stream.hangs = state == "opening"
    node = start("camera_node", source=stream.url)
    if state == "opening":
        listener.wait_until(lambda: "publishing" in node.output, "start")
    else:
        images = listener.listen(Image, "image")
        listener.wait_until(lambda: len(images) > 1, "images")
    if state == "hanging":
        stream.hangs = True
        listener.spin_for(0.1)
    if state == "waiting to reopen":
        stream.stop()
        listener.wait_until(lambda: "gives no images any more" in node.output, "warning")
    begin = time.monotonic()
    assert node.end(signal_number) == 0
    # launch asks again after 5 s, less politely.
    assert time.monotonic() - begin < 4.5
    # Only OpenCV can keep the node from closing the source.
    assert ("does not answer" in node.output) == stream.hangs
    assert "Traceback" not in node.output


@pytest.mark.parametrize(
    ("parameters", "word"),
    [
        ({"source": "/nowhere/picture.png"}, "there is no file"),
        ({"source": __file__}, "cannot be opened"),
        ({"source": "''"}, "the source is empty"),
        ({"source": "gopher://camera"}, "unknown kind 'gopher'"),
        ({"frame_rate": -1.0}, "out of range"),
        ({"calibration": "/nowhere/camera.yaml"}, "'/nowhere/camera.yaml' cannot be read"),
        ({"calibration": "package://no_such_package/camera.yaml"}, "there is no package 'no_such_package'"),
    ],
)
def test_unusable_source_ends_the_node_with_one_error(start, parameters, word):
    node = start("camera_node", **parameters)
    assert node.wait() == 1
    assert word in node.output
    assert "Traceback" not in node.output
    assert node.output.count("[FATAL]") == 1


def test_stream_that_is_not_there_at_start_is_waited_for(start, listener, stream):
    stream.stop()
    images = listener.listen(Image, "image")
    node = start("camera_node", source=stream.url.replace("//", "//user:secret@"))
    listener.wait_until(lambda: "it is tried again until it is there" in node.output, "the warning")
    stream.start()
    listener.wait_until(lambda: images, "images")
    assert "is back" in node.output
    assert "secret" not in node.output
    assert node.process.poll() is None


@pytest.mark.parametrize("source", ["'99'", "http://127.0.0.1:1/user=me&password=secret?pwd=secret"])
def test_a_source_that_never_comes_is_waited_for_quietly(start, listener, source):
    node = start("camera_node", source=source)
    listener.wait_until(lambda: "it is tried again until it is there" in node.output, "the warning")
    listener.spin_for(4.0)
    assert node.output.count("[WARN]") == 1
    assert "secret" not in node.output
    assert node.end() == 0


@pytest.mark.parametrize("count", [1, 5])
def test_everything_is_heard_of_images_that_are_played_once(start, listener, tmp_path, count):
    for number in range(count):
        cv2.imwrite(str(tmp_path / f"frame{number + 1}.png"), np.full((48, 64, 3), 20 * number, np.uint8))
    node = start("camera_node", source=tmp_path, loop=False)
    listener.wait_until(lambda: "waiting up to 30 s for a subscriber" in node.output, "the node")
    listener.spin_for(1.0)
    images = listener.listen(Image, "image")
    listener.wait_until(lambda: node.process.poll() is not None, "the end")
    assert node.process.returncode == 0
    assert [int(to_bgr(message)[0, 0, 0]) for message in images] == [20 * number for number in range(count)]


def test_folder_without_any_readable_picture_ends_the_node(start, tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(2):
        (folder / f"{number}.png").write_bytes(b"")
    node = start("camera_node", source=folder, loop=True)
    assert node.wait() == 1
    assert node.output.count("[ERROR]") == 2
    assert "none of the 2 pictures" in node.output
    assert node.output.count("[FATAL]") == 1
