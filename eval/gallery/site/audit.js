// @ts-check
"use strict";
/* Does the clip show its caption? One rater's scores, by keyboard, kept in this browser under the rater's name alone. */

/** @typedef {{sample: string, axes: [string, string][], minors: string[]}} Sample */

const SCORES = ["nothing of it", "little", "about half", "most of it", "all of it"];

/** Numbers from a text: each rater sees the clips in another order. @param {string} text */
function randomBy(text) {
  let state = 2166136261;
  for (const letter of text) state = Math.imul(state ^ (letter.codePointAt(0) || 0), 16777619);
  return () => {
    state = Math.imul(state ^ (state >>> 15), 2246822519) + 0x9e3779b9 | 0;
    return ((state ^ (state >>> 13)) >>> 0) / 4294967296;
  };
}

class Scores {
  /** @param {Sample} sample @param {string} rater */
  constructor(sample, rater) {
    this.sample = sample;
    this.rater = rater;
    this.place = `svta-audit-${sample.sample}-${rater}`;
    /** @type {Map<string, {scores: Record<string, number>, skipped: string[], time: string}>} */
    this.byItem = new Map();
    try { this.byItem = new Map(JSON.parse(localStorage.getItem(this.place) || "[]")); } catch (error) { this.byItem.clear(); }
  }

  /** @param {string} item */
  of(item) { return this.byItem.get(item) || { scores: {}, skipped: [], time: "" }; }

  /** Whether every axis of an item has its score or is said not to be in the caption. @param {string} item */
  done(item) { const one = this.of(item); return this.sample.axes.every(([axis]) => axis in one.scores || one.skipped.includes(axis)); }

  /** @param {string} item @param {string} axis @param {number | null} score null: the caption names nothing on this axis */
  give(item, axis, score) {
    const { scores, skipped } = this.of(item);
    const { [axis]: _, ...rest } = scores, others = skipped.filter((name) => name !== axis);
    this.byItem.set(item, score === null ? { scores: rest, skipped: [...others, axis], time: new Date().toISOString() } : { scores: { ...rest, [axis]: score }, skipped: others, time: new Date().toISOString() });
    try { localStorage.setItem(this.place, JSON.stringify([...this.byItem])); }
    catch (error) { say("The browser keeps nothing: save before you leave."); }
  }

  /** What `svta audit --answers` reads: a line an item. */
  text() {
    const given = [...this.byItem].filter(([, one]) => Object.keys(one.scores).length);
    return given.map(([item, one]) => `${JSON.stringify({ sample: this.sample.sample, item, rater: this.rater, scores: one.scores, time: one.time })}\n`).join("");
  }
}

class Rating {
  /** @param {Site} site @param {Sample} sample @param {string} rater */
  constructor(site, sample, rater) {
    this.site = site;
    this.sample = sample;
    this.scores = new Scores(sample, rater);
    const random = randomBy(rater);
    this.order = site.keys.map((_, i) => [random(), i]).sort((a, b) => a[0] - b[0]).map(([, i]) => i);
    this.at = Math.max(0, this.order.findIndex((i) => !this.scores.done(site.keys[i])));
    this.axis = 0;
    this.count = element("p", { class: "count", role: "status" });
    this.place = element("div", { class: "reviewed" });
    /** @type {Record<string, () => void>} */
    this.keys = { n: () => this.give(null), s: () => this.step(1), b: () => this.back(), v: () => /** @type {HTMLElement | null} */ (this.place.querySelector(".reveal"))?.click() };
    for (let score = 1; score <= SCORES.length; score++) this.keys[String(score)] = () => this.give(score);
    const scale = SCORES.map((label, i) => element("button", { onclick: () => this.give(i + 1) }, label, " ", element("kbd", {}, String(i + 1))));
    const more = [["n", "Not in the caption"], ["b", "Back"], ["s", "Skip"], ["v", "Show what is blurred"]].map(([key, label]) => element("button", { onclick: () => this.keys[key]() }, label, " ", element("kbd", {}, key)));
    this.node = element("section", { class: "page review" }, element("h2", {}, `Rating by ${rater}`),
      element("p", { class: "note" }, "How much of the caption does the clip show? Judge what you see, not what is likely. Some captions are wrong on purpose. Scores stay in this browser until you save them; do not talk about clips with the other rater."),
      element("p", { class: "tools" }, this.count, element("button", { class: "save", onclick: () => this.save() }, "Save answers")),
      this.place, element("p", { class: "tools" }, ...scale), element("p", { class: "tools" }, ...more));
    onKeys(this.node, this.keys, this.node);
  }

