// Copyright 2026 The posenet_ros contributors
// SPDX-License-Identifier: Apache-2.0
// Rates and times as running plots over the last minute.

import { byId, fitCanvas, make, setText } from "./dom.js";

const SAMPLES = 120;
const FIGURES = [
  { key: "pose_rate", name: "Poses", unit: "Hz", least: 10 },
  { key: "image_rate", name: "Images", unit: "Hz", least: 10 },
  { key: "age", name: "Image age", unit: "ms", least: 50 },
  { key: "inference", name: "Inference", unit: "ms", least: 20 },
];

export class Figures {
  #plots = FIGURES.map((figure) => {
    const canvas = make("canvas");
    canvas.setAttribute("aria-hidden", "true");
    const output = make("output", {}, "–");
    byId("figures").append(make("div", { className: "figure" }, make("p", {}, figure.name), output, canvas));
    const plot = { ...figure, canvas, output, samples: [] };
    new ResizeObserver(() => draw(plot)).observe(canvas);
    return plot;
  });

  clear() {
    this.#plots.forEach((plot) => {
      plot.samples = [];
      draw(plot);
    });
  }

  /** Add a sample of every figure; null is unknown. */
  add(figures) {
    for (const plot of this.#plots) {
      const value = figures[plot.key] ?? null;
      plot.samples = [...plot.samples.slice(1 - SAMPLES), value];
      const text = value === null ? "–" : value.toFixed(value < 100 ? 1 : 0);
      if (plot.output.dataset.text !== text) {
        plot.output.dataset.text = text;
        plot.output.replaceChildren(text, make("small", {}, plot.unit));
      }
      draw(plot);
    }
  }
}

/** The end of the axis: 1, 2 or 5 times a power of ten. */
function niceTop(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((top) => top >= value);
}

function draw({ canvas, samples, least }) {
  const fitted = fitCanvas(canvas);
  if (!fitted) return;
  const { context, width, height } = fitted;
  const style = getComputedStyle(canvas);
  const [text, quiet, line] = ["--text", "--quiet", "--line"].map((name) => style.getPropertyValue(name));
  const top = niceTop(Math.max(least, ...samples.filter((value) => value !== null)));
  const place = (value, index) => [
    width - ((samples.length - 1 - index) * width) / (SAMPLES - 1),
    height - 2 - (value / top) * (height - 16),
  ];
  context.clearRect(0, 0, width, height);
  context.strokeStyle = line;
  context.lineWidth = 1;
  context.beginPath();
  for (const y of [height - 1.5, 14 - 0.5]) {
    context.moveTo(0, y);
    context.lineTo(width, y);
  }
  context.stroke();
  context.fillStyle = quiet;
  context.font = "11px system-ui, sans-serif";
  context.fillText(`${top}`, 0, 10);
  context.textAlign = "right";
  context.fillText("60 s", width, 10);
  context.textAlign = "left";
  for (const run of runs(samples)) {
    context.beginPath();
    run.forEach((index) => context.lineTo(...place(samples[index], index)));
    context.strokeStyle = text;
    context.lineWidth = 1.6;
    context.lineJoin = "round";
    context.stroke();
    context.lineTo(place(0, run.at(-1))[0], height - 2);
    context.lineTo(place(0, run[0])[0], height - 2);
    context.globalAlpha = 0.1;
    context.fillStyle = text;
    context.fill();
    context.globalAlpha = 1;
  }
}

/** The indices of samples that follow each other without a gap. */
function runs(samples) {
  const found = [];
  samples.forEach((value, index) => {
    if (value === null) return;
    if (index > 0 && samples[index - 1] !== null) found.at(-1).push(index);
    else found.push([index]);
  });
  return found;
}
