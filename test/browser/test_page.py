# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What the page shows of real nodes."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import Header

from page_helpers import accent, near, pixels, wait_for, wait_for_frames, wait_for_news
from posenet_ros.msg import PoseArray
from posenet_ros.ros.messages.images import to_image_message
from posenet_ros.ros.qos import OUTPUT
from posenet_ros.skeleton import KeypointId


@pytest.fixture
def nodes(start, person_path, any_model):
    """Start the camera and the pose node on the drawn person; returns a function that ends the camera."""
    start("pose_node", model=any_model, depth=True)
    camera = start("camera_node", source=person_path, depth_picture=person_path.with_name("person_depth.png"))
    return camera.end


@pytest.fixture
def page(nodes, serve, open_page):
    """Return the page once it shows the drawn person."""
    _, url = serve(allow_changes=True)
    page = open_page(url)
    wait_for_frames(page)
    return page


def middle(keypoints, a, b):
    return (keypoints[a] + keypoints[b]) / 2


def test_the_image_and_the_skeleton_are_where_they_belong(page, person, person_keypoints):
    shown = pixels(page, "image")
    scale = shown.shape[1] / person.shape[1]
    assert shown.shape[0] == pytest.approx(scale * person.shape[0], abs=1.5)
    # Where nobody is drawn, the canvas shows the camera's image.
    expected = cv2.resize(person, shown.shape[1::-1], interpolation=cv2.INTER_AREA)[..., ::-1].astype(float)
    away = np.ones(shown.shape[:2], bool)
    low, high = (person_keypoints.min(axis=0) - 60) * scale, (person_keypoints.max(axis=0) + 60) * scale
    away[max(int(low[1]), 0) : int(high[1]), max(int(low[0]), 0) : int(high[0])] = False
    assert away.mean() > 0.2
    assert np.abs(shown[away][:, :3] - expected[away]).mean() < 4
    # Left limbs are solid in the person's colour, right ones hollow.
    number = int(page.locator("#people .title").first.inner_text())
    points = (person_keypoints + 0.5) * scale
    k = KeypointId
    unit = min(shown.shape[:2]) / 260
    for a, b in ((k.LEFT_SHOULDER, k.LEFT_ELBOW), (k.LEFT_HIP, k.LEFT_KNEE)):
        assert near(shown, middle(points, a, b), accent(number), round(6 * unit))
    right = middle(points, k.RIGHT_HIP, k.RIGHT_KNEE)
    assert near(shown, right, accent(number), round(8 * unit))
    assert near(shown, right, np.array((25, 25, 30)), round(6 * unit))


def test_keypoints_are_named_on_hover_and_by_keys(page, person, person_keypoints):
    box = page.locator("#image").bounding_box()
    scale = box["width"] / person.shape[1]
    x, y = (person_keypoints[KeypointId.LEFT_WRIST] + 0.5) * scale
    page.mouse.move(box["x"] + x, box["y"] + y)
    page.wait_for_selector("#tip:visible")
    lines = page.inner_text("#tip").split("\n")
    assert "left wrist" in lines[0]
    # The arm is raised towards the camera: see the depth picture.
    assert float(lines[2].split(",")[2].split()[0]) == pytest.approx(2.2, abs=0.1)
    page.mouse.move(2, 2)
    page.wait_for_selector("#tip", state="hidden")
    page.focus("#image")
    page.keyboard.press("ArrowRight")
    assert "nose" in page.inner_text("#tip")
    page.keyboard.press("ArrowRight")
    assert "left eye" in page.inner_text("#tip")
    page.keyboard.press("Escape")
    page.wait_for_selector("#tip", state="hidden")


