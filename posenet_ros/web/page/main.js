// Copyright 2026 The posenet_ros contributors
// SPDX-License-Identifier: Apache-2.0
// Joins the connection with what shows it.

import { Connection } from "./connection.js";
import { Diagnostics } from "./diagnostics.js";
import { byId, keepChildren, make, setText } from "./dom.js";
import { Figures } from "./figures.js";
import { ImageView } from "./image.js";
import { PeopleTable } from "./people.js";
import { Skeleton } from "./skeleton.js";
import { SpaceView } from "./space.js";
import { Tuning } from "./tuning.js";

// Tables change so often: faster, nobody can read them.
const TABLE_PERIOD_MS = 250;
const SILENCE_MS = 2500;
const LONGEST_DELAY_MS = 60000;

const image = new ImageView();
const space = new SpaceView();
const people = new PeopleTable(select, say);
const figures = new Figures();
const diagnostics = new Diagnostics();
const tuning = new Tuning((name, value) => connection.send({ type: "set", name, value }));
const connection = new Connection({ onOpen, onLost, onMessage, onFrame });

let page = null;
let camera = null;
let paused = false;
let connected = false;
let tableTime = 0;
let frameTime = 0;
let asked = "";

function onOpen() {
  connected = true;
  asked = "";
  byId("banner").hidden = true;
  showLink();
}

function onLost(reason) {
  if (connected || reason) {
    setText(byId("banner"), reason || "The connection is lost. The page comes back by itself when the node does.");
    byId("banner").hidden = false;
  }
  connected = false;
  showLink();
}

function onMessage(message) {
  if (message.type === "hello") greet(message);
  else if (message.type === "state") showState(message);
  else if (message.type === "parameters") tuning.show(message.parameters);
  else if (message.type === "set") tuning.answer(message.name, message.reason);
}

function greet(message) {
  // The node was built anew: so is its page.
  if (page !== null && page !== message.page) location.reload();
  page = message.page;
  const skeleton = new Skeleton(message.keypoint_names, message.limbs);
  for (const view of [image, space, people]) view.skeleton = skeleton;
  tuning.start(message.allow_changes);
}

function showState({ cameras, topic, figures: values, diagnostics: statuses }) {
  const choice = byId("camera");
  keepChildren(choice, cameras, (name) => make("option", { value: name }, name || "image"));
  byId("camera-field").hidden = cameras.length < 2;
  if (!cameras.includes(camera)) change(cameras[0] ?? null);
  watch();
  if (topic) figures.add(values);
  diagnostics.show(statuses);
  const silent = performance.now() - frameTime > SILENCE_MS;
  const note = byId("image-note");
  if (!paused && silent) setText(note, image.frame ? `No images on ${topic} any more` : `Waiting for images on ${topic}`);
  else if (!paused && values.pose_rate === 0) setText(note, "Images come, but no poses");
  else setText(note, image.frame?.problem ?? "");
  note.hidden = note.textContent === "";
}

async function onFrame(frame, bytes) {
  // One of the camera before may still have been on its way.
  if (paused || frame.camera !== camera) return;
  try {
    await image.show(frame, bytes);
  } catch {
    frame.problem = "The browser cannot show this image";
  }
  frameTime = performance.now();
  space.show(frame);
  if (frameTime - tableTime > TABLE_PERIOD_MS) {
    tableTime = frameTime;
    people.show(frame);
    showAbout(frame);
  }
  byId("snapshot").disabled = false;
}

function showAbout(frame) {
  const delay = Date.now() - 1000 * frame.stamp;
  const parts = [
    frame.width ? `${frame.width} × ${frame.height}` : "",
    frame.frame_id,
    // Only where the clocks agree.
    delay >= 0 && delay < LONGEST_DELAY_MS ? `${delay.toFixed(0)} ms behind` : "",
  ];
  setText(byId("image-about"), parts.filter((part) => part).join(" · "));
  const found = frame.people ?? [];
  const measured = found.some((person) => person.measured);
  setText(byId("space-about"), !found.length ? "" : measured ? "positions from depth" : "no depth: people on a plane");
  image.describe(describe(found));
}

function describe(found) {
  if (!found.length) return "Image with nobody in it";
  const each = found.map((person) => {
    const who = person.id < 0 ? "a person" : `person ${person.id}`;
    return person.distance === null ? who : `${who} at ${person.distance.toFixed(1)} metres`;
  });
  return `Image with ${each.join(", ")}`;
}

/** Ask for the frames of the camera, in the size of the canvas, if that is not what is asked for already. */
function watch() {
  const wanted = paused || document.hidden || camera === null;
  const request = wanted ? { type: "pause" } : { type: "watch", camera, width: image.pixelWidth };
  const text = JSON.stringify(request);
  if (connected && text !== asked) {
    connection.send(request);
    asked = text;
  }
  showLink();
}

function change(name) {
  camera = name;
  [frameTime, tableTime] = [performance.now(), 0];
  byId("snapshot").disabled = true;
  for (const view of [image, space, people, figures]) view.clear();
}

function select(number) {
  image.selected = space.selected = number;
  image.draw();
  space.redraw();
}

function showLink() {
  const link = byId("link");
  const state = !connected ? "lost" : paused ? "paused" : "live";
  link.dataset.state = state;
  setText(link, { lost: "Not connected", paused: "Paused", live: "Live" }[state]);
}

function say(text) {
  setText(byId("said"), "");
  setText(byId("said"), text);
}

byId("camera").addEventListener("change", (event) => {
  change(event.target.value);
  watch();
});
byId("pause").addEventListener("click", (event) => {
  paused = !paused;
  event.target.setAttribute("aria-pressed", `${paused}`);
  frameTime = performance.now();
  watch();
});
byId("snapshot").addEventListener("click", async () => {
  const url = URL.createObjectURL(await image.snapshot());
  const name = `${camera || "image"}_${image.frame.stamp.toFixed(3)}.png`.replaceAll("/", "_");
  make("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
  say(`Snapshot ${name} saved`);
});
document.addEventListener("visibilitychange", watch);
connection.open();
