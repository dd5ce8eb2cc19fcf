// Copyright 2026 The posenet_ros contributors
// SPDX-License-Identifier: Apache-2.0
// A point of view that can be turned around what it looks at, and what it sees.
//
// Points are metres in the camera's optical frame, x right, y down, z ahead (REP-103), so that the screen's axes need no
// turning: seen from behind the camera, space looks as the image does.

const NEAR_M = 0.05;
const STEP = 0.12;

export const VIEWS = {
  home: { yaw: -0.55, pitch: 0.32 },
  front: { yaw: 0, pitch: 0 },
  side: { yaw: -Math.PI / 2, pitch: 0 },
  top: { yaw: 0, pitch: Math.PI / 2 },
};

export class Orbit {
  constructor() {
    this.target = [0, 0.3, 2];
    this.distance = 5;
    Object.assign(this, VIEWS.home);
  }

  turn(yaw, pitch) {
    this.yaw += yaw;
    this.pitch = Math.min(Math.max(this.pitch + pitch, -0.2), Math.PI / 2);
  }

  zoom(factor) {
    this.distance = Math.min(Math.max(this.distance * factor, 0.5), 60);
  }

  /** Do what a key asks for; returns whether it asked for anything. */
  onKey(key) {
    const turns = { ArrowLeft: [STEP, 0], ArrowRight: [-STEP, 0], ArrowUp: [0, STEP], ArrowDown: [0, -STEP] };
    const zooms = { "+": 0.85, "=": 0.85, "-": 1.18 };
    if (key in turns) this.turn(...turns[key]);
    else if (key in zooms) this.zoom(zooms[key]);
    else return false;
    return true;
  }

  /** A point as the eye sees it: right, down, ahead. */
  see([x, y, z]) {
    const [dx, dy, dz] = [x - this.target[0], y - this.target[1], z - this.target[2]];
    const [cy, sy, cp, sp] = [Math.cos(this.yaw), Math.sin(this.yaw), Math.cos(this.pitch), Math.sin(this.pitch)];
    const [across, along] = [cy * dx + sy * dz, cy * dz - sy * dx];
    return [across, cp * dy - sp * along, sp * dy + cp * along + this.distance];
  }

  /** Where a point that was seen lies on a canvas; null behind the eye. */
  static place([x, y, z], { width, height, focal }) {
    return z < NEAR_M ? null : [width / 2 + (focal * x) / z, height / 2 + (focal * y) / z, z];
  }

  /** Both ends of a line on a canvas, cut off behind the eye; null if nothing of it is ahead. */
  line(from, to, canvas) {
    let [a, b] = [this.see(from), this.see(to)];
    if (a[2] < NEAR_M && b[2] < NEAR_M) return null;
    if (a[2] < NEAR_M) a = cut(a, b);
    else if (b[2] < NEAR_M) b = cut(b, a);
    return [Orbit.place(a, canvas), Orbit.place(b, canvas)];
  }
}

function cut(behind, ahead) {
  const share = (NEAR_M * 1.001 - behind[2]) / (ahead[2] - behind[2]);
  return behind.map((value, axis) => value + share * (ahead[axis] - value));
}
