// Copyright 2026 The posenet_ros contributors
// SPDX-License-Identifier: Apache-2.0
// What /diagnostics says, in words.

import { byId, keepChildren, make, setText } from "./dom.js";

const WORDS = { ok: "OK", warning: "Warning", error: "Error", stale: "Stale" };

export class Diagnostics {
  #list = byId("diagnostics");

  show(statuses) {
    byId("no-diagnostics").hidden = statuses.length > 0;
    const items = keepChildren(this.#list, statuses.map(({ name }) => name), makeItem);
    statuses.forEach((status, index) => fill(items[index], status));
  }
}

function makeItem() {
  // Where there is room, nobody needs to ask.
  const open = matchMedia("(min-width: 1500px)").matches;
  const details = make("details", { open }, make("summary", {}, "Values"), make("dl", { className: "values" }));
  const level = make("span", { className: "level" });
  return make("li", {}, make("p", {}, level, make("span", { className: "message" })), make("p", { className: "name" }), details);
}

function fill(item, { name, level, message, values }) {
  item.dataset.level = level;
  setText(item.querySelector(".level"), WORDS[level]);
  setText(item.querySelector(".message"), message);
  setText(item.querySelector(".name"), name);
  const keys = Object.keys(values);
  item.querySelector("details").hidden = !keys.length;
  const cells = keepChildren(item.querySelector("dl"), keys.flatMap((key) => [`k ${key}`, `v ${key}`]), (key) =>
    make(key.startsWith("k") ? "dt" : "dd"));
  keys.forEach((key, index) => {
    setText(cells[2 * index], key);
    setText(cells[2 * index + 1], values[key]);
  });
}