  get key() { return this.site.keys[this.order[this.at]]; }

  async draw() {
    const { site, scores } = this, i = this.order[this.at], details = await site.details(i);
    const done = site.keys.filter((key) => scores.done(key)).length;
    this.count.textContent = `${grouped(done)} of ${grouped(site.keys.length)} rated`;
    const given = scores.of(this.key);
    const axes = this.sample.axes.map(([axis, what], n) => element("li", { class: "axis", "aria-current": n === this.axis ? "true" : null }, element("b", {}, axis.replaceAll("_", " ")), ` ${what}: `,
      element("span", { class: "given" }, axis in given.scores ? `${given.scores[axis]} ${SCORES[given.scores[axis] - 1]}` : given.skipped.includes(axis) ? "not in the caption" : n === this.axis ? "1 to 5?" : "")));
    const card = element("article", { class: "card" }, pictureOf(site, i, true), element("p", { class: "caption", dir: "auto" }, details.caption), element("ol", { class: "axes" }, ...axes));
    card.dataset.key = this.key;
    this.place.replaceChildren(card);
    const video = card.querySelector("video");
    if (video && !card.querySelector(".blurred")) video.play().catch(() => {});
  }

  /** @param {number | null} score */
  give(score) {
    const [axis] = this.sample.axes[this.axis];
    this.scores.give(this.key, axis, score);
    say(`${axis.replaceAll("_", " ")}: ${score === null ? "not in the caption" : score}`);
    if (this.axis + 1 < this.sample.axes.length) { this.axis++; this.draw(); } else this.step(1);
  }

  /** The axis before, or the last one of the clip before. */
  back() {
    if (this.axis > 0) this.axis--;
    else if (this.at > 0) { this.at--; this.axis = this.sample.axes.length - 1; }
    this.draw();
  }

  /** @param {number} by */
  step(by) { this.at = Math.max(0, Math.min(this.at + by, this.order.length - 1)); this.axis = 0; this.draw(); }

  save() {
    saveFile(this.scores.text(), `answers-${this.scores.rater.replace(/\W+/g, "_")}.jsonl`);
    say(`${plural(this.scores.byItem.size, "clip")} saved`);
  }
}

/** The rater gives a name first; nobody sees the answers of others. @param {Site} site @param {Sample} sample */
async function auditPage(site, sample) {
  const name = element("input", { type: "text", maxlength: 80, "aria-label": "Your name", placeholder: "your name" });
  const start = async () => {
    const rater = name.value.trim().replace(/\s+/g, " ");
    if (!rater) { say("A name is needed: answers are kept under it."); return; }
    const rating = new Rating(site, sample, rater);
    await rating.draw();
    node.replaceWith(rating.node);
  };
  name.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => { if (event.key === "Enter") start(); });
  const node = element("section", { class: "page review" }, element("h2", {}, "Who rates?"),
    element("p", { class: "note" }, `${plural(site.keys.length, "clip")}, each with a caption. Two people rate them, each alone and under an own name. Clips may show violence; such clips are blurred until you ask for them.`),
    element("p", { class: "tools" }, name, element("button", { onclick: start }, "Start")));
  return node;
}
