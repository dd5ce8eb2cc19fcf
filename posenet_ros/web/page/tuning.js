// Copyright 2026 The posenet_ros contributors
// SPDX-License-Identifier: Apache-2.0
// The pose node's parameters: shown, and changed where the server allows it.

import { byId, keepChildren, make, setText } from "./dom.js";

export class Tuning {
  #refused = new Map();
  #parameters = [];

  /** @param onChange called with a name and the value that is asked for */
  constructor(onChange) {
    this.onChange = onChange;
    this.allowed = false;
  }

  /** Begin anew with a server: what the one before was asked is not answered any more. */
  start(allowed) {
    this.allowed = allowed;
    this.#refused.clear();
    for (const field of byId("parameters").children) delete field.dataset.asked;
  }

  show(parameters) {
    this.#parameters = parameters;
    const live = parameters.filter((parameter) => parameter.live);
    const fixed = parameters.filter((parameter) => !parameter.live);
    byId("parameters").classList.toggle("read-only", !this.allowed);
    byId("no-parameters").hidden = parameters.length > 0;
    setText(byId("tuning-about"), parameters.length && !this.allowed
      ? "Read-only: the page's node was started without allow_changes" : "");
    const fields = keepChildren(byId("parameters"), live.map((p) => `${p.name} ${this.allowed}`), (key) =>
      this.#makeField(live.find((p) => `${p.name} ${this.allowed}` === key)));
    live.forEach((parameter, index) => this.#fill(fields[index], parameter));
    byId("fixed").hidden = !fixed.length;
    const cells = keepChildren(byId("fixed-parameters"), fixed.flatMap(({ name }) => [`${name} k`, `${name} v`]), (key) =>
      make(key.endsWith("k") ? "dt" : "dd"));
    fixed.forEach(({ name, value, description }, index) => {
      setText(cells[2 * index], name);
      cells[2 * index].title = description;
      setText(cells[2 * index + 1], value === "" ? "–" : `${value}`);
    });
  }

  /** The server's answer to a change: why it was refused, or nothing. */
  answer(name, reason) {
    if (reason) this.#refused.set(name, reason);
    else this.#refused.delete(name);
    const field = [...byId("parameters").children].find((child) => child.dataset.name === name);
    const parameter = this.#parameters.find((known) => known.name === name);
    if (!field || !parameter) return;
    // What was asked for is not in force: the value that is comes back.
    delete field.dataset.asked;
    if (reason) this.#fill(field, parameter);
    else setText(field.querySelector(".refused"), "");
  }

  #makeField(parameter) {
    const { name, description, kind } = parameter;
    const id = `parameter-${name}`;
    const label = this.allowed ? make("label", { htmlFor: id }, name) : make("span", { className: "label" }, name);
    const refused = make("p", { className: "refused" });
    refused.setAttribute("role", "alert");
    const control = make("div", { className: "control" }, ...this.#makeControls(parameter, id));
    const about = make("p", { id: `${id}-about` }, description);
    control.querySelector("input, select")?.setAttribute("aria-describedby", about.id);
    return make("div", { className: "parameter", dataset: { name, kind } }, label, control, refused, about);
  }

  #makeControls(parameter, id) {
    const { kind, choices, minimum, maximum } = parameter;
    if (!this.allowed) return [make("span", { className: "value" })];
    if (kind === "bool") return [this.#listen(make("input", { type: "checkbox", id }), parameter)];
    if (choices.length) {
      const options = choices.map((choice) => make("option", { value: `${choice}` }, `${choice}`));
      return [this.#listen(make("select", { id }, ...options), parameter)];
    }
    if (kind === "string") return [this.#listen(make("input", { type: "text", id }), parameter)];
    const number = make("input", { type: "number", id, step: kind === "integer" ? "1" : "any" });
    if (minimum === null) return [this.#listen(number, parameter)];
    const step = kind === "integer" ? 1 : niceStep(maximum - minimum);
    const slider = make("input", { type: "range", min: minimum, max: maximum, step });
    slider.setAttribute("aria-label", `${parameter.name}, slider`);
    slider.addEventListener("input", () => { number.value = slider.value; });
    return [this.#listen(slider, parameter), this.#listen(number, parameter)];
  }

  #listen(control, parameter) {
    control.addEventListener("change", () => {
      const value = valueOf(control, parameter);
      if (value === null) return;
      control.closest(".parameter").dataset.asked = "";
      this.onChange(parameter.name, value);
    });
    return control;
  }

  #fill(field, { name, value }) {
    setText(field.querySelector(".refused"), this.#refused.get(name) ?? "");
    const shown = field.querySelector(".value");
    if (shown) setText(shown, value === "" ? "–" : `${value}`);
    for (const control of field.querySelectorAll("input, select")) {
      if ("asked" in field.dataset || (control === document.activeElement && control.type !== "range" && !this.#refused.has(name))) continue;
      if (control.type === "checkbox") control.checked = value;
      else control.value = typeof value === "number" ? `${Number(value.toPrecision(6))}` : value;
    }
  }
}

function valueOf(control, { kind, choices }) {
  if (kind === "bool") return control.checked;
  if (kind === "string") return control.value;
  if (choices.length) return Number(control.value);
  return control.value === "" || Number.isNaN(Number(control.value)) ? null : Number(control.value);
}

/** About two hundred steps over the range, of 1, 2 or 5 times a power of ten. */
function niceStep(range) {
  const power = 10 ** Math.floor(Math.log10(range / 200));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= range / 200);
}
