// Copyright 2026 The posenet_ros contributors
// SPDX-License-Identifier: Apache-2.0
// What the server tells of the skeleton, and how people are coloured.

const GOLDEN_RATIO = 0.618034;

/** The skeleton as the server names it: keypoint names in index order, and limbs as pairs of indices. */
export class Skeleton {
  constructor(names, limbs) {
    this.names = names.map(inWords);
    this.keys = names;
    this.sides = names.map((name) => (name.startsWith("left") ? "left" : name.startsWith("right") ? "right" : "middle"));
    this.limbs = limbs.map(([a, b]) => ({ a, b, side: this.#sideOfLimb(a, b) }));
  }

  #sideOfLimb(a, b) {
    const [first, second] = [this.sides[a], this.sides[b]];
    if (first === second) return first;
    // From the nose to an eye is that eye's side; across the body is neither.
    if (first === "middle") return second;
    return second === "middle" ? first : "middle";
  }
}

/** "leftWrist" as "left wrist". */
function inWords(name) {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** The hue of a person, in degrees: that of the markers and the overlay. */
export function hueOf(number) {
  const turn = (number * GOLDEN_RATIO) % 1;
  return 360 * (turn < 0 ? turn + 1 : turn);
}

export function colourOf(number, alpha = 1) {
  return `hsl(${hueOf(number).toFixed(1)} 90% 66% / ${alpha})`;
}

/** The number that colours and names a person: the id, or without one the place in the order. */
export function numberOf(person, place) {
  return person.id < 0 ? place : person.id;
}

export function titleOf(person, place) {
  return person.id < 0 ? `${place + 1}` : `${person.id}`;
}

/** Which keypoints of a person are shown. */
export function shownParts(person, threshold) {
  return person.scores.map((score) => score >= threshold);
}