def test_space_turns_by_pointer_wheel_and_keys(page):
    def settled():
        page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        return pixels(page, "space")

    def differs(a, b):
        return (np.abs(a.astype(int) - b) > 40).any(axis=-1).mean() > 0.002

    page.click("#pause")
    page.click("[data-view=front]")
    front = settled()
    # People are there, in their colour.
    number = int(page.locator("#people .title").first.inner_text())
    assert (np.abs(front[..., :3] - accent(number)).max(axis=-1) < 30).sum() > 50
    box = page.locator("#space").bounding_box()
    centre = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(*centre)
    page.mouse.down()
    page.mouse.move(centre[0] + 120, centre[1] + 30, steps=4)
    page.mouse.up()
    turned = settled()
    assert differs(front, turned)
    page.mouse.wheel(0, 400)
    zoomed = settled()
    assert differs(turned, zoomed)
    page.focus("#space")
    page.keyboard.press("ArrowLeft")
    by_key = settled()
    assert differs(zoomed, by_key)
    page.keyboard.press("-")
    assert differs(by_key, settled())
    page.click("[data-view=home]")
    home = settled()
    page.click("[data-view=side]")
    assert differs(home, settled())
    page.focus("#space")
    page.keyboard.press("Home")
    assert not differs(home, settled())


def test_the_table_tells_who_is_there_and_copies_them(page):
    row = page.locator("#people tr").first
    cells = row.locator("td").all_inner_texts()
    assert float(cells[0]) > 0.2
    assert float(cells[1].removesuffix(" m")) == pytest.approx(2.5, abs=0.15)
    assert cells[2].endswith(" s")
    page.click("#people .person")
    assert page.get_attribute("#people .person", "aria-pressed") == "true"
    details = page.inner_text("#keypoints")
    assert "left wrist" in details
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.click("#people .copy")
    wait_for(page, "document.getElementById('said').textContent.includes('copied')")
    copied = json.loads(page.evaluate("navigator.clipboard.readText()"))
    assert [keypoint["name"] for keypoint in copied["keypoints"]][9] == "leftWrist"
    assert copied["keypoints"][9]["position"][2] == pytest.approx(2.2, abs=0.1)
    assert (copied["image_width"], copied["image_height"]) == (640, 480)
    assert "person" in page.get_attribute("#image", "aria-label")


def test_rates_diagnostics_and_what_is_wrong_are_told_in_words(page, nodes):
    wait_for(page, "document.querySelector('#figures output')?.dataset.text > 5")
    page.wait_for_selector("#diagnostics li[data-level=ok]")
    assert "poses a second" in page.inner_text("#diagnostics li")
    nodes()
    wait_for(page, "document.getElementById('image-note').textContent === 'No images on /image any more'")
    page.wait_for_selector("#diagnostics li[data-level=warning]")
    assert "no image on /image" in page.inner_text("#diagnostics li")
    assert "Warning" in page.inner_text("#diagnostics li .level")


def test_pause_and_snapshot(page, tmp_path, person):
    page.click("#pause")
    assert page.inner_text("#link") == "Paused"
    page.wait_for_timeout(300)
    before = page.evaluate("document.getElementById('image').dataset.sequence")
    page.wait_for_timeout(600)
    assert page.evaluate("document.getElementById('image').dataset.sequence") == before
    with page.expect_download() as download:
        page.click("#snapshot")
    download.value.save_as(tmp_path / "snapshot.png")
    assert download.value.suggested_filename.endswith(".png")
    snapshot = cv2.imread(str(tmp_path / "snapshot.png"))
    assert snapshot.shape == person.shape
    changed = (np.abs(snapshot.astype(int) - person).max(axis=-1) > 60).mean()
    assert 0.005 < changed < 0.2
    page.click("#pause")
    wait_for_news(page)


