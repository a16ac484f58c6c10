// @ts-check
"use strict";
/* What a reviewer decided, kept in the browser under the data's own name, and saved as a file for `svta review apply`. */

/**
 * @typedef {{action: "accept" | "drop" | "move", key: string, category?: string, reason: string, time: string}} Decision
 * @typedef {{action: "merge" | "rename", from: string, into?: string, to?: string, reason: string, time: string}} Change of the taxonomy
 */

const STATES = ["not reviewed", "accepted", "rejected", "moved"];
const REASONS = { accept: "accepted in review", drop: "rejected in review", move: "moved in review" };

class Decisions {
  /** @param {Site} site */
  constructor(site) {
    this.place = `svta-review-${site.core.fingerprint}`;
    this.keys = site.places;
    /** @type {Map<string, Decision>} */
    this.byKey = new Map();
    /** @type {Change[]} */
    this.changes = [];
    this.codes = new Uint8Array(site.core.count);
    /** the state of each clip as a facet of Browse; it follows the decisions
     * @type {Facet} */
    this.facet = { name: "review", title: "Review", values: STATES, codes: this.codes };
    try {
      for (const one of JSON.parse(localStorage.getItem(this.place) || "[]")) {
        if (one.key) this.byKey.set(one.key, one);
        else this.changes.push(one);
      }
    } catch (error) { this.byKey.clear(); }
    for (const key of this.byKey.keys()) this.mark(key);
  }

  /** @param {string} key */
  mark(key) {
    const place = this.keys.get(key), action = this.byKey.get(key)?.action;
    if (place !== undefined) this.codes[place] = action ? ["", "accept", "drop", "move"].indexOf(action) : 0;
  }

  /** @param {string} key */
  stateOf(key) { const one = this.byKey.get(key); return !one ? STATES[0] : one.action === "drop" ? STATES[2] : one.action === "move" ? `moved to ${one.category}` : STATES[1]; }

  /** @param {string} key @param {"accept" | "drop" | "move"} action @param {string} note @param {string} [category] */
  decide(key, action, note, category) {
    this.byKey.delete(key);
    const reason = note.trim().slice(0, 500) || REASONS[action];
    this.byKey.set(key, { action, key, ...(category ? { category } : {}), reason, time: new Date().toISOString() });
    this.keep(key);
  }

  /** @param {Omit<Change, "time">} change */
  change(change) { this.changes.push({ ...change, time: new Date().toISOString() }); this.keep(""); }

  /** @param {string} key */
  undo(key) { this.byKey.delete(key); this.keep(key); }

  /** @param {string} key */
  keep(key) {
    this.mark(key);
    try { localStorage.setItem(this.place, JSON.stringify([...this.changes, ...this.byKey.values()])); }
    catch (error) { say("The browser keeps nothing: save before you leave."); }
  }

  get count() { return this.changes.length + this.byKey.size; }

  /** decisions.jsonl, as `svta review apply` reads it: changes of the taxonomy first. */
  text() { return [...this.changes, ...this.byKey.values()].map((one) => `${JSON.stringify(one)}\n`).join(""); }
}
