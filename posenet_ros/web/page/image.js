// Copyright 2026 The posenet_ros contributors
// SPDX-License-Identifier: Apache-2.0
// The image with the people drawn over it.

import { byId, fitCanvas, metres, setText } from "./dom.js";
import { colourOf, numberOf, shownParts, titleOf } from "./skeleton.js";

const HOVER_DISTANCE = 18;
const DARK = "rgb(8 10 14 / 72%)";

export class ImageView {
  #canvas = byId("image");
  #tip = byId("tip");
  #bitmap = null;
  #frame = null;
  #pointer = null;
  #walked = -1;

  constructor() {
    this.skeleton = null;
    this.selected = null;
    this.#canvas.addEventListener("pointermove", (event) => this.#point(event.offsetX, event.offsetY));
    this.#canvas.addEventListener("pointerdown", (event) => this.#point(event.offsetX, event.offsetY));
    this.#canvas.addEventListener("pointerleave", () => this.#point(null));
    this.#canvas.addEventListener("keydown", (event) => this.#onKey(event));
    this.#canvas.addEventListener("blur", () => this.#point(null));
    new ResizeObserver(() => this.draw()).observe(this.#canvas);
  }

  /** The canvas's width in screen pixels: what the server scales images to. */
  get pixelWidth() {
    return Math.round(this.#canvas.clientWidth * (window.devicePixelRatio || 1));
  }

  get frame() {
    return this.#frame;
  }

  clear() {
    this.#bitmap?.close();
    [this.#bitmap, this.#frame] = [null, null];
    this.#point(null);
    this.draw();
  }

  /** Show a frame: its header, and its image as a file's bytes or none. */
  async show(frame, bytes) {
    const bitmap = bytes.length ? await createImageBitmap(new Blob([bytes])) : null;
    this.#bitmap?.close();
    [this.#bitmap, this.#frame] = [bitmap, frame];
    const [width, height] = this.#size();
    this.#canvas.style.aspectRatio = `${width} / ${height}`;
    this.draw();
    this.#canvas.dataset.sequence = frame.sequence;
    this.#canvas.dataset.delay = Math.round(Date.now() - 1000 * frame.stamp);
  }

  draw() {
    const fitted = fitCanvas(this.#canvas);
    if (!fitted) return;
    this.#paint(fitted.context, fitted.width, fitted.height);
    this.#showTip();
  }

  /** The image as a PNG file, in its own size. */
  snapshot() {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = this.#bitmap ? [this.#bitmap.width, this.#bitmap.height] : this.#size();
    this.#paint(canvas.getContext("2d"), canvas.width, canvas.height);
    return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  }

  describe(text) {
    if (this.#canvas.getAttribute("aria-label") !== text) this.#canvas.setAttribute("aria-label", text);
  }

  #size() {
    if (this.#frame?.width) return [this.#frame.width, this.#frame.height];
    return this.#bitmap ? [this.#bitmap.width, this.#bitmap.height] : [4, 3];
  }

  /** The scale from image pixels to the canvas; pixel centres lie at whole numbers. */
  #project([x, y], width, height) {
    const [imageWidth, imageHeight] = this.#size();
    return [((x + 0.5) * width) / imageWidth, ((y + 0.5) * height) / imageHeight];
  }

  #paint(context, width, height) {
    context.clearRect(0, 0, width, height);
    if (this.#bitmap) context.drawImage(this.#bitmap, 0, 0, width, height);
    const frame = this.#frame;
    if (!frame?.people || !this.skeleton) return;
    const unit = Math.max(Math.min(width, height) / 260, 1.1);
    // The best come first: they are drawn over the others.
    for (let place = frame.people.length - 1; place >= 0; place -= 1) {
      this.#paintPerson(context, frame, place, unit, width, height);
    }
  }

  #paintPerson(context, frame, place, unit, width, height) {
    const person = frame.people[place];
    const number = numberOf(person, place);
    const shown = shownParts(person, frame.threshold);
    const points = person.keypoints.map((point) => this.#project(point, width, height));
    const colour = colourOf(number);
    const faded = this.selected !== null && this.selected !== number;
    context.globalAlpha = faded ? 0.35 : 1;
    context.lineCap = "round";
    const limbs = this.skeleton.limbs.filter(({ a, b }) => shown[a] && shown[b]);
    for (const [stroke, thickness, sides] of [
      [DARK, 4.6, ["left", "right", "middle"]],
      [colour, 3, ["left", "right", "middle"]],
      [DARK, 1.3, ["right"]],
    ]) {
      context.beginPath();
      for (const { a, b } of limbs.filter(({ side }) => sides.includes(side))) {
        context.moveTo(...points[a]);
        context.lineTo(...points[b]);
      }
      context.strokeStyle = stroke;
      context.lineWidth = thickness * unit;
      context.stroke();
    }
    points.forEach(([x, y], part) => {
      if (!shown[part]) return;
      const right = this.skeleton.sides[part] === "right";
      context.beginPath();
      context.arc(x, y, (part < 5 ? 2.2 : 3.1) * unit, 0, 2 * Math.PI);
      context.fillStyle = right ? "#0b0e13" : "#ffffff";
      context.fill();
      context.strokeStyle = colour;
      context.lineWidth = 1.4 * unit;
      context.stroke();
    });
    this.#paintLabel(context, person, place, points.filter((_, part) => shown[part]), colour, unit, width);
    context.globalAlpha = 1;
  }

  #paintLabel(context, person, place, points, colour, unit, width) {
    if (!points.length) return;
    const size = Math.min(Math.max(6.2 * unit, 11), 26);
    const text = titleOf(person, place) + (person.distance === null ? "" : `  ${person.distance.toFixed(1)} m`);
    context.font = `600 ${size}px system-ui, sans-serif`;
    const box = context.measureText(text).width + size;
    const left = Math.min(Math.max(mean(points.map(([x]) => x)) - box / 2, 2), width - box - 2);
    const top = Math.max(Math.min(...points.map(([, y]) => y)) - 2.6 * size, 2);
    context.fillStyle = colour;
    context.beginPath();
    context.roundRect(left, top, box, 1.45 * size, 0.4 * size);
    context.fill();
    context.fillStyle = "#0b0e13";
    context.textBaseline = "middle";
    context.fillText(text, left + size / 2, top + 0.76 * size);
  }

  #point(x, y) {
    this.#pointer = x === null ? null : [x, y];
    if (x !== null) this.#walked = -1;
    this.#showTip();
  }

  /** Walk through the keypoints that are shown, of the selected person or of all. */
  #onKey(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step && event.key !== "Escape") return;
    event.preventDefault();
    const parts = this.#shownPoints();
    this.#walked = step && parts.length ? (this.#walked + step + parts.length) % parts.length : -1;
    this.#pointer = this.#walked < 0 ? null : [parts[this.#walked].x, parts[this.#walked].y];
    this.#showTip();
  }

  #shownPoints() {
    const frame = this.#frame;
    if (!frame?.people || !this.skeleton) return [];
    return frame.people.flatMap((person, place) => {
      if (this.selected !== null && numberOf(person, place) !== this.selected) return [];
      const shown = shownParts(person, frame.threshold);
      return person.keypoints.flatMap((point, part) => {
        const [x, y] = this.#project(point, this.#canvas.clientWidth, this.#canvas.clientHeight);
        return shown[part] ? [{ x, y, person, place, part }] : [];
      });
    });
  }

  #showTip() {
    const parts = this.#shownPoints();
    let nearest = null;
    if (this.#walked >= 0) nearest = parts[this.#walked] ?? null;
    else if (this.#pointer) nearest = nearestTo(parts, this.#pointer);
    this.#tip.hidden = !nearest;
    if (!nearest) return;
    const { x, y, person, place, part } = nearest;
    const [column, row] = person.keypoints[part];
    const position = person.measured ? person.positions[part] : null;
    const lines = [
      `${titleOf(person, place)}: ${this.skeleton.names[part]}, ${Math.round(100 * person.scores[part])} %`,
      `x ${column.toFixed(0)}, y ${row.toFixed(0)}`,
      ...(position ? [`${position.map((value) => value.toFixed(2)).join(", ")} m`] : []),
    ];
    setText(this.#tip, lines.join("\n"));
    const left = x > this.#canvas.clientWidth / 2 ? x - this.#tip.offsetWidth - 14 : x + 14;
    const top = Math.min(Math.max(y - this.#tip.offsetHeight / 2, 4), this.#canvas.clientHeight - this.#tip.offsetHeight);
    const corner = [Math.max(left, 2), top + this.#canvas.offsetTop].map(Math.round);
    this.#tip.style.transform = `translate(${corner[0]}px, ${corner[1]}px)`;
  }
}

function nearestTo(parts, [x, y]) {
  let best = null;
  let bestDistance = HOVER_DISTANCE;
  for (const part of parts) {
    const distance = Math.hypot(part.x - x, part.y - y);
    if (distance < bestDistance) [best, bestDistance] = [part, distance];
  }
  return best;
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
