// Copyright 2026 The posenet_ros contributors
// SPDX-License-Identifier: Apache-2.0
// Small helpers for elements; text is always set as text.

export const byId = (id) => document.getElementById(id);

/** Make an element with properties and children. */
export function make(tag, properties = {}, ...children) {
  const { dataset = {}, ...rest } = properties;
  const element = Object.assign(document.createElement(tag), rest);
  Object.assign(element.dataset, dataset);
  element.append(...children);
  return element;
}

/** Set text only if it changed, so that screen readers and selections are left alone. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Keep one child per key in order: new ones are made, gone ones removed, the others left in place. */
export function keepChildren(parent, keys, create) {
  const existing = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  keys.forEach((key, place) => {
    let child = existing.get(key);
    existing.delete(key);
    if (!child) {
      child = create(key);
      child.dataset.key = key;
    }
    if (parent.children[place] !== child) parent.insertBefore(child, parent.children[place] ?? null);
  });
  existing.forEach((child) => child.remove());
  return [...parent.children];
}

/** Give a canvas as many pixels as the screen has for it; returns its size in CSS pixels, or null while it has none. */
export function fitCanvas(canvas) {
  const { clientWidth: width, clientHeight: height } = canvas;
  const ratio = window.devicePixelRatio || 1;
  const [pixelWidth, pixelHeight] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (!pixelWidth || !pixelHeight) return null;
  if (canvas.width !== pixelWidth || canvas.height !== pixelHeight) {
    canvas.width = pixelWidth;
    canvas.height = pixelHeight;
  }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return { context, width, height };
}

export const metres = (value) => (value === null ? "–" : `${value.toFixed(2)} m`);

/** Seconds as on a stopwatch: 42 s, 1:05, 2:00:09. */
export function duration(seconds) {
  if (seconds === null) return "–";
  const whole = Math.floor(seconds);
  if (whole < 60) return `${whole} s`;
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const shown = parts[0] ? parts : parts.slice(1);
  return shown.map((part, place) => `${part}`.padStart(place ? 2 : 1, "0")).join(":");
}
