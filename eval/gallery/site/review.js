// @ts-check
"use strict";
/* A person's judgement of single clips or descriptions, by keyboard, one after the other. */

class Review {
  /** @param {Site} site @param {Decisions} decisions @param {Uint32Array} positions those of the present filter */
  constructor(site, decisions, positions) {
    this.site = site;
    this.decisions = decisions;
    this.positions = positions;
    this.open = true; // what is not reviewed alone
    this.at = 0;
    /** @type {number[]} */
    this.list = [];
    this.place = element("div", { class: "reviewed" });
    this.count = element("p", { class: "count", role: "status" });
    this.note = element("input", { type: "text", maxlength: 500, "aria-label": "Note", placeholder: "note (n)" });
    this.category = element("input", { type: "text", list: "categories", "aria-label": "Category", placeholder: "another category (m)", onchange: () => this.move() });
    this.only = element("input", { type: "checkbox", checked: true, onchange: () => { this.open = this.only.checked; this.refresh(); this.draw(); } });
    /** @type {Record<string, () => void>} */
    this.keys = { a: () => this.accept(), r: () => this.decide("drop"), s: () => this.step(1), b: () => this.step(-1), n: () => this.note.focus(), m: () => this.category.focus(), u: () => this.undo() };
    const buttons = [["a", "Accept"], ["r", "Reject"], ["s", "Skip"], ["b", "Back"], ["u", "Undo"]].map(([key, label]) => element("button", { onclick: () => this.keys[key]() }, label, " ", element("kbd", {}, key)));
    this.node = element("section", { class: "page review" }, element("h2", {}, "Review"),
      element("p", { class: "note" }, "Is the caption right, and its category? Accept takes a proposed category. Decisions stay in this browser until you save them; `svta review apply` reads the file. The filters of Browse apply here too."),
      element("p", { class: "tools" }, element("label", {}, this.only, " not reviewed only"), this.count),
      this.place, element("p", { class: "tools" }, ...buttons, this.note, this.category, element("button", { class: "save", onclick: () => this.save() }, "Save decisions")),
      element("datalist", { id: "categories" }, ...site.core.categories.map((name) => element("option", { value: name }))), this.changes());
    onKeys(this.node, this.keys, this.note);
    this.refresh();
  }

  refresh() {
    this.list = [...this.positions].filter((i) => !this.open || !this.decisions.byKey.has(this.site.keys[i]));
    this.at = Math.max(0, Math.min(this.at, this.list.length - 1));
  }

  get key() { return this.site.keys[this.list[this.at]]; }

  async draw() {
    const { site, decisions } = this;
    const done = [...this.positions].filter((i) => decisions.byKey.has(site.keys[i])).length;
    this.count.textContent = `${grouped(done)} of ${grouped(this.positions.length)} reviewed`;
    if (!this.list.length) { this.place.replaceChildren(element("p", {}, "Nothing left to review here.")); return; }
    const i = this.list[this.at], details = await site.details(i), decision = decisions.byKey.get(site.keys[i]);
    this.note.value = decision ? decision.reason : "";
    this.category.value = decision?.category || "";
    const hints = [details.proposal ? `proposed: ${details.proposal}` : "", details.by ? `category named by ${details.by}, confidence ${Number(details.confidence).toFixed(2)}` : ""].filter(Boolean);
    const shown = element("article", { class: "card" }, site.core.media.posters ? pictureOf(site, i, true) : null, element("p", { class: "caption", dir: "auto" }, details.caption), element("p", { class: "meta" }, ...labels(site, i)),
      hints.length ? element("p", { class: "verdict proposed" }, hints.join("; ")) : null, element("p", { class: "verdict" }, decisions.stateOf(site.keys[i])));
    shown.dataset.key = site.keys[i];
    this.place.replaceChildren(shown);
  }

  /** Accept as it is, or as proposed where the clip has no category. */
  async accept() {
    if (!this.list.length) return;
    const { proposal } = await this.site.details(this.list[this.at]);
    const open = this.site.values("category", this.list[this.at])[0] === "not stated";
    if (open && proposal) this.decide("move", proposal, "the proposal was right");
    else this.decide("accept");
  }

