// Copyright 2026 The posenet_ros contributors
// SPDX-License-Identifier: Apache-2.0
// People as a table, and the keypoints of the one that is selected.

import { byId, duration, keepChildren, make, metres, setText } from "./dom.js";
import { colourOf, numberOf, titleOf } from "./skeleton.js";

export class PeopleTable {
  #body = byId("people");
  #frame = null;

  /** @param onSelect called with the number of the person that is selected, or null */
  constructor(onSelect, say) {
    this.skeleton = null;
    this.selected = null;
    this.onSelect = onSelect;
    this.say = say;
  }

  clear() {
    this.show(null);
  }

  show(frame) {
    this.#frame = frame;
    const people = (frame?.people ?? []).map((person, place) => ({ person, place, number: numberOf(person, place) }));
    people.sort((a, b) => a.number - b.number);
    const rows = keepChildren(this.#body, people.map(({ number }) => `${number}`), (key) => this.#makeRow(Number(key)));
    people.forEach(({ person, place, number }, index) => this.#fill(rows[index], person, place, number));
    byId("nobody").hidden = people.length > 0;
    setText(byId("nobody"), frame && frame.people === null ? "No poses" : "Nobody in view");
    const known = frame?.people ?? null;
    setText(byId("people-about"), known === null ? "" : `${known.length} in view`);
    this.#showKeypoints(people.find(({ number }) => number === this.selected));
  }

  #makeRow(number) {
    const chip = make("span", { className: "chip" });
    chip.style.background = colourOf(number);
    const select = make("button", { type: "button", className: "person" }, chip, make("span", { className: "title" }));
    select.addEventListener("click", () => this.#select(number));
    const copy = make("button", { type: "button", className: "copy" }, "Copy");
    copy.addEventListener("click", () => this.#copy(number));
    const meter = make("span", { className: "meter" }, make("span"));
    meter.setAttribute("aria-hidden", "true");
    return make("tr", {},
      make("th", { scope: "row" }, select),
      make("td", {}, meter, make("span", { className: "score" })),
      make("td", { className: "distance" }),
      make("td", { className: "seconds" }),
      make("td", {}, copy));
  }

  #fill(row, person, place, number) {
    const title = titleOf(person, place);
    setText(row.querySelector(".title"), title);
    const select = row.querySelector(".person");
    select.setAttribute("aria-label", `Person ${title}: show keypoints`);
    select.setAttribute("aria-pressed", `${number === this.selected}`);
    row.querySelector(".copy").setAttribute("aria-label", `Copy person ${title} as JSON`);
    row.toggleAttribute("data-selected", number === this.selected);
    row.querySelector(".meter span").style.width = `${Math.round(100 * person.score)}%`;
    setText(row.querySelector(".score"), person.score.toFixed(2));
    setText(row.querySelector(".distance"), metres(person.distance));
    setText(row.querySelector(".seconds"), duration(person.seconds));
  }

  #select(number) {
    this.selected = this.selected === number ? null : number;
    this.show(this.#frame);
    this.onSelect(this.selected);
  }

  #showKeypoints(entry) {
    const box = byId("keypoints");
    box.hidden = !entry || !this.skeleton;
    if (box.hidden) return;
    const { person, place } = entry;
    setText(byId("keypoints-title"), `Keypoints of person ${titleOf(person, place)}`);
    const rows = keepChildren(byId("keypoint-list"), this.skeleton.keys, () => make("div", {}, make("dt"), make("dd")));
    rows.forEach((row, part) => {
      const [name, value] = row.children;
      const position = person.measured ? person.positions[part] : null;
      setText(name, this.skeleton.names[part]);
      const where = position ? `${position[2].toFixed(2)} m` : person.keypoints[part].map((v) => v.toFixed(0)).join(", ");
      setText(value, `${where} · ${Math.round(100 * person.scores[part])} %`);
      row.classList.toggle("weak", person.scores[part] < this.#frame.threshold);
    });
  }

  async #copy(number) {
    const place = this.#frame.people.findIndex((person, index) => numberOf(person, index) === number);
    if (place < 0) return;
    const copied = await copyText(JSON.stringify(this.#asJson(this.#frame.people[place]), null, 2));
    this.say(copied ? `Person ${titleOf(this.#frame.people[place], place)} copied` : "The browser does not let this page copy");
  }

  #asJson(person) {
    const { stamp, frame_id, width, height } = this.#frame;
    return {
      stamp,
      frame_id,
      image_width: width,
      image_height: height,
      id: person.id,
      score: person.score,
      distance: person.distance,
      keypoints: person.keypoints.map(([x, y], part) => ({
        id: part,
        name: this.skeleton.keys[part],
        x,
        y,
        score: person.scores[part],
        position: person.measured ? person.positions[part] : null,
      })),
    };
  }
}

/** Pages that are not local and come without TLS have no clipboard: there the old way helps. */
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = make("textarea", { value: text, className: "hidden" });
    document.body.append(area);
    area.select();
    const copied = document.execCommand("copy");
    area.remove();
    return copied;
  }
}