def test_nothing_is_fetched_from_elsewhere_and_nothing_is_complained_of(nodes, serve, chromium):
    _, url = serve()
    context = chromium.new_context()
    page = context.new_page()
    requests, complaints = [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(url)
    wait_for_frames(page)
    context.close()
    assert len(requests) > 10
    assert all(request.startswith((url, f"blob:{url}")) for request in requests)
    assert complaints == []


def test_every_width_and_colour_scheme(nodes, serve, open_page):
    _, url = serve(allow_changes=True)
    for width in (360, 1024, 1920):
        for colour_scheme in ("dark", "light"):
            page = open_page(url, width, color_scheme=colour_scheme)
            wait_for_frames(page)
            page.wait_for_selector(".parameter")
            page.wait_for_selector("#diagnostics .level")
            check_layout(page, width)
            page.close()


def check_layout(page, width):
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    # Nothing is cut off at a panel's edge.
    overflowing = """[...document.querySelectorAll(".panel, .bar")]
      .filter((panel) => panel.scrollWidth > panel.clientWidth + 1).map((panel) => panel.className)"""
    assert page.evaluate(overflowing) == []
    unnamed = """[...document.querySelectorAll("button, input, select, canvas[tabindex]")].filter((element) =>
      !element.getAttribute("aria-label") && !element.textContent.trim() && !element.labels?.length).length"""
    assert page.evaluate(unnamed) == 0
    for selector in (".about", ".figure p", "#diagnostics .level", ".parameter p", "button"):
        assert contrast(page, selector) >= 4.5, selector


def contrast(page, selector):
    """Return the contrast of a text with what is behind it (WCAG 2.2, 1.4.3)."""
    colours = page.evaluate(
        """(selector) => {
          const element = [...document.querySelectorAll(selector)].find((found) => found.textContent.trim());
          let behind = element;
          while (getComputedStyle(behind).backgroundColor === "rgba(0, 0, 0, 0)") behind = behind.parentElement;
          return [getComputedStyle(element).color, getComputedStyle(behind).backgroundColor];
        }""",
        selector,
    )

    def luminance(colour):
        channels = np.array([float(part) for part in colour.split("(")[1].rstrip(")").split(",")[:3]]) / 255
        linear = np.where(channels <= 0.03928, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
        return float(linear @ (0.2126, 0.7152, 0.0722))

    low, high = sorted(map(luminance, colours))
    return (high + 0.05) / (low + 0.05)


def test_people_come_and_go(start, listener, serve, open_page, person, any_model):
    start("pose_node", model=any_model)
    _, url = serve()
    page = open_page(url)
    arrays = listener.listen(PoseArray, "pose")
    publisher = listener.create_publisher(Image, "image", OUTPUT)

    def show(image, condition):
        def shown():
            header = Header(stamp=listener.get_clock().now().to_msg(), frame_id="eye")
            publisher.publish(to_image_message(image, header))
            listener.spin_for(0.1)
            page.wait_for_timeout(20)
            return page.evaluate(condition)

        listener.wait_until(shown, condition)

    show(person, "document.querySelectorAll('#people tr').length === 1")
    assert arrays
    show(np.full_like(person, 90), "document.querySelectorAll('#people tr').length === 0")
    page.wait_for_selector("#nobody:visible")
    assert page.inner_text("#nobody") == "Nobody in view"


def test_several_cameras_are_a_choice(start, serve, open_page, person_path, any_model):
    start("pose_node", model=any_model, cameras="[front, rear]")
    start("camera_node", "-r", "__ns:=/front", source=person_path)
    _, url = serve()
    page = open_page(url)
    page.wait_for_selector("#camera-field:visible")
    assert page.locator("#camera option").all_inner_texts() == ["front", "rear"]
    wait_for_frames(page)
    page.select_option("#camera", "rear")
    wait_for(page, "document.getElementById('image-note').textContent === 'Waiting for images on /rear/image'")
    page.select_option("#camera", "front")
    wait_for_frames(page)


def test_compressed_images_are_shown(start, listener, serve, open_page, person, any_model):
    start("pose_node", model=any_model, image_transport="compressed")
    _, url = serve()
    page = open_page(url)
    publisher = listener.create_publisher(CompressedImage, "image/compressed", OUTPUT)
    content = cv2.imencode(".jpg", person)[1].tobytes()

    def shown():
        header = Header(stamp=listener.get_clock().now().to_msg())
        publisher.publish(CompressedImage(header=header, format="jpeg", data=content))
        listener.spin_for(0.1)
        page.wait_for_timeout(20)
        return page.evaluate("document.querySelector('#people tr') !== null")

    listener.wait_until(shown, "a person on the page")
    assert pixels(page, "image")[..., :3].std() > 20