  /** @param {"accept" | "drop" | "move"} action @param {string} [category] @param {string} [reason] where no note is written */
  decide(action, category, reason = "") {
    if (!this.list.length) return;
    this.decisions.decide(this.key, action, this.note.value || reason, category);
    say(this.decisions.stateOf(this.key));
    if (this.open) this.refresh(); else this.at = Math.min(this.at + 1, this.list.length - 1);
    this.draw();
  }

  move() {
    const to = this.category.value.trim(), named = this.named(to);
    this.category.blur();
    if (named) this.decide("move", named);
    else if (to) say(`no category ${to}`);
  }

  /** The category of this name or alias, in any case; undefined if there is none. @param {string} name */
  named(name) {
    const { aliases = {} } = this.site.core, key = name.toLowerCase().replace(/[_\s]+/g, " ").trim();
    return Object.hasOwn(aliases, key) ? aliases[key] : undefined;
  }

  undo() {
    if (!this.list.length) return;
    this.decisions.undo(this.key);
    this.refresh();
    this.draw();
  }

  /** @param {number} by */
  step(by) { this.at = Math.max(0, Math.min(this.at + by, this.list.length - 1)); this.draw(); }

  /** A form that merges or renames categories. */
  changes() {
    const from = element("input", { type: "text", list: "categories", "aria-label": "Category to merge or rename", placeholder: "category" });
    const to = element("input", { type: "text", list: "categories", "aria-label": "Merge into, or new name", placeholder: "into, or its new name" });
    const why = element("input", { type: "text", maxlength: 500, "aria-label": "Reason", placeholder: "reason" });
    const list = element("ul", { class: "changes" }, ...this.decisions.changes.map(changeItem));
    const change = () => {
      const source = this.named(from.value), target = to.value.trim(), into = this.named(target), reason = why.value.trim();
      if (!source || !target || target === source || !reason) { say("A known category, another name and a reason are needed."); return; }
      this.decisions.change(into && into !== source ? { action: "merge", from: source, into, reason } : { action: "rename", from: source, to: target, reason });
      list.append(changeItem(/** @type {Change} */ (this.decisions.changes.at(-1))));
      from.value = to.value = why.value = "";
    };
    return element("details", { class: "taxonomy" }, element("summary", {}, "Merge or rename a category"), element("p", { class: "tools" }, from, to, why, element("button", { onclick: change }, "Add")), list);
  }

  save() {
    saveFile(this.decisions.text(), "decisions.jsonl");
    say(`${plural(this.decisions.count, "decision")} saved`);
  }
}

/** Keys of a page, while it is in the document; those typed into a field are its own, Enter leaves `field`.
 * @param {HTMLElement} node @param {Record<string, () => void>} keys @param {HTMLElement} field */
function onKeys(node, keys, field) {
  let shown = false; // the page is made before it is put into the document
  const press = (/** @type {KeyboardEvent} */ event) => {
    shown ||= node.isConnected;
    if (!node.isConnected) { if (shown) document.removeEventListener("keydown", press); return; }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = /** @type {HTMLElement} */ (event.target);
    if (target.matches("input[type=text]")) {
      if (event.key === "Escape" || (event.key === "Enter" && target === field)) target.blur();
      return;
    }
    if (keys[event.key]) { event.preventDefault(); keys[event.key](); }
  };
  document.addEventListener("keydown", press);
}

/** Hand a text to the reader as a file. @param {string} text @param {string} name */
function saveFile(text, name) {
  element("a", { href: URL.createObjectURL(new Blob([text], { type: "application/x-ndjson" })), download: name }).click();
}

/** @param {Change} change */
function changeItem(change) { return element("li", {}, change.action === "merge" ? `${change.from} goes into ${change.into}: ${change.reason}` : `${change.from} becomes ${change.to}: ${change.reason}`); }

/** @param {Site} site @param {Decisions} decisions @param {Uint32Array} positions */
async function reviewPage(site, decisions, positions) {
  const review = new Review(site, decisions, positions);
  await review.draw();
  return review.node;
}
