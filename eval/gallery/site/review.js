// @ts-check
"use strict";
/* A person's judgement of single clips, by keyboard; kept in the browser, saved as a file for `svta review apply`. */

/** @typedef {{action: "accept" | "drop", key: string, reason: string, time: string}} Decision */

class Reviews {
  /** @param {string} fingerprint */
  constructor(fingerprint) {
    this.place = `svta-review-${fingerprint}`;
    /** @type {Map<string, Decision>} */
    this.decisions = new Map();
    try {
      for (const decision of JSON.parse(localStorage.getItem(this.place) || "[]")) this.decisions.set(decision.key, decision);
    } catch (error) { this.decisions.clear(); }
  }

  /** @param {string} key @param {"accept" | "drop"} action @param {string} reason */
  decide(key, action, reason) {
    this.decisions.delete(key);
    this.decisions.set(key, { action, key, reason: reason.trim().slice(0, 500) || (action === "drop" ? "rejected in review" : "accepted in review"), time: new Date().toISOString() });
    this.keep();
  }

  /** @param {string} key */
  undo(key) { this.decisions.delete(key); this.keep(); }

  keep() {
    try { localStorage.setItem(this.place, JSON.stringify([...this.decisions.values()])); }
    catch (error) { say("The browser keeps nothing: save before you leave."); }
  }

  /** decisions.jsonl, as `svta review apply` reads it. */
  text() { return [...this.decisions.values()].map((decision) => `${JSON.stringify(decision)}\n`).join(""); }
}

/** @param {Site} site @param {Reviews} reviews @param {Uint32Array} positions those of the present filter */
function reviewPage(site, reviews, positions) {
  let open = true, at = 0;
  /** @type {number[]} */
  let list = [];
  const place = element("div", { class: "reviewed" });
  const count = element("p", { class: "count", role: "status" });
  const note = element("input", { type: "text", maxlength: 500, "aria-label": "Note", placeholder: "note (n)" });
  const refresh = () => {
    list = [...positions].filter((i) => !open || !reviews.decisions.has(site.keys[i]));
    at = Math.max(0, Math.min(at, list.length - 1));
  };
  const draw = async () => {
    const done = [...positions].filter((i) => reviews.decisions.has(site.keys[i])).length;
    count.textContent = `${grouped(done)} of ${grouped(positions.length)} reviewed`;
    if (!list.length) { place.replaceChildren(element("p", {}, "Nothing left to review here.")); return; }
    const i = list[at], details = await site.details(i), decision = reviews.decisions.get(site.keys[i]);
    note.value = decision ? decision.reason : "";
    const shown = element("article", { class: "card" }, pictureOf(site, i, true), element("p", { class: "caption", dir: "auto" }, details.caption), element("p", { class: "meta" }, ...labels(site, i)),
      element("p", { class: "verdict" }, decision ? (decision.action === "drop" ? "rejected" : "accepted") : "not reviewed"));
    shown.dataset.key = site.keys[i];
    place.replaceChildren(shown);
  };
  const decide = (/** @type {"accept" | "drop"} */ action) => {
    if (!list.length) return;
    reviews.decide(site.keys[list[at]], action, note.value);
    say(action === "drop" ? "rejected" : "accepted");
    if (open) refresh(); else at = Math.min(at + 1, list.length - 1);
    draw();
  };
  const move = (/** @type {number} */ step) => { at = Math.max(0, Math.min(at + step, list.length - 1)); draw(); };
  const save = () => {
    const link = element("a", { href: URL.createObjectURL(new Blob([reviews.text()], { type: "application/x-ndjson" })), download: "decisions.jsonl" });
    link.click();
    say(`${reviews.decisions.size} decisions saved`);
  };
  /** @type {Record<string, () => void>} */
  const keys = { a: () => decide("accept"), r: () => decide("drop"), s: () => move(1), b: () => move(-1), n: () => note.focus(),
    u: () => { if (list.length) { reviews.undo(site.keys[list[at]]); refresh(); draw(); } } };
  const only = element("input", { type: "checkbox", checked: true, onchange: () => { open = only.checked; refresh(); draw(); } });
  const page = element("section", { class: "page review" }, element("h2", {}, "Review"),
    element("p", { class: "note" }, "Does the clip show its caption? Decisions stay in this browser until you save them; `svta review apply` reads the file. Filters of Browse hold here too."),
    element("p", { class: "tools" }, element("label", {}, only, " not reviewed only"), count),
    place,
    element("p", { class: "tools" }, ...[["a", "Accept"], ["r", "Reject"], ["s", "Skip"], ["b", "Back"], ["u", "Undo"]].map(([key, label]) => element("button", { onclick: () => keys[key]() }, label, " ", element("kbd", {}, key))), note,
      element("button", { class: "save", onclick: save }, "Save decisions")));
  const press = (/** @type {KeyboardEvent} */ event) => {
    if (!page.isConnected) { document.removeEventListener("keydown", press); return; }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target === note) { if (event.key === "Enter" || event.key === "Escape") note.blur(); return; }
    if (keys[event.key]) { event.preventDefault(); keys[event.key](); }
  };
  document.addEventListener("keydown", press);
  refresh();
  draw();
  return page;
}
