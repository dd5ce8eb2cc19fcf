// Copyright 2026 The posenet_ros contributors
// SPDX-License-Identifier: Apache-2.0
// People in space, projected onto a canvas.

import { byId, fitCanvas } from "./dom.js";
import { Orbit, VIEWS } from "./orbit.js";
import { colourOf, numberOf, shownParts, titleOf } from "./skeleton.js";

// Sizes of the camera and its axes, as shares of the distance from which all is seen.
const FRUSTUM = 0.1;
const AXIS = 0.09;
const JOINT_M = 0.035;
// Where nothing tells the ground, the camera is taken to be so high above it.
const CAMERA_HEIGHT_M = 1;
const AXES = [["x", [1, 0, 0], "#ff7b72"], ["y", [0, 1, 0], "#57d08a"], ["z", [0, 0, 1], "#6cb0ff"]];

export class SpaceView {
  #canvas = byId("space");
  #frame = null;
  #orbit = new Orbit();
  #ground = null;
  #framed = false;
  #size = this.#orbit.distance;
  #pointers = new Map();
  #pending = false;

  constructor() {
    this.skeleton = null;
    this.selected = null;
    const canvas = this.#canvas;
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.#pointers.set(event.pointerId, [event.clientX, event.clientY]);
    });
    for (const end of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(end, (event) => this.#pointers.delete(event.pointerId));
    }
    canvas.addEventListener("pointermove", (event) => this.#drag(event));
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.#orbit.zoom(Math.exp(event.deltaY * 0.0012));
      this.redraw();
    }, { passive: false });
    canvas.addEventListener("keydown", (event) => {
      if (event.key === "Home") this.look("home");
      else if (!this.#orbit.onKey(event.key)) return;
      event.preventDefault();
      this.redraw();
    });
    document.querySelectorAll("[data-view]").forEach((button) => {
      button.addEventListener("click", () => this.look(button.dataset.view));
    });
    new ResizeObserver(() => this.redraw()).observe(canvas);
  }

  look(view) {
    Object.assign(this.#orbit, VIEWS[view]);
    if (view === "home") this.#framed = false;
    this.#frameAll();
    this.redraw();
  }

  clear() {
    [this.#frame, this.#ground, this.#framed] = [null, null, false];
    this.redraw();
  }

  show(frame) {
    this.#frame = frame;
    this.#findGround();
    this.#frameAll();
    this.redraw();
  }

  /** Draw soon, and once for all that changed until then. */
  redraw() {
    if (this.#pending) return;
    this.#pending = true;
    requestAnimationFrame(() => {
      this.#pending = false;
      this.#draw();
    });
  }

  #drag(event) {
    const before = this.#pointers.get(event.pointerId);
    if (!before) return;
    const [dx, dy] = [event.clientX - before[0], event.clientY - before[1]];
    if (this.#pointers.size > 1) {
      const other = [...this.#pointers].find(([id]) => id !== event.pointerId)[1];
      const apart = (point) => Math.hypot(point[0] - other[0], point[1] - other[1]) || 1;
      this.#orbit.zoom(apart(before) / apart([event.clientX, event.clientY]));
    } else {
      this.#orbit.turn(dx * 0.008, dy * 0.008);
    }
    this.#pointers.set(event.pointerId, [event.clientX, event.clientY]);
    this.redraw();
  }

  #located() {
    const people = this.#frame?.people ?? [];
    return people.map((person, place) => {
      const shown = shownParts(person, this.#frame.threshold);
      return { person, place, points: person.positions.map((point, part) => (shown[part] ? point : null)) };
    }).filter(({ points }) => points.some((point) => point));
  }

  /** The lowest feet stand on the ground; it moves slowly, since keypoints tremble. */
  #findGround() {
    const feet = this.#located().flatMap(({ points }) => points.slice(15).filter((point) => point).map(([, y]) => y));
    if (!feet.length) return;
    const lowest = Math.max(...feet) + 0.06;
    this.#ground = this.#ground === null ? lowest : this.#ground + 0.05 * (lowest - this.#ground);
  }

  /** Look at the middle between the camera and the people, once there are some. */
  #frameAll() {
    const points = this.#located().flatMap((located) => located.points.filter((point) => point));
    if (this.#framed || !points.length) return;
    const far = Math.max(...points.map(([, , z]) => z));
    const [left, right] = [Math.min(...points.map(([x]) => x)), Math.max(...points.map(([x]) => x))];
    this.#orbit.target = [(left + right) / 4, 0.35 * (this.#ground ?? CAMERA_HEIGHT_M), 0.54 * far];
    this.#orbit.distance = Math.max(1.12 * far + 0.5 * (right - left), 2.6);
    this.#size = this.#orbit.distance;
    this.#framed = true;
  }

  #draw() {
    const fitted = fitCanvas(this.#canvas);
    if (!fitted) return;
    const { context, width, height } = fitted;
    context.clearRect(0, 0, width, height);
    const canvas = { width, height, focal: 0.95 * Math.min(width, 1.35 * height) };
    this.#drawGrid(context, canvas);
    this.#drawCamera(context, canvas);
    const depth = ({ points }) => {
      const seen = points.filter((point) => point).map((point) => this.#orbit.see(point)[2]);
      return seen.reduce((sum, value) => sum + value, 0) / seen.length;
    };
    const people = this.#located().map((located) => ({ ...located, depth: depth(located) }));
    people.sort((a, b) => b.depth - a.depth).forEach((located) => this.#drawPerson(context, canvas, located));
  }

  #stroke(context, canvas, from, to) {
    const line = this.#orbit.line(from, to, canvas);
    if (!line) return;
    context.beginPath();
    context.moveTo(line[0][0], line[0][1]);
    context.lineTo(line[1][0], line[1][1]);
    context.stroke();
  }

  #drawGrid(context, canvas) {
    const y = this.#ground ?? CAMERA_HEIGHT_M;
    const far = Math.max(6, Math.ceil(this.#orbit.target[2] / 0.54) + 2);
    const half = Math.max(3, Math.ceil(far / 2));
    context.lineWidth = 1;
    for (let x = -half; x <= half; x += 1) {
      context.strokeStyle = `rgb(148 163 184 / ${x === 0 ? 0.55 : 0.27})`;
      this.#stroke(context, canvas, [x, y, 0], [x, y, far]);
    }
    for (let z = 0; z <= far; z += 1) {
      context.strokeStyle = "rgb(148 163 184 / 0.27)";
      this.#stroke(context, canvas, [-half, y, z], [half, y, z]);
    }
    context.fillStyle = "#a5b0c0";
    context.font = "12px system-ui, sans-serif";
    let last = null;
    for (let z = 1; z <= far; z += 1) {
      const place = Orbit.place(this.#orbit.see([half, y, z]), canvas);
      // Far lines lie close together: not all have room for a number.
      if (!place || (last && Math.hypot(place[0] - last[0], place[1] - last[1]) < 30)) continue;
      context.fillText(`${z} m`, place[0] + 6, place[1] + 4);
      last = place;
    }
  }

  #drawCamera(context, canvas) {
    const size = this.#size;
    const corners = (this.#frame?.corners ?? []).filter((corner) => corner);
    if (corners.length === 4) {
      const ends = corners.map((ray) => ray.map((value) => value * FRUSTUM * size));
      context.strokeStyle = "#c7d0dc";
      context.lineWidth = 1.2;
      ends.forEach((end, index) => {
        this.#stroke(context, canvas, [0, 0, 0], end);
        this.#stroke(context, canvas, end, ends[(index + 1) % 4]);
      });
    }
    context.font = "600 12px system-ui, sans-serif";
    for (const [name, axis, colour] of AXES) {
      const end = axis.map((value) => value * AXIS * size);
      context.strokeStyle = context.fillStyle = colour;
      context.lineWidth = 2;
      this.#stroke(context, canvas, [0, 0, 0], end);
      const place = Orbit.place(this.#orbit.see(end.map((value) => value * 1.2)), canvas);
      if (place) context.fillText(name, place[0] - 3, place[1] + 4);
    }
  }

  #drawPerson(context, canvas, { person, place, points }) {
    const number = numberOf(person, place);
    const colour = colourOf(number);
    context.globalAlpha = this.selected !== null && this.selected !== number ? 0.3 : 1;
    this.#drawFootprint(context, canvas, points, number);
    const seen = points.map((point) => (point ? Orbit.place(this.#orbit.see(point), canvas) : null));
    const size = (metres, depth) => Math.min(Math.max((canvas.focal * metres) / depth, 1.6), 24);
    context.lineCap = "round";
    for (const { a, b, side } of this.skeleton?.limbs ?? []) {
      if (!seen[a] || !seen[b]) continue;
      const width = size(JOINT_M, (seen[a][2] + seen[b][2]) / 2);
      for (const [stroke, share] of side === "right" ? [[colour, 1], ["#0b0e13", 0.42]] : [[colour, 1]]) {
        context.beginPath();
        context.moveTo(seen[a][0], seen[a][1]);
        context.lineTo(seen[b][0], seen[b][1]);
        context.strokeStyle = stroke;
        context.lineWidth = width * share;
        context.stroke();
      }
    }
    seen.forEach((point, part) => {
      if (!point) return;
      context.beginPath();
      context.arc(point[0], point[1], size(JOINT_M * (part < 5 ? 0.6 : 0.85), point[2]), 0, 2 * Math.PI);
      context.fillStyle = this.skeleton?.sides[part] === "right" ? "#0b0e13" : "#ffffff";
      context.fill();
      context.strokeStyle = colour;
      context.lineWidth = size(JOINT_M * 0.35, point[2]);
      context.stroke();
    });
    const top = seen.filter((point) => point).reduce((best, point) => (!best || point[1] < best[1] ? point : best), null);
    if (top) {
      context.font = "600 13px system-ui, sans-serif";
      context.fillStyle = colour;
      context.fillText(titleOf(person, place), top[0] - 4, top[1] - 12);
    }
    context.globalAlpha = 1;
  }

  /** Where somebody stands, seen best from above. */
  #drawFootprint(context, canvas, points, number) {
    const known = points.filter((point) => point);
    const y = this.#ground ?? CAMERA_HEIGHT_M;
    const [x, z] = [0, 2].map((axis) => known.reduce((sum, point) => sum + point[axis], 0) / known.length);
    const circle = Array.from({ length: 24 }, (_, step) => {
      const angle = (2 * Math.PI * step) / 24;
      return Orbit.place(this.#orbit.see([x + 0.25 * Math.cos(angle), y, z + 0.25 * Math.sin(angle)]), canvas);
    });
    if (circle.some((point) => !point)) return;
    context.beginPath();
    circle.forEach((point) => context.lineTo(point[0], point[1]));
    context.closePath();
    context.fillStyle = colourOf(number, 0.22);
    context.fill();
  }
}
